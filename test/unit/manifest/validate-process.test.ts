import { describe, expect, test } from 'vitest';
import { complaintsOfProcess } from './a-manifest.ts';

type Fields = Readonly<Record<string, unknown>>;

const range = (min: number, max: number) => `must be between ${min} and ${max}, inclusive`;
const notAUser = 'must be an id from 0 to 2147483647 or the name of a user';
const userHint = 'examples: 1000, "1000:1000", www-data, "www-data:adm"';
const quantityRule = 'quantities must match a number with an optional suffix';

describe('a program is refused with', () => {
  test.each<[string, Fields, ...string[]]>([
    ['an empty command', { command: [] }, 'command: Required value: the program to run'],
    ['an empty first word', { command: [''] }, 'command[0]: Required value: the program to run'],
    ['a NUL', { args: ['a\0b'] }, 'args[0]: Invalid value: "a\\u0000b": must not contain a NUL character'],
    ['a relative directory', { workingDir: 'srv' }, 'workingDir: Invalid value: "srv": must be an absolute path'],
    ['a misspelt field', { comand: ['x'] }, 'comand: unknown field "comand" (did you mean "command"?)'],
    ['a number as variable', { env: { A: 1 } }, 'env.A: must be a string, not the number 1 (quote it: "1")'],
    ['a variable without a name', { env: { '': 'x' } }, 'env[]: Required value'],
    [
      'a misspelt variable',
      { env: [{ name: 'A', valu: 'x' }] },
      'env[0].valu: unknown field "valu" (did you mean "value"?)',
    ],
    ['text as variables', { env: 'A=b' }, 'env: must be a list of {name, value} or a map, not the string "A=b"'],
    ['a hexadecimal user', { user: '0x10' }, `user: Invalid value: "0x10": ${notAUser} (${userHint})`],
    ['a user beyond 32 bits', { user: '4294967296' }, `user: Invalid value: "4294967296": ${notAUser} (${userHint})`],
    ['a negative user', { user: '-1' }, `user: Invalid value: "-1": ${notAUser} (${userHint})`],
    ['the same as a number', { user: -1 }, `user: Invalid value: -1: ${notAUser} (${userHint})`],
    ['an empty user', { user: '' }, `user: Invalid value: "": ${notAUser} (${userHint})`],
    ['a blank in a user', { user: 'a b' }, `user: Invalid value: "a b": ${notAUser} (${userHint})`],
    ['a user of three parts', { user: 'a:b:c' }, `user: Invalid value: "a:b:c": ${notAUser} (${userHint})`],
    ['a user with an empty group', { user: '1000:' }, `user: Invalid value: "1000:": ${notAUser} (${userHint})`],
    ['half a user', { user: 1.5 }, 'user: must be a user id or name, not the number 1.5'],
    [
      'a bad group',
      { group: 'x/y' },
      'group: Invalid value: "x/y": must be an id from 0 to 2147483647 or the name of a group (examples: 1000, adm)',
    ],
    [
      'a negative group',
      { supplementaryGroups: [4, -1] },
      `supplementaryGroups[1]: Invalid value: -1: ${range(0, 2147483647)}`,
    ],
    ['a number as umask', { umask: 23 }, 'umask: must be a string, not the number 23 (quote it: "23")'],
    [
      'a decimal umask',
      { umask: '29' },
      'umask: Invalid value: "29": must be one to three octal digits (examples: "0022", "077")',
    ],
    ['too much nice', { nice: 20 }, `nice: Invalid value: 20: ${range(-20, 19)}`],
    ['too high a score', { oomScoreAdj: 1001 }, `oomScoreAdj: Invalid value: 1001: ${range(-1000, 1000)}`],
    [
      'an unknown limit',
      { rlimits: { RLIMIT_NOFIL: 3 } },
      'rlimits.RLIMIT_NOFIL: Invalid value: "RLIMIT_NOFIL": is not a resource limit, getrlimit(2) (did you mean "nofile"?)',
    ],
    ['a limit twice', { rlimits: { NOFILE: 3, nofile: 4 } }, 'rlimits.nofile: Duplicate value: "nofile"'],
    [
      'a quantity that counts',
      { rlimits: { nofile: '64Ki' } },
      'rlimits.nofile: Invalid value: "64Ki": must be a whole number or "unlimited" (examples: 1024, unlimited)',
    ],
    [
      'an infinite limit',
      { rlimits: { core: 'infinity' } },
      'rlimits.core: Invalid value: "infinity": must be a whole number of bytes, a quantity or "unlimited" (did you mean "unlimited"?)',
    ],
    [
      'soft above hard',
      { rlimits: { nproc: { soft: 'unlimited', hard: 2 } } },
      'rlimits.nproc.soft: Invalid value: "unlimited": must be less than or equal to hard, which is 2',
    ],
    ['soft without hard', { rlimits: { nproc: { soft: 1 } } }, 'rlimits.nproc.hard: Required value'],
    [
      'a capability that its container has not',
      { capabilities: ['NET_BIND_SERVICE', 'NET_ADMIN'] },
      'capabilities[1]: Invalid value: "NET_ADMIN": the container does not have it (add it to securityContext.capabilities.add of the container)',
    ],
    [
      'a misspelt capability',
      { capabilities: ['NET_BIND_SERVIC'] },
      'capabilities[0]: Invalid value: "NET_BIND_SERVIC": is not a Linux capability (did you mean "NET_BIND_SERVICE"?)',
    ],
    [
      'all capabilities',
      { capabilities: ['ALL'] },
      'capabilities[0]: Invalid value: "ALL": capabilities of a program are named one by one (without capabilities it has all of the container’s)',
    ],
    ['too many instances', { instances: 1001 }, `instances: Invalid value: 1001: ${range(0, 1000)}`],
    ['a word as flag', { stdin: 'true' }, 'stdin: must be true or false, not the string "true" (remove the quotes)'],
  ])('%s', (_, fields, ...errors) => {
    expect(complaintsOfProcess(fields)).toEqual(errors);
  });
});

describe('what happens at the end of a program is refused with', () => {
  test.each<[string, Fields, ...string[]]>([
    [
      'Kubernetes’ word',
      { restart: 'Always' },
      'restart: Unsupported value: "Always": supported values: "always", "onFailure", "unexpected", "never" (did you mean "always"?)',
    ],
    [
      'an unknown policy',
      { restart: { policy: 'sometimes' } },
      'restart.policy: Unsupported value: "sometimes": supported values: "always", "onFailure", "unexpected", "never"',
    ],
    ['a number', { restart: 3 }, 'restart: must be a policy or a map, not the number 3'],
    [
      'exit code 256',
      { restart: { exitCodes: [0, 256] } },
      `restart.exitCodes[1]: Invalid value: 256: ${range(0, 255)}`,
    ],
    [
      'a negative start',
      { restart: { startSeconds: -1 } },
      'restart.startSeconds: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'negative retries',
      { restart: { startRetries: -1 } },
      `restart.startRetries: Invalid value: -1: ${range(0, 1000000)}`,
    ],
    [
      'bad back-off numbers',
      { restart: { backoff: { initial: 5, max: '1x', factor: 0, jitter: 2, resetAfter: '-1s' } } },
      'restart.backoff.initial: must be a duration, not the number 5 (examples: 100ms, 10s, 5m, 1h)',
      'restart.backoff.max: Invalid value: "1x": must be a duration (examples: 100ms, 10s, 5m, 1h)',
      'restart.backoff.resetAfter: Invalid value: "-1s": must be greater than or equal to 0',
      `restart.backoff.factor: Invalid value: 0: ${range(1, 100)}`,
      `restart.backoff.jitter: Invalid value: 2: ${range(0, 1)}`,
    ],
    [
      'a first delay beyond the last',
      { restart: { backoff: { initial: '2m' } } },
      'restart.backoff.initial: Invalid value: "2m": max must be greater than or equal to initial (defaults: initial 1s, max 60s)',
    ],
    [
      'an unknown signal',
      { stop: { signal: 'TREM' } },
      'stop.signal: Invalid value: "TREM": is not a signal (did you mean "TERM"?)',
    ],
    [
      'signal 65',
      { stop: { signal: 65 } },
      'stop.signal: Invalid value: 65: is not a signal (examples: TERM, SIGUSR1, RTMIN+3, 15)',
    ],
    [
      'SIGSTOP',
      { stop: { signal: 'SIGSTOP' } },
      'stop.signal: Invalid value: "SIGSTOP": SIGSTOP ends nothing (the default is TERM)',
    ],
    ['a stop command of nothing', { stop: { command: [] } }, 'stop.command: Required value: the program to run'],
    ['a reload by nothing', { reload: {} }, 'reload: Required value: must specify one of: signal, command'],
    [
      'a reload by KILL',
      { reload: { signal: 9 } },
      'reload.signal: Invalid value: 9: SIGKILL reloads nothing (most programs take HUP)',
    ],
    [
      'a reload by STOP',
      { reload: { signal: 'STOP' } },
      'reload.signal: Invalid value: "STOP": SIGSTOP reloads nothing (most programs take HUP)',
    ],
    [
      'a reload by two ways',
      { reload: { signal: 'HUP', command: ['x'] } },
      'reload.command: Forbidden: may not be given together with signal (remove one of them)',
    ],
  ])('%s', (_, fields, ...errors) => {
    expect(complaintsOfProcess(fields)).toEqual(errors);
  });
});

describe('resources and logs are refused with', () => {
  test.each<[string, Fields, ...string[]]>([
    [
      'bad limits',
      { resources: { limits: { cpu: 'x', pids: 0, gpu: 1 } } },
      `resources.limits[cpu]: Invalid value: "x": ${quantityRule} (examples: 500m, 0.5, 2 for cpu; 128Mi, 1G for memory)`,
      'resources.limits[gpu]: Invalid value: "gpu": must be one of cpu, memory, pids, hugepages-<size> (did you mean "cpu"?)',
      'resources.limits[pids]: must be a whole number from 1 to 4194304',
    ],
    [
      'bad requests',
      { resources: { limits: { memory: '1Mi' }, requests: { memory: '2Mi', pids: 3 } } },
      'resources.requests[pids]: Invalid value: "pids": must be one of cpu, memory, hugepages-<size> (processes are only limited: limits.pids)',
      'resources.requests: Invalid value: "2Mi": must be less than or equal to memory limit of 1Mi',
    ],
    ['weight 0', { resources: { io: { weight: 0 } } }, `resources.io.weight: Invalid value: 0: ${range(1, 10000)}`],
    [
      'bad logs',
      { logs: { format: 'xml', maxSize: '1Ki', maxFiles: 0, prefix: 'a\tb' } },
      'logs.format: Unsupported value: "xml": supported values: "text", "json"',
      'logs.prefix: Invalid value: "a\\tb": must not contain control characters',
      `logs.maxFiles: Invalid value: 0: ${range(1, 1000)}`,
      'logs.maxSize: Invalid value: "1Ki": must be at least 4Ki',
    ],
    [
      'a long prefix',
      { logs: { prefix: 'x'.repeat(101) } },
      'logs.prefix: Too long: may not be more than 100 characters',
    ],
    [
      'no quantity',
      { logs: { maxSize: 'lots' } },
      `logs.maxSize: Invalid value: "lots": ${quantityRule} (examples: 10Mi, 1Gi, 500k)`,
    ],
  ])('%s', (_, fields, ...errors) => {
    expect(complaintsOfProcess(fields)).toEqual(errors);
  });
});

import { describe, expect, test } from 'vitest';
import { normalisePod } from '../../../src/manifest/normalise.ts';
import type { ProgramSpec } from '../../../src/model/pod-spec.ts';
import { processDefaults } from '../../../src/model/program-defaults.ts';
import { aProcess, errorsOf, withProcesses } from './a-manifest.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The first program of a pod that is valid. */
function programOf(fields: Fields, container: Fields = {}, spec: Fields = {}): ProgramSpec {
  const others = [{ name: 'db', command: ['db'] }];
  const pod = withProcesses([aProcess(fields), ...others], container, spec);
  expect(errorsOf(pod)).toEqual([]);
  const program = normalisePod(pod).containers[0]?.programs[0];
  if (program === undefined) throw new Error('bug: no program');
  return program;
}

describe('a program of processes', () => {
  test('has supervisord’s defaults', () => {
    expect(programOf({})).toEqual({
      ...processDefaults,
      name: 'web',
      argv: ['serve'],
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', HOSTNAME: 'web' },
      workingDir: '/',
      uid: 0,
      gid: 0,
      supplementaryGroups: [],
    });
    expect(processDefaults).toMatchObject({
      umask: 0o022,
      essential: false,
      autostart: true,
      restart: {
        policy: 'unexpected',
        exitCodes: [0],
        startMs: 1_000,
        startRetries: 3,
        backoff: { initialMs: 1_000, maxMs: 60_000, factor: 2, jitter: 0, resetAfterMs: 10_000 },
      },
      stop: { signal: 15, graceMs: 10_000, wholeTree: true },
      logs: { format: 'text', maxBytes: 52_428_800, maxFiles: 10 },
    });
  });

  test('makes its container no plain one, frozen throughout', () => {
    const [container] = normalisePod(withProcesses([aProcess({ dependsOn: {} })])).containers;
    expect(container?.isPlain).toBe(false);
    expect(Object.isFrozen(container?.programs[0]?.restart.backoff)).toBe(true);
  });

  test('has its container’s environment, directory and identity under its own', () => {
    const container = {
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: 'of the container' },
      ],
      workingDir: '/srv',
      securityContext: { runAsUser: 1000, runAsGroup: 100 },
    };
    const spec = { securityContext: { supplementalGroups: [7, 7, 8] } };
    expect(programOf({ env: { B: '$(A)$(B)2' }, args: ['$(B)', '$$(A)', '$(NONE)'] }, container, spec)).toMatchObject({
      argv: ['serve', '1of the container2', '$(A)', '$(NONE)'],
      env: { A: '1', B: '1of the container2', HOME: '/' },
      workingDir: '/srv',
      uid: 1000,
      gid: 100,
      supplementaryGroups: [7, 8],
    });
    expect(programOf({ env: [{ name: 'C', value: '$(A)' }], workingDir: '/x', user: 5 }, container)).toMatchObject({
      env: { A: '1', B: 'of the container', C: '1' },
      workingDir: '/x',
      uid: 5,
      gid: 100,
    });
  });

  const nobody = 65_534;
  test.each<[string, Fields, Partial<ProgramSpec>]>([
    ['a number', { user: 1000 }, { uid: 1000, gid: 3, supplementaryGroups: [9] }],
    ['a number in quotes with a group', { user: '1000:27' }, { uid: 1000, gid: 27, supplementaryGroups: [9] }],
    ['a group that overrides', { user: '1000:27', group: 28 }, { uid: 1000, gid: 28, supplementaryGroups: [9] }],
    [
      'a number with a group by name',
      { user: '5:adm' },
      { uid: 5, gid: nobody, groupName: 'adm', supplementaryGroups: [9] },
    ],
    ['a group by name alone', { group: 'adm' }, { uid: 0, gid: nobody, groupName: 'adm', supplementaryGroups: [9] }],
    ['groups of its own', { supplementaryGroups: [4, 4] }, { uid: 0, gid: 3, supplementaryGroups: [4] }],
  ])('runs as %s', (_, fields, identity) => {
    const spec = { securityContext: { runAsGroup: 3, supplementalGroups: [9] } };
    const { uid, gid, userName, groupName, supplementaryGroups } = programOf(fields, {}, spec);
    const names = { ...(userName && { userName }), ...(groupName && { groupName }) };
    expect({ uid, gid, supplementaryGroups, ...names }).toEqual(identity);
  });

  test.each<[string, Fields, Partial<ProgramSpec>]>([
    ['with that user’s groups', { user: 'www-data' }, { userName: 'www-data', uid: nobody, gid: nobody }],
    ['with a group', { user: 'www-data:adm' }, { userName: 'www-data', groupName: 'adm', uid: nobody, gid: nobody }],
    ['with a group by number', { user: 'www-data:4' }, { userName: 'www-data', groupName: '4', uid: nobody, gid: 4 }],
    [
      'with no more groups',
      { user: 'www-data', supplementaryGroups: [] },
      { userName: 'www-data', uid: nobody, gid: nobody, supplementaryGroups: [] },
    ],
  ])('runs as a user by name %s', (_, fields, identity) => {
    const { uid, gid, userName, groupName, supplementaryGroups, env } = programOf(fields);
    const optional = { ...(groupName && { groupName }), ...(supplementaryGroups && { supplementaryGroups }) };
    expect({ uid, gid, userName, ...optional }).toEqual(identity);
    expect(env).not.toHaveProperty('HOME');
  });

  test.each<[string, Fields, Fields]>([
    ['umask', { umask: '0027' }, { umask: 0o027 }],
    [
      'limits in any case',
      { rlimits: { NOFILE: 65_536, RLIMIT_CORE: 0, nproc: { soft: 100, hard: 200 }, memlock: 'unlimited', as: '1Gi' } },
      {
        rlimits: {
          nofile: { soft: 65_536, hard: 65_536 },
          core: { soft: 0, hard: 0 },
          nproc: { soft: 100, hard: 200 },
          memlock: { soft: 'unlimited', hard: 'unlimited' },
          as: { soft: 1_073_741_824, hard: 1_073_741_824 },
        },
      },
    ],
    ['capabilities by any name', { capabilities: ['CAP_kill', 'KILL', 'CHOWN'] }, { capabilities: ['KILL', 'CHOWN'] }],
    ['no capabilities', { capabilities: [] }, { capabilities: [] }],
    [
      'dependencies in order',
      { dependsOn: { db: { condition: 'succeeded', cascade: true } } },
      { dependsOn: [{ program: 'db', condition: 'succeeded', cascade: true }] },
    ],
    [
      'dependencies in short',
      { dependsOn: { db: 'ready' } },
      { dependsOn: [{ program: 'db', condition: 'ready', cascade: false }] },
    ],
    ['a policy in short', { restart: 'always' }, { restart: { ...processDefaults.restart, policy: 'always' } }],
    [
      'a restart in full',
      {
        restart: {
          policy: 'onFailure',
          exitCodes: [0, 3],
          startSeconds: 0.25,
          startRetries: 0,
          backoff: { initial: '100ms', max: '1m', factor: 1.5, jitter: 0.1, resetAfter: '1h' },
        },
      },
      {
        restart: {
          policy: 'onFailure',
          exitCodes: [0, 3],
          startMs: 250,
          startRetries: 0,
          backoff: { initialMs: 100, maxMs: 60_000, factor: 1.5, jitter: 0.1, resetAfterMs: 3_600_000 },
        },
      },
    ],
    [
      'a stop in full',
      { env: { A: 'x' }, stop: { signal: 'sigquit', graceSeconds: '1m', command: ['bye', '$(A)'], wholeTree: false } },
      { stop: { signal: 3, graceMs: 60_000, command: ['bye', 'x'], wholeTree: false } },
    ],
    ['no grace', { stop: { graceSeconds: 0 } }, { stop: { signal: 15, graceMs: 0, wholeTree: true } }],
    ['a reload by signal', { reload: { signal: 'RTMIN+1' } }, { reload: { kind: 'signal', signal: 35 } }],
    ['a reload by command', { reload: { command: ['r'] } }, { reload: { kind: 'command', argv: ['r'] } }],
    ['instances', { instances: 0 }, { instances: 0 }],
    [
      'a cron expression',
      { schedule: ' */5 * * * * ' },
      {
        schedule: { cron: '*/5 * * * *', concurrency: 'forbid' },
        restart: { ...processDefaults.restart, policy: 'never' },
      },
    ],
    [
      'a schedule in full',
      {
        schedule: { cron: '0 30 2 * * MON-FRI', timeZone: 'Europe/Berlin', concurrencyPolicy: 'Replace' },
        restart: 'onFailure',
      },
      {
        schedule: { cron: '0 30 2 * * MON-FRI', timeZone: 'Europe/Berlin', concurrency: 'replace' },
        restart: { ...processDefaults.restart, policy: 'onFailure' },
      },
    ],
    ['an interval', { schedule: { every: '1m30s' } }, { schedule: { everyMs: 90_000, concurrency: 'forbid' } }],
    [
      'resources',
      {
        resources: {
          limits: { cpu: '250m', memory: '64Mi', pids: 10 },
          requests: { memory: '1Mi' },
          io: { weight: 50 },
        },
      },
      {
        resources: {
          cpuLimitMillis: 250,
          cpuRequestMillis: 250,
          memoryLimitBytes: 67_108_864,
          memoryRequestBytes: 1_048_576,
          pidsLimit: 10,
          ioWeight: 50,
        },
      },
    ],
    [
      'logs',
      { logs: { prefix: '', format: 'json', maxSize: '4Ki', maxFiles: 1 } },
      { logs: { prefix: '', format: 'json', maxBytes: 4_096, maxFiles: 1 } },
    ],
    [
      'flags and numbers',
      { nice: -5, oomScoreAdj: 0, essential: true, autostart: false, stdin: true, tty: true },
      { nice: -5, oomScoreAdj: 0, essential: true, autostart: false, stdin: true, tty: true },
    ],
  ])('has %s', (_, fields, expected) => {
    const program = programOf(fields);
    for (const [name, value] of Object.entries(expected))
      expect(program[name as keyof ProgramSpec], name).toEqual(value);
  });
});

describe('readiness', () => {
  const numbers = { initialDelayMs: 0, periodMs: 10_000, timeoutMs: 1_000, successThreshold: 1, failureThreshold: 3 };
  test.each<[string, Fields, unknown]>([
    ['by log line', { logLine: '^ready' }, { kind: 'logLine', pattern: '^ready' }],
    ['by sd_notify', { notify: true }, { kind: 'notify' }],
    ['by fd', { notifyFd: 3 }, { kind: 'notifyFd', fd: 3 }],
    [
      'by TCP, at the name of a port',
      { tcpSocket: { port: 'http' } },
      {
        kind: 'probe',
        probe: { ...numbers, startPeriodMs: 250, handler: { kind: 'tcpSocket', host: 'localhost', port: 8080 } },
      },
    ],
    [
      'by a command, which is not expanded',
      { exec: { command: ['sh', '-c', 'kill -0 $$; echo $(A)'] } },
      {
        kind: 'probe',
        probe: {
          ...numbers,
          startPeriodMs: 1_000,
          handler: { kind: 'exec', argv: ['sh', '-c', 'kill -0 $$; echo $(A)'] },
        },
      },
    ],
    [
      'by HTTP with everything',
      {
        httpGet: {
          port: 443,
          host: '::1',
          scheme: 'HTTPS',
          path: '/healthz',
          httpHeaders: [{ name: 'Host', value: 'x' }],
        },
        initialDelaySeconds: 1,
        periodSeconds: '500ms',
        startPeriodSeconds: 0.1,
        timeoutSeconds: '2s',
        successThreshold: 2,
        failureThreshold: 5,
      },
      {
        kind: 'probe',
        probe: {
          handler: {
            kind: 'httpGet',
            scheme: 'https',
            host: '::1',
            port: 443,
            path: '/healthz',
            headers: [['Host', 'x']],
          },
          initialDelayMs: 1_000,
          periodMs: 500,
          startPeriodMs: 100,
          timeoutMs: 2_000,
          successThreshold: 2,
          failureThreshold: 5,
        },
      },
    ],
  ])('%s', (_, readiness, expected) => {
    const container = { env: [{ name: 'A', value: 'x' }], ports: [{ name: 'http', containerPort: 8080 }] };
    expect(programOf({ readiness }, container).readiness).toEqual(expected);
  });

  test('never starts slower than it goes on', () => {
    const readiness = { tcpSocket: { port: 1 }, periodSeconds: '50ms' };
    expect(programOf({ readiness }).readiness).toMatchObject({ probe: { startPeriodMs: 50 } });
  });

  test('is one thing, liveness another: it has no faster start', () => {
    const { liveness, readiness } = programOf({ liveness: { httpGet: { port: 80 } } });
    expect(readiness).toBeUndefined();
    expect(liveness).toMatchObject({ startPeriodMs: 10_000, handler: { path: '/', scheme: 'http' } });
  });
});

test('a plain container’s program has the container’s stdin and terminal', () => {
  const pod = withProcesses([], { stdin: true, tty: true, command: ['sh'], processes: undefined });
  expect(normalisePod(pod).containers[0]?.programs[0]).toMatchObject({ name: 'main', stdin: true, tty: true });
});

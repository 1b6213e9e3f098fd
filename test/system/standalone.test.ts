/** podinit without podd: in front of one command, and as supervisor of a file. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa, type Options } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { processExists } from '../../src/linux/procfs.ts';
import type { InitState, ProgramState } from '../../src/protocol/init.ts';
import { describeReal } from '../support/describe-real.ts';
import { readProc } from '../support/processes.ts';
import { inRepository } from '../support/repository.ts';
import { waitFor } from '../support/wait-for.ts';

const podinit = inRepository('bin/podinit');
const run = (args: readonly string[], options: Options = {}) =>
  execa(podinit, args, { reject: false, all: true, stdin: 'ignore', ...options });

describeReal('podinit -- COMMAND', () => {
  const ends: readonly (readonly [string, readonly string[], number])[] = [
    ['its command’s exit code', ['--', 'sh', '-c', 'exit 42'], 42],
    ['128+n where a signal ended it', ['--', 'sh', '-c', 'kill -KILL $$'], 137],
    ['127 where there is no such command', ['--', 'no-such-command'], 127],
    ['126 where it cannot be executed', ['--', '/etc/passwd'], 126],
    ['2 where nothing is to be run', ['-v'], 2],
    ['2 for a file with errors', ['-f', '/no/such/file'], 2],
  ];
  test.each(ends)('ends with %s', async (_name, args, code) => {
    expect((await run(args)).exitCode).toBe(code);
  });

  test('gives its command podinit’s own standard streams', async () => {
    const { stdout, stderr } = await run(['--', 'sh', '-c', 'cat; echo no >&2'], { stdin: 'pipe', input: 'in' });
    expect([stdout, stderr]).toEqual(['in', 'no']);
  });

  test('hands the environment on as it was, NODE_OPTIONS and bytes that are no UTF-8 included', async () => {
    const script = 'export NODE_OPTIONS=--trace-warnings RAW="$(printf "\\377")"; exec "$0" -- env';
    const { stdout } = await execa('sh', ['-c', script, podinit], { encoding: 'buffer' });
    const lines = Buffer.from(stdout).toString('latin1').split('\n');
    expect(lines).toEqual(expect.arrayContaining(['NODE_OPTIONS=--trace-warnings', 'RAW=\u00ff']));
    expect(lines.filter((line) => line.startsWith('PODINIT_'))).toEqual([]);
  });

  test('hands the soft limit of open files on, which node raised for itself', async () => {
    const { stdout } = await execa('sh', ['-c', 'ulimit -Sn 777; exec "$0" -- sh -c "ulimit -Sn"', podinit]);
    expect(stdout).toBe('777');
  });

  test('opens no debugger for USR1, but hands it on', async () => {
    const child = run(['--', 'sh', '-c', 'trap "echo usr1; exit 3" USR1; echo ready; while :; do sleep 0.05; done']);
    await waitFor('ready', () => hasPrinted(child, 'ready'));
    child.kill('SIGUSR1');
    const { exitCode, all } = await child;
    expect(exitCode).toBe(3);
    expect(all).not.toContain('Debugger');
  });
});

function hasPrinted(child: ReturnType<typeof run>, text: string): boolean {
  let seen = printed.get(child);
  if (seen === undefined) {
    seen = { text: '' };
    const into = seen;
    printed.set(child, seen);
    child.all?.on('data', (bytes: Buffer) => {
      into.text += bytes.toString();
    });
  }
  return seen.text.includes(text);
}
const printed = new WeakMap<object, { text: string }>();

describeReal('podinit -f', () => {
  let dir: string;
  let started: ReturnType<typeof run>[];
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'podinit-'));
    started = [];
  });
  afterEach(async () => {
    for (const child of started) child.kill('SIGINT');
    for (const child of started) await child;
    rmSync(dir, { recursive: true, force: true });
  });

  const socket = (): string => join(dir, 'podinit.sock');
  const write = (processes: readonly object[]): string => {
    writeFileSync(join(dir, 'processes.yaml'), JSON.stringify({ processes }));
    return join(dir, 'processes.yaml');
  };
  const supervise = (processes: readonly object[], args: readonly string[] = []): ReturnType<typeof run> => {
    const child = run(['--socket', socket(), '--cgroups=off', '-f', write(processes), ...args]);
    started.push(child);
    return child;
  };
  const ctl = (...words: readonly string[]) => run(['ctl', '--socket', socket(), ...words]);
  const states = async (): Promise<readonly ProgramState[]> => {
    if (!existsSync(socket())) return [];
    const { exitCode, stdout } = await ctl('status', '-o', 'json');
    return exitCode === 0 ? (JSON.parse(String(stdout)) as InitState).programs : [];
  };
  const allRun = (count: number) =>
    waitFor(`${count} programs run`, async () => {
      const all = await states();
      return all.length === count && all.every(({ state }) => state === 'RUNNING') ? all : undefined;
    });
  const pidOf = (all: readonly ProgramState[], name: string): number => all.find((one) => one.name === name)?.pid ?? -1;
  const sleeper = (name: string, more: object = {}): object => ({ name, command: ['sleep', '1000'], ...more });

  test('ends with the code of its essential program and leaves nothing', async () => {
    const child = supervise([
      sleeper('a'),
      { name: 'b', essential: true, restart: 'never', command: ['sh', '-c', 'sleep 0.3; exit 9'] },
    ]);
    expect((await child).exitCode).toBe(9);
    expect(existsSync(socket())).toBe(false);
  });

  test('takes COMMAND as the essential program main, and its lines are not mixed', async () => {
    const child = supervise(
      [{ name: 'a', command: ['sh', '-c', 'echo one; exec sleep 1000'] }],
      ['--', 'sh', '-c', 'echo two; sleep 0.3; exit 5'],
    );
    const { exitCode, all } = await child;
    expect(exitCode).toBe(5);
    expect(String(all).split('\n').sort()).toEqual(expect.arrayContaining(['[a] one', '[main] two']));
  });

  test('SIGHUP changes only what changed in the file, and nothing when it has errors', async () => {
    const child = supervise([sleeper('a'), sleeper('b')]);
    const before = await allRun(2);
    write([sleeper('a'), sleeper('b', { nice: 1 }), sleeper('c')]);
    child.kill('SIGHUP');
    const after = await allRun(3);
    expect(pidOf(after, 'a')).toBe(pidOf(before, 'a'));
    expect(pidOf(after, 'b')).not.toBe(pidOf(before, 'b'));
    writeFileSync(join(dir, 'processes.yaml'), 'processes: [{name: A}]');
    const { exitCode, stderr } = await ctl('update');
    expect(exitCode).toBe(1);
    expect(String(stderr)).toContain('processes.yaml:1:20: processes[0].name');
    expect(await allRun(3)).toEqual(await states());
  });

  test('its socket is for its user alone, and programs know where it is', async () => {
    supervise([{ name: 'a', command: ['sh', '-c', 'exec sleep 1000'] }]);
    const [a] = await allRun(1);
    expect(statSync(socket()).mode & 0o777).toBe(0o600);
    expect(readProc(a?.pid ?? 0, 'environ')?.split('\0')).toEqual(
      expect.arrayContaining([`PODINIT_SOCKET=${socket()}`, 'PODINIT_PROGRAM=a']),
    );
  });

  test('without cgroups a stopped program leaves no process, whatever it did to get away', async () => {
    const flight = 'setsid sh -c "sleep 2001 & exit" & setsid sleep 2002 & (sleep 2003 &) ; exec sleep 2004';
    supervise([{ name: 'a', command: ['sh', '-c', flight] }, sleeper('b')]);
    const before = await allRun(2);
    const mine = await waitFor('four sleepers', () => {
      const found = sleepers(['2001', '2002', '2003', '2004']);
      return found.length === 4 ? found : undefined;
    });
    await ctl('stop', 'a');
    await waitFor('a is stopped', async () => (await states()).find(({ name }) => name === 'a')?.state === 'STOPPED');
    expect(mine.filter(processExists)).toEqual([]);
    expect(pidOf(await states(), 'b')).toBe(pidOf(before, 'b'));
  });

  test('ctl starts, restarts, signals and explains', async () => {
    supervise([sleeper('a'), sleeper('b', { autostart: false })]);
    await waitFor('a runs', async () => (await states()).some(({ state }) => state === 'RUNNING'));
    expect((await ctl('start', 'b')).stdout).toBe('b: start');
    const before = await allRun(2);
    await ctl('restart', 'a');
    await waitFor('another a', async () => {
      const now = await states();
      return (
        now.length === 2 && pidOf(now, 'a') !== pidOf(before, 'a') && now.every(({ state }) => state === 'RUNNING')
      );
    });
    expect(String((await ctl('why', 'a')).stdout)).toContain('restarted by request');
    const paused = await ctl('pause', 'a');
    expect(paused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('there is no cgroup freezer') });
    expect(await ctl('stop', 'nobody')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('nobody') });
    expect((await ctl('shutdown')).exitCode).toBe(0);
  });

  test('tells who cannot reach it where it looked', async () => {
    expect(await ctl('status')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(socket()) });
  });

  const roots = ['freezer', 'cpu', 'cpuacct', 'memory', 'pids'].map((name) => `/sys/fs/cgroup/${name}`);
  test.skipIf(!roots.every((root) => existsSync(`${root}/cgroup.procs`)))(
    'makes a cgroup per program where it may, with its limits, and takes them away again',
    async () => {
      const own = roots.map((root) => join(root, `podinit-test-${process.pid}`));
      for (const path of own) mkdirSync(path);
      try {
        const file = write([sleeper('a', { resources: { limits: { pids: 20 } } })]);
        const enter = own.map((path) => `echo $$ > ${path}/cgroup.procs`).join(' && ');
        const words = ['--socket', socket(), '--cgroups=require', '-f', file];
        const child = execa('sh', ['-c', `${enter} && exec "$0" "$@"`, podinit, ...words], { reject: false });
        await allRun(1);
        const [leaf] = readdirSync(own[4] ?? '').filter((name) => name.startsWith('podinit-'));
        expect(readProc(child.pid ?? 0, 'cgroup')).toContain(`podinit-test-${process.pid}\n`);
        expect(statSync(join(own[4] ?? '', leaf ?? '', 'app/a')).isDirectory()).toBe(true);
        const isPaused = async () => (await states()).some(({ paused }) => paused === true);
        expect((await ctl('pause', 'a')).stdout).toBe('a: pause');
        await waitFor('a is paused', isPaused);
        expect((await ctl('resume')).stdout).toBe('a: resume');
        expect(await isPaused()).toBe(false);
        expect((await ctl('pause')).stdout).toBe('a: pause');
        child.kill('SIGTERM');
        await child;
        expect(readdirSync(own[4] ?? '').filter((name) => name.startsWith('podinit-'))).toEqual([]);
      } finally {
        for (const path of own) await waitFor(`remove ${path}`, () => removed(path));
      }
    },
  );
});

/** Pids of `sleep N` for these numbers. */
const sleepers = (seconds: readonly string[]): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const [command, argument = ''] = readProc(pid, 'cmdline')?.split('\0') ?? [];
      return command === 'sleep' && seconds.includes(argument);
    });

function removed(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch {
    return !existsSync(path);
  }
}

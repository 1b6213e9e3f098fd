/** podinit's Supervisor over the real kernel: what PID 1's hands do to processes, without podd around it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { processExists } from '../../src/linux/procfs.ts';
import type { ProgramPlan } from '../../src/model/launch-plan.ts';
import { describeReal } from '../support/describe-real.ts';
import { aPlan, type Direct, removeDriver, superviseDirectly } from '../support/direct-supervisor.ts';
import { waitFor } from '../support/wait-for.ts';

const SIGTERM = 15;
const SIGHUP = 1;

describeReal('programs under a Supervisor', () => {
  let direct: Direct | undefined;
  afterEach(async () => {
    await direct?.close();
    direct = undefined;
  });
  afterAll(removeDriver);

  const supervise = async (...programs: readonly ProgramPlan[]): Promise<Direct> => {
    direct = await superviseDirectly(programs);
    return direct;
  };
  const pidOf = (d: Direct, name: string): number => d.program(name).pid ?? -1;
  const kill = (d: Direct, name: string, signal: NodeJS.Signals): number => {
    const pid = pidOf(d, name);
    process.kill(pid, signal);
    return pid;
  };

  test('kill -9 of one restarts only that one', async () => {
    const d = await supervise(aPlan('a', ['stamp']), aPlan('b', ['stamp']), aPlan('c', ['stamp']));
    for (const name of ['a', 'b', 'c']) await d.isRunning(name);
    const others = [pidOf(d, 'a'), pidOf(d, 'c')];
    const old = kill(d, 'b', 'SIGKILL');
    const b = await d.until('b', 'has restarted', ({ pid, restarts }) => restarts === 1 && pid !== undefined);
    expect(b).toMatchObject({ state: 'RUNNING', lastExit: { exitCode: 137, signal: 9 } });
    expect(b.pid).not.toBe(old);
    expect([pidOf(d, 'a'), pidOf(d, 'c')]).toEqual(others);
    await expect
      .poll(() => d.notes)
      .toEqual([expect.stringContaining('ProgramExited: Program b was killed by SIGKILL')]);
  });

  test('the first restart comes within milliseconds', async () => {
    const d = await supervise(aPlan('b', ['stamp'], { restart: { ...aPlan('b', []).restart, backoff: atOnce } }));
    await d.isRunning('b');
    const delays: number[] = [];
    for (let round = 1; round <= 15; round++) {
      await waitFor(`stamp ${round}`, () => stampsOf(d, 'b').length === round);
      const killedAt = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6));
      kill(d, 'b', 'SIGKILL');
      const stamp = await waitFor(`stamp ${round + 1}`, () => stampsOf(d, 'b')[round]);
      delays.push(Number(stamp - killedAt) / 1e6);
      await d.until(
        'b',
        `has restarted ${round} times`,
        ({ pid, restarts }) => restarts === round && pid !== undefined,
      );
    }
    delays.sort((x, y) => x - y);
    console.log(
      `kill -9 to the new program's first instruction: median ${delays[7]?.toFixed(2)} ms, worst ${delays[14]?.toFixed(2)} ms`,
    );
    expect(delays[7]).toBeLessThan(500);
  });

  test('what a program leaves in sessions of its own is gone before it starts again', async () => {
    const d = await supervise(aPlan('tree', ['setsid-tree', '5']));
    const tree = await waitFor('a tree of 6', () =>
      d.processes('tree').length === 6 ? d.processes('tree') : undefined,
    );
    kill(d, 'tree', 'SIGKILL');
    await d.until('tree', 'has restarted', ({ restarts }) => restarts === 1);
    expect(tree.filter(processExists)).toEqual([]);
    await waitFor('a new tree of 6', () => d.processes('tree').length === 6);
  });

  test('with wholeTree false the rest of the tree is left alone', async () => {
    const stop = { signal: SIGTERM, graceMs: 500, wholeTree: false };
    const d = await supervise(aPlan('tree', ['setsid-tree', '2'], { stop }));
    const tree = await waitFor('a tree of 3', () =>
      d.processes('tree').length === 3 ? d.processes('tree') : undefined,
    );
    const main = pidOf(d, 'tree');
    await d.init.control({ verb: 'stop', targets: [{ program: 'tree' }] });
    await d.until('tree', 'is stopped', ({ state }) => state === 'STOPPED');
    expect(d.processes('tree')).toEqual(tree.filter((pid) => pid !== main));
  });

  test('a program that ignores TERM is killed after its grace', async () => {
    const stop = { signal: SIGTERM, graceMs: 300, wholeTree: true };
    const d = await supervise(aPlan('deaf', ['ignore-term'], { stop }));
    await waitFor('it ignores TERM', () => d.log('deaf').includes('ignoring'));
    const startedMs = performance.now();
    expect(await d.init.control({ verb: 'stop', targets: [] })).toEqual({ ok: true, affected: ['deaf'] });
    const deaf = await d.until('deaf', 'is stopped', ({ state }) => state === 'STOPPED');
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(295);
    expect(deaf).toMatchObject({ lastExit: { signal: 9, why: 'stopped by request' } });
    expect(d.processes('deaf')).toEqual([]);
  });

  test('a program that stopped itself is woken to obey TERM', async () => {
    const d = await supervise(
      aPlan('stopped', ['stop-self'], { stop: { signal: SIGTERM, graceMs: 10_000, wholeTree: true } }),
    );
    await waitFor('it is stopped', () => readFileSync(`/proc/${pidOf(d, 'stopped')}/stat`, 'utf8').includes(') T '));
    await d.init.control({ verb: 'stop', targets: [] });
    expect(await d.until('stopped', 'is stopped', ({ state }) => state === 'STOPPED')).toMatchObject({
      lastExit: { signal: SIGTERM },
    });
  });

  test('a program that cannot be exec’d backs off and becomes FATAL with the reason', async () => {
    const exec = { argv: ['/nonexistent/program'] };
    const restart = { ...aPlan('x', []).restart, startMs: 50, startRetries: 2 };
    const d = await supervise(aPlan('x', [], { exec, restart }), aPlan('y', ['sleep']));
    const x = await d.until('x', 'is FATAL', ({ state }) => state === 'FATAL');
    expect(d.states.some(({ programs }) => programs[0]?.state === 'BACKOFF')).toBe(true);
    expect(x.message).toContain("exec /nonexistent/program: not found in the container's file system");
    expect(x.restarts).toBe(0);
    expect(d.program('y').state).toBe('RUNNING');
  });

  test('the exit code of the essential program ends it all', async () => {
    const never = { ...aPlan('x', []).restart, policy: 'never' as const };
    const d = await supervise(
      aPlan('main', ['exit', '7'], { essential: true, restart: never }),
      aPlan('b', ['ignore-term'], { stop: { signal: SIGTERM, graceMs: 100, wholeTree: true } }),
    );
    expect(await d.end()).toMatchObject({ exitCode: 7, reason: 'Error' });
  });

  test('a stop asks every program and kills what stays when the grace is over', async () => {
    const stop = { signal: SIGTERM, wholeTree: true };
    const d = await supervise(
      aPlan('deaf', ['ignore-term'], { stop }),
      aPlan('tree', ['setsid-tree', '3'], { stop }),
      aPlan('good', ['sleep'], { stop }),
    );
    await waitFor('the tree stands', () => d.processes('tree').length === 4 && d.log('deaf').includes('ignoring'));
    d.init.stop(300);
    await d.end();
    for (const name of ['deaf', 'tree', 'good']) expect(d.processes(name)).toEqual([]);
  });

  test('identity and limits are the program’s own', async () => {
    const exec = {
      ...{ uid: 1234, gid: 2345, supplementaryGroups: [4, 27], umask: 0o027, nice: 5, oomScoreAdj: 600 },
      capabilities: [10],
      ambient: true,
      noNewPrivileges: true,
      rlimits: {
        nofile: { soft: 256, hard: 512 },
        core: { soft: 0, hard: 0 },
        memlock: { soft: 4096, hard: 8192 },
      } as const,
    };
    const d = await supervise(aPlan('me', ['limits', 'stay'], { exec }), aPlan('plain', ['limits', 'stay']));
    await waitFor('both have told', () => ['me', 'plain'].every((name) => d.log(name).endsWith('end\n')));
    const said = d.log('me');
    expect(said).toMatch(/^nice 5$/m);
    expect(said).toMatch(/^oom 600$/m);
    expect(said).toMatch(/^limit Max open files +256 +512 /m);
    expect(said).toMatch(/^limit Max core file size +0 +0 /m);
    expect(said).toMatch(/^limit Max locked memory +4096 +8192 /m);
    expect(said).toMatch(/^status Uid:\t1234\t1234\t1234\t1234$/m);
    expect(said).toMatch(/^status Gid:\t2345\t2345\t2345\t2345$/m);
    expect(said).toMatch(/^status Groups:\t4 27 ?$/m);
    expect(said).toMatch(/^status Umask:\t0027$/m);
    expect(said).toMatch(/^status NoNewPrivs:\t1$/m);
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
      expect(said).toMatch(new RegExp(`^status ${set}:\t0000000000000400$`, 'm'));
    }
    expect(d.log('plain')).toMatch(/^limit Max open files +1024 /m);
    expect(d.log('plain')).toMatch(/^status Umask:\t0022$/m);
    expect(d.log('plain')).toMatch(/^status CapAmb:\t0000000000000000$/m);
    expect(d.log('plain')).toContain('env INSTANCE=0');
  });

  test('a limit over fs.nr_open is lowered with a note, and fails no start', async () => {
    const rlimits = { nofile: { soft: 1 << 30, hard: 'unlimited' } } as const;
    const d = await supervise(aPlan('greedy', ['sleep'], { exec: { rlimits } }));
    await d.isRunning('greedy');
    await expect
      .poll(() => d.notes)
      .toEqual([expect.stringContaining('RlimitsLowered: Program greedy: rlimits nofile')]);
  });

  test.each<[string, readonly string[], ProgramPlan['readiness']]>([
    ['READY=1', ['notify', '30'], { kind: 'notify' }],
    ['a line on an fd', ['notify-fd', '3', '30'], { kind: 'notifyFd', fd: 3 }],
    ['a line of its log', ['ignore-term'], { kind: 'logLine', pattern: '^ignor' }],
    [
      'a command that succeeds',
      ['sleep'],
      { kind: 'probe', probe: { ...quick, handler: { kind: 'exec', argv: ['/bin/true'] } } },
    ],
  ])('is ready by %s, and its dependant starts then', async (_way, mode, readiness) => {
    const dependsOn = [{ program: 'first', condition: 'ready', cascade: false }] as const;
    const stop = { signal: SIGTERM, graceMs: 50, wholeTree: true };
    const d = await supervise(
      aPlan('second', ['sleep'], { dependsOn }),
      aPlan('first', mode, { readiness: readiness as NonNullable<typeof readiness>, stop }),
    );
    await d.isRunning('second');
    expect(d.program('first').ready).toBe(true);
    const seen = d.states.map(({ programs }) => programs.map(({ state, ready }) => `${state} ${ready}`).join(', '));
    expect(seen.some((states) => states.startsWith('RUNNING') && states.endsWith('false'))).toBe(false);
  });

  test('a program whose liveness fails is restarted', async () => {
    const liveness = {
      ...quick,
      failureThreshold: 2,
      handler: { kind: 'exec', argv: ['/bin/sh', '-c', `test -e /proc/${process.pid}/nothing`] },
    } as const;
    const d = await supervise(aPlan('sick', ['sleep'], { liveness }));
    const sick = await d.until('sick', 'was restarted', ({ restarts }) => restarts >= 1);
    expect(sick.lastExit?.why).toContain('liveness');
  });

  test('stop and reload commands run as the program, beside it', async () => {
    const d = await supervise(
      aPlan('served', ['trap'], {
        stop: {
          signal: SIGTERM,
          graceMs: 5000,
          wholeTree: true,
          command: ['/bin/sh', '-c', 'echo stopping $MAINPID as $(id -u)'],
        },
        reload: { kind: 'command', argv: ['/bin/sh', '-c', 'echo reloading $MAINPID'] },
        exec: { uid: 1234, gid: 1234 },
      }),
    );
    await waitFor('it traps', () => d.log('served').includes('trapping'));
    const pid = pidOf(d, 'served');
    expect(await d.init.control({ verb: 'reload', targets: [] })).toMatchObject({ ok: true });
    await waitFor('it reloads', () => d.log('served').includes(`reloading ${pid}`));
    await d.init.control({ verb: 'stop', targets: [] });
    await d.until('served', 'is stopped', ({ state }) => state === 'STOPPED');
    expect(d.log('served')).toMatch(new RegExp(`stopping ${pid} as 1234\n(.*\n)*caught 15\n`));
    const why = await d.init.why({ targets: [{ program: 'served' }] });
    expect(JSON.stringify(why)).toContain('run the stop command');
  });

  test('a signal goes to the main process, a reload signal too', async () => {
    const d = await supervise(aPlan('trap', ['trap'], { reload: { kind: 'signal', signal: SIGHUP } }));
    await waitFor('it traps', () => d.log('trap').includes('trapping'));
    expect(await d.init.control({ verb: 'reload', targets: [] })).toEqual({ ok: true, affected: ['trap'] });
    await waitFor('it caught HUP', () => d.log('trap').includes(`caught ${SIGHUP}`));
  });

  test('an update adds, removes and changes without touching the rest', async () => {
    const keep = aPlan('keep', ['sleep']);
    const d = await supervise(keep, aPlan('change', ['sleep']), aPlan('remove', ['sleep']));
    for (const name of ['keep', 'change', 'remove']) await d.isRunning(name);
    const [kept, changed, removed] = ['keep', 'change', 'remove'].map((name) => pidOf(d, name));
    const programs = [keep, aPlan('change', ['sleep', '1000000']), aPlan('add', ['sleep'])];
    const reply = await d.init.update({ programs, leaves: d.makeLeaves(programs) });
    expect(reply).toMatchObject({ ok: true, affected: expect.arrayContaining(['change', 'remove', 'add']) });
    await d.isRunning('add');
    await d.until('change', 'has a new process', ({ pid, state }) => state === 'RUNNING' && pid !== changed);
    await waitFor('remove is forgotten', () => !d.states.at(-1)?.programs.some(({ name }) => name === 'remove'));
    expect(pidOf(d, 'keep')).toBe(kept);
    expect([removed, changed].filter((pid) => processExists(pid ?? 0))).toEqual([]);
    expect(d.processes('add')).toEqual([pidOf(d, 'add')]);
  });

  test('a program may have a terminal of its own, or an open stdin', async () => {
    const restart = { ...aPlan('x', []).restart, policy: 'never' as const };
    const terminal = { argv: ['/bin/sh', '-c', 'tty; ps -o tty= -p $$; exec sleep 1000'], tty: true };
    const d = await supervise(
      aPlan('terminal', [], { restart, exec: terminal }),
      aPlan('open', [], { restart, exec: { argv: ['/bin/cat'], stdin: true } }),
      aPlan('closed', [], { restart, exec: { argv: ['/bin/cat'] } }),
    );
    await d.until('closed', 'has ended at the end of its input', ({ state }) => state === 'EXITED');
    const [, number] = await waitFor(
      'it names its terminal',
      () => /^\/dev\/pts\/(\d+)\r?$/m.exec(d.log('terminal')) ?? undefined,
    );
    await waitFor('it is the controlling one', () => new RegExp(`^pts/${number}`, 'm').test(d.log('terminal')));
    expect(d.program('open').state).toBe('RUNNING');
  });

  test('requests for what is not there are refused with what is', async () => {
    const d = await supervise(aPlan('web', ['sleep']));
    expect(await d.init.control({ verb: 'start', targets: [{ program: 'wep' }] })).toMatchObject({
      ok: false,
      code: 'NotFound',
      message: expect.stringContaining('did you mean web?'),
    });
    expect(await d.init.control({ verb: 'reload', targets: [{ program: 'web' }] })).toMatchObject({
      ok: false,
      code: 'Conflict',
    });
  });

  test('nothing is spawned into a frozen leaf: the supervisor lives on', async () => {
    const d = await supervise(aPlan('cold', ['sleep'], { autostart: false }), aPlan('warm', ['sleep']));
    await d.isRunning('warm');
    const state = join(d.dirs('app/cold')[0] ?? '', 'freezer.state');
    writeFileSync(state, 'FROZEN');
    await d.init.control({ verb: 'start', targets: [{ program: 'cold' }] });
    const cold = await d.until('cold', 'is FATAL', (program) => program.state === 'FATAL');
    expect(cold.message).toContain('its cgroup is frozen');
    writeFileSync(state, 'THAWED');
    await d.init.control({ verb: 'start', targets: [{ program: 'cold' }] });
    await d.isRunning('cold');
  });

  test('a program over the memory limit of its leaf is restarted alone, and it shows why', async () => {
    const d = await supervise(aPlan('eater', ['eat', '200'], { autostart: false }), aPlan('b', ['sleep']));
    const b = (await d.isRunning('b')).pid;
    writeFileSync(join(d.dirs('app/eater')[1] ?? '', 'memory.limit_in_bytes'), String(32 << 20));
    await d.init.control({ verb: 'start', targets: [{ program: 'eater' }] });
    const eater = await d.until('eater', 'has restarted', ({ restarts }) => restarts >= 1);
    expect(eater.lastExit).toMatchObject({ exitCode: 137, oomKilled: true });
    expect(pidOf(d, 'b')).toBe(b);
  });
});

const atOnce = { initialMs: 0, maxMs: 0, factor: 1, jitter: 0, resetAfterMs: 0 };
const quick = {
  initialDelayMs: 0,
  periodMs: 20,
  startPeriodMs: 10,
  timeoutMs: 5000,
  successThreshold: 1,
  failureThreshold: 3,
};

function stampsOf(d: Direct, name: string): bigint[] {
  return [...d.log(name).matchAll(/^stamp (\d+)$/gm)].map(([, stamp]) => BigInt(stamp ?? 0));
}

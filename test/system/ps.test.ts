/** `podctl ps` beside what the kernel says. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProgramGroup, ProgramObject } from '../../src/protocol/api.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod, aProgram } from '../support/manifest.ts';
import { isRunning, programPid } from '../support/pods.ts';
import { readProc } from '../support/processes.ts';
import { waitFor } from '../support/wait-for.ts';

describeReal('ps', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
    const processes = [
      aProgram('sleeper'),
      aProgram('burner', { command: ['/bin/sh', '-c', 'while :; do :; done'] }),
      aProgram('eater', {
        command: ['/bin/sh', '-c', 'sleep 1000 & x=$(head -c 8000000 /dev/zero | tr "\\0" x); wait'],
      }),
      aProgram('pair', { instances: 2 }),
      aProgram('off', { autostart: false }),
      aProgram('waiter', { dependsOn: { off: 'ready' } }),
      aProgram('once', { command: ['/bin/sh', '-c', 'exit 4'], restart: { policy: 'never', startSeconds: 0 } }),
    ];
    await instance.apply(
      aPod({ name: 'shown', containers: [aContainer({ name: 'app', processes }), aContainer({ name: 'plain' })] }),
    );
    await instance.waitForPod('shown', 'runs', isRunning);
  });
  afterAll(() => instance.stop());

  const list = async (...args: readonly string[]): Promise<readonly ProgramGroup[]> =>
    JSON.parse(await instance.podctlOk(['ps', ...args, '-o', 'json'])).items;
  const programOf = async (label: string): Promise<ProgramObject | undefined> =>
    (await list('shown/app')).flatMap(({ programs }) => programs).find((program) => program.label === label);

  test('tells as data what never comes, and which end was as expected', async () => {
    await waitFor('once has ended', async () => (await programOf('once'))?.state === 'EXITED');
    expect(await programOf('waiter')).toMatchObject({ blocked: true });
    expect(await programOf('sleeper')).not.toHaveProperty('blocked');
    expect(await programOf('once')).toMatchObject({ lastExit: { exitCode: 4, expected: false } });
  });

  test('shows each program with its state, and the pid that runs it on the host', async () => {
    await waitFor('once has ended', async () => (await programOf('once'))?.state === 'EXITED');
    const [group] = await list('shown/app');
    expect(group?.programs.map(({ label, state }) => `${label} ${state}`)).toEqual([
      'sleeper RUNNING',
      'burner RUNNING',
      'eater RUNNING',
      'pair:0 RUNNING',
      'pair:1 RUNNING',
      'off STOPPED',
      'waiter WAITING',
      'once EXITED',
    ]);
    const sleeper = await programOf('sleeper');
    expect(readProc(sleeper?.hostPid ?? 0, 'cmdline')).toBe('/usr/bin/sleep\u00001000000\u0000');
    expect(readProc(sleeper?.hostPid ?? 0, 'status')).toMatch(new RegExp(`^NSpid:.*\\t${sleeper?.pid}$`, 'm'));
    expect(await programOf('once')).toMatchObject({ lastExit: { exitCode: 4 } });
    expect((await programOf('waiter'))?.message).toContain('off');
  });

  test('counts CPU, memory and processes per program', async () => {
    await waitFor('the burner burns', async () => ((await programOf('burner'))?.cpuMs ?? 0) > 300, 20_000);
    await waitFor('the eater eats', async () => ((await programOf('eater'))?.memoryBytes ?? 0) > 7_000_000, 20_000);
    const [burner, sleeper, eater] = [await programOf('burner'), await programOf('sleeper'), await programOf('eater')];
    expect(sleeper?.cpuMs).toBeLessThan(burner?.cpuMs ?? 0);
    expect(sleeper?.memoryBytes).toBeLessThan(eater?.memoryBytes ?? 0);
    expect(eater?.processes).toBeGreaterThanOrEqual(2);
    expect(sleeper?.processes).toBe(1);
    expect(burner?.cpuMs).toBeLessThanOrEqual((burner?.uptimeMs ?? 0) * 1.2 + 100);
    expect(Math.abs((sleeper?.uptimeMs ?? 0) - ageMs(sleeper?.hostPid ?? 0))).toBeLessThan(2000);
  });

  test('counts CPU anew after a restart', async () => {
    const before = await programOf('burner');
    await instance.podctlOk(['restart', 'shown/app/burner']);
    const after = await programOf('burner');
    expect(after?.hostPid).not.toBe(before?.hostPid);
    expect(before?.cpuMs).toBeGreaterThan(300);
    expect(after?.cpuMs).toBeLessThanOrEqual((after?.uptimeMs ?? 0) * 1.2 + 100);
  });

  test('prints the tree, one row for a plain container, and only what was asked for', async () => {
    const text = await instance.podctlOk(['ps', 'shown']);
    const names = text.split('\n').map((line) => line.trim().split(/\s+/)[0]);
    expect(names).toEqual([
      ...['NAME', 'shown', 'app', 'sleeper', 'burner', 'eater', 'pair:0', 'pair:1', 'off', 'waiter', 'once', 'plain'],
    ]);
    const pod = await instance.getPod('shown');
    const plain = text.split('\n').find((line) => line.includes('plain'));
    expect(plain).toMatch(new RegExp(`^ {2}plain +RUNNING +yes +${pod && programPid(pod, 'plain')} `));
    expect(text).toMatch(/once +EXITED .* exit 4 \(/);
    expect(await instance.podctlOk(['ps', 'shown/app/pair', '-o', 'name'])).toBe(
      'pod/shown/app/pair:0\npod/shown/app/pair:1',
    );
    expect(await instance.podctlOk(['ps', '-A', '-l', 'nothing=here', '-o', 'name'])).toBe('');
    expect(await instance.podctl(['ps', 'shwon'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('did you mean shown?'),
    });
  });

  test('shows a container that does not run', async () => {
    const exits = aContainer({ command: ['/bin/sh', '-c', 'exit 1'] });
    await instance.apply(aPod({ name: 'over', restartPolicy: 'Never', containers: [exits] }));
    await instance.waitForPod('over', 'has failed', ({ status }) => status.phase === 'Failed');
    expect(await list('over')).toMatchObject([{ container: 'main', state: 'terminated', reason: 'Error' }]);
    expect(await instance.podctlOk(['ps', 'over'])).toMatch(/main +Error +no/);
  });

  test('describe shows the programs with what they depend on', async () => {
    const text = await instance.podctlOk(['describe', 'pod', 'shown']);
    expect(text).toMatch(/waiter +WAITING +False +0 +- +off \(ready\)/);
    expect(text).toMatch(/once +EXITED +False +0 +exit 4 \(.* ago\)/);
  });
});

/** How long a process has run, by /proc/pid/stat and /proc/uptime, in ms. */
function ageMs(pid: number): number {
  const fields = (readProc(pid, 'stat') ?? '').replace(/^.*\) /s, '').split(' ');
  const startSeconds = Number(fields[19]) / 100;
  return (Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) - startSeconds) * 1000;
}

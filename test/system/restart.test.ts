/** kill -9 of a program, of PID 1, of podd, of the zygote, of all: what the policy asks for, and no more. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PodObject } from '../../src/protocol/objects.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { containerOf, initPid, isRunning, lastExit, podPids, programPid, waitingReason } from '../support/pods.ts';
import { pidsInCgroup, readProc, readProcess } from '../support/processes.ts';
import { waitFor } from '../support/wait-for.ts';

describeReal('restart', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const payload = (...args: readonly string[]) =>
    aContainer({ rootfs: { path: instance.payloadRoot() }, command: ['/payload', ...args] });

  const running = async (name: string, fields: Record<string, unknown> = {}): Promise<PodObject> => {
    await instance.apply(aPod({ name, containers: [payload('sleep')], ...fields }));
    return instance.waitForPod(name, 'runs', isRunning);
  };

  const restarted = (name: string, count = 1): Promise<PodObject> =>
    instance.waitForPod(
      name,
      `was restarted ${count} times`,
      (pod) => isRunning(pod) && containerOf(pod).restartCount === count,
    );

  test.each([
    ['Always', 0, 'Running'],
    ['OnFailure', 3, 'Running'],
    ['OnFailure', 0, 'Succeeded'],
    ['Never', 3, 'Failed'],
    ['Never', 0, 'Succeeded'],
  ] as const)('policy %s after exit code %i: the pod is %s', async (restartPolicy, code, phase) => {
    const name = `exit-${restartPolicy.toLowerCase()}-${code}`;
    await instance.apply(aPod({ name, restartPolicy, containers: [payload('exit', String(code))] }));
    if (phase === 'Running') {
      const pod = await instance.waitForPod(name, 'was restarted', (seen) => containerOf(seen).restartCount >= 1);
      expect(lastExit(containerOf(pod))?.exitCode).toBe(code);
    } else {
      const pod = await instance.waitForPod(name, `is ${phase}`, ({ status }) => status.phase === phase);
      expect(lastExit(containerOf(pod))).toMatchObject({ exitCode: code, reason: code === 0 ? 'Completed' : 'Error' });
      expect(containerOf(pod).restartCount).toBe(0);
    }
  });

  test('a program that keeps failing is restarted at once, then waits in CrashLoopBackOff', async () => {
    await instance.apply(aPod({ name: 'loop', containers: [payload('exit', '1')] }));
    const pod = await instance.waitForPod(
      'loop',
      'backs off',
      (seen) => waitingReason(containerOf(seen)) === 'CrashLoopBackOff',
    );
    expect(containerOf(pod).restartCount).toBe(1);
  });

  test('back-off numbers of the manifest are honoured', async () => {
    const backoff = { initial: '20ms', max: '40ms', factor: 2 };
    await instance.apply(aPod({ name: 'quick', backoff, containers: [payload('exit', '1')] }));
    await instance.waitForPod('quick', 'was restarted often', (pod) => containerOf(pod).restartCount >= 5);
  });

  test('a killed program is restarted and its signal told', async () => {
    const before = await running('killed-program');
    process.kill(programPid(before), 'SIGKILL');
    const after = await restarted('killed-program');
    expect(lastExit(containerOf(after))).toMatchObject({ exitCode: 137, signal: 9, reason: 'Error' });
  });

  test('a killed PID 1 takes its programs along and the container is restarted', async () => {
    const before = await running('killed-init');
    const old = podPids(before);
    process.kill(initPid(before), 'SIGKILL');
    const after = await restarted('killed-init');
    for (const pid of old) expect(podPids(after)).not.toContain(pid);
    expect(podPids(after)).toHaveLength(2);
  });

  test('a killed PID 1 is not restarted under policy Never', async () => {
    const before = await running('killed-never', { restartPolicy: 'Never' });
    process.kill(initPid(before), 'SIGKILL');
    const after = await instance.waitForPod('killed-never', 'has failed', ({ status }) => status.phase === 'Failed');
    expect(lastExit(containerOf(after))?.exitCode).not.toBe(0);
    expect(podPids(after)).toEqual([]);
  });

  test('a killed zygote is replaced and no container notices', async () => {
    const before = await running('zygote');
    const [init, zygote] = [initPid(before), await instance.zygotePid()];
    process.kill(zygote, 'SIGKILL');
    await waitFor('a new zygote', async () => ![zygote, 0].includes(await instance.zygotePid()));
    await running('after-zygote');
    const after = await instance.getPod('zygote');
    expect(after && initPid(after)).toBe(init);
    expect(after && containerOf(after).restartCount).toBe(0);
    process.kill(programPid(before), 'SIGKILL');
    await restarted('zygote');
  });

  test('a killed podd is followed by one that adopts: no container is lost, doubled or restarted', async () => {
    const before = await running('adopted', { containers: [payload('seq', '20')] });
    const pids = podPids(before).sort();
    await instance.restartPodd();
    const after = await instance.waitForPod('adopted', 'runs', isRunning);
    expect(podPids(after).sort()).toEqual(pids);
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(containerOf(after)).toMatchObject({ restartCount: 0, containerID: containerOf(before).containerID });
    expect(containerOf(after).state).toEqual(containerOf(before).state);
  });

  test('what a program logs and how it ends while podd is dead is not lost', async () => {
    await running('meanwhile', { restartPolicy: 'Never', containers: [payload('seq', '20', '60')] });
    await instance.killPodd();
    const parent = instance.mark().cgroupName ?? '';
    await waitFor('the program ended', () => payloadsOf(parent, 'seq', '20', '60').length === 0, 30_000);
    await instance.startPodd();
    const after = await instance.waitForPod('meanwhile', 'has succeeded', ({ status }) => status.phase === 'Succeeded');
    expect(lastExit(containerOf(after))).toMatchObject({ exitCode: 0, reason: 'Completed' });
    const lines = (await instance.logs('meanwhile')).split('\n').filter((line) => line !== '');
    expect(lines).toEqual(Array.from({ length: 60 }, (_, i) => `seq ${i + 1}`));
  });

  test('a container is supervised again after podd and the zygote were killed together', async () => {
    const before = await running('together');
    process.kill(await instance.zygotePid(), 'SIGKILL');
    await instance.restartPodd();
    expect(podPids(before)).toHaveLength(2);
    process.kill(programPid(before), 'SIGKILL');
    await restarted('together');
  });

  test('everything killed at once ends in everything running again', async () => {
    const before = await running('all');
    const pids = podPids(before);
    const zygote = await instance.zygotePid();
    await instance.killPodd();
    for (const pid of [zygote, ...pids]) if (readProcess(pid) !== undefined) tryKill(pid);
    await instance.startPodd();
    const after = await restarted('all');
    expect(podPids(after)).toHaveLength(2);
    for (const pid of podPids(after)) expect(pids).not.toContain(pid);
  });
});

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // its parent's end was its own
  }
}

/** Host pids below the instance's cgroup that run the payload with these arguments. */
function payloadsOf(cgroupName: string, ...args: readonly string[]): number[] {
  const command = `/payload\0${args.join('\0')}\0`;
  return pidsInCgroup(`/${cgroupName}/`).filter((pid) => readProc(pid, 'cmdline') === command);
}

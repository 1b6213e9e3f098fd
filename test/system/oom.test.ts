/** A program over its memory limit. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { containerOf, initPid, isRunning, lastExit, waitingReason } from '../support/pods.ts';
import { readProcess } from '../support/processes.ts';

describeReal('out of memory', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const eater = (mebibytes: number, limit: string) =>
    aContainer({
      rootfs: { path: instance.payloadRoot() },
      command: ['/payload', 'eat', String(mebibytes)],
      resources: { limits: { memory: limit } },
    });

  test('a program over its limit is reported OOMKilled and stays so under policy Never', async () => {
    await instance.apply(aPod({ name: 'never', restartPolicy: 'Never', containers: [eater(200, '32Mi')] }));
    const pod = await instance.waitForPod('never', 'has failed', ({ status }) => status.phase === 'Failed');
    expect(lastExit(containerOf(pod))).toMatchObject({ reason: 'OOMKilled', exitCode: 137 });
    expect(containerOf(pod).restartCount).toBe(0);
  });

  test('it is restarted at once, then with back-off', async () => {
    await instance.apply(aPod({ name: 'always', containers: [eater(200, '32Mi')] }));
    const pod = await instance.waitForPod(
      'always',
      'backs off',
      (seen) => waitingReason(containerOf(seen)) === 'CrashLoopBackOff',
    );
    expect(containerOf(pod).restartCount).toBeGreaterThanOrEqual(1);
    expect(lastExit(containerOf(pod))).toMatchObject({ reason: 'OOMKilled', exitCode: 137 });
    expect(await instance.podctlOk(['get', 'pods', 'always'])).toContain('CrashLoopBackOff');
  });

  test('only the eating program is killed: its PID 1 and its neighbours live on', async () => {
    const containers = [aContainer({ name: 'neighbour' }), eater(8, '64Mi')];
    await instance.apply(aPod({ name: 'beside', containers }));
    const pod = await instance.waitForPod('beside', 'runs', isRunning);
    const [init, neighbour] = [initPid(pod), initPid(pod, 'neighbour')];
    const ate = await instance.exec('beside', ['/payload', 'eat', '200']);
    expect(ate.code).toBe(137);
    expect(readProcess(init)?.comm).toBe('podinit');
    expect(readProcess(neighbour)?.comm).toBe('podinit');
    expect(await instance.getPod('beside')).toMatchObject({ status: { phase: 'Running' } });
  });

  test('a program below its limit is left alone', async () => {
    await instance.apply(aPod({ name: 'below', containers: [eater(16, '64Mi')] }));
    const pod = await instance.waitForPod('below', 'runs', isRunning);
    expect(containerOf(pod).restartCount).toBe(0);
  });
});

/** PID 1 reaps whatever its programs leave. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { initPid, isRunning, podPids } from '../support/pods.ts';
import { readProcess } from '../support/processes.ts';
import { waitFor } from '../support/wait-for.ts';

describeReal('orphans', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const started = async (name: string, ...args: readonly string[]) => {
    const containers = [aContainer({ rootfs: { path: instance.payloadRoot() }, command: ['/payload', ...args] })];
    await instance.apply(aPod({ name, containers }));
    return instance.waitForPod(name, 'runs', isRunning);
  };

  const prints = (name: string, text: string): Promise<unknown> =>
    waitFor(`${name} prints ${text}`, async () => (await instance.logs(name)).includes(text), 60_000);

  test('200 orphans become children of PID 1 and leave no zombie when they end', async () => {
    const pod = await started('orphans', 'orphans', '200', '300');
    const init = initPid(pod);
    await prints('orphans', 'orphaned 200');
    await waitFor('only the program is left', () => podPids(pod, 'main', 'app').length === 1, 20_000);
    expect(podPids(pod).map((pid) => readProcess(pid)?.state)).not.toContain('Z');
    expect(readProcess(init)?.comm).toBe('podinit');
  });

  test('10,000 short-lived grandchildren leave no zombie', async () => {
    const pod = await started('many', 'grandchildren', '10000');
    await prints('many', 'made 10000');
    await waitFor('only the program is left', () => podPids(pod, 'main', 'app').length === 1, 20_000);
    expect(podPids(pod).map((pid) => readProcess(pid)?.state)).not.toContain('Z');
  });

  test('living orphans end with their container', async () => {
    const pod = await started('living', 'orphans', '50');
    await prints('living', 'orphaned 50');
    expect(podPids(pod, 'main', 'app').length).toBe(51);
    await instance.deletePod('living');
    expect(podPids(pod)).toEqual([]);
  });
});

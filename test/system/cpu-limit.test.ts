/** A busy loop under a CPU limit uses that much and no more. */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { cgroupDirs } from '../support/leaks.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { isRunning } from '../support/pods.ts';

describeReal('cpu limit', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  /** CPU time of the container's programs, microseconds */
  const usedMicros = (uid: string): number => {
    for (const dir of cgroupDirs(instance.mark().cgroupName ?? '').map((parent) => `${parent}/${uid}/main/app`)) {
      const usage = tryRead(`${dir}/cpuacct.usage`);
      if (usage !== undefined) return Number(usage) / 1000;
      const stat = tryRead(`${dir}/cpu.stat`)?.match(/usage_usec (\d+)/)?.[1];
      if (stat !== undefined) return Number(stat);
    }
    throw new Error('no CPU accounting found');
  };

  test('200m is 20 % of a CPU, within one point over 10 s', async () => {
    const containers = [
      aContainer({
        rootfs: { path: instance.payloadRoot() },
        command: ['/payload', 'burn'],
        resources: { limits: { cpu: '200m' } },
      }),
    ];
    await instance.apply(aPod({ name: 'busy', containers }));
    const { uid } = (await instance.waitForPod('busy', 'runs', isRunning)).metadata;
    await delay(500);
    const [from, usedFrom] = [performance.now(), usedMicros(uid)];
    await delay(10_000);
    const percent = (usedMicros(uid) - usedFrom) / 10 / (performance.now() - from);
    expect(percent).toBeGreaterThan(19);
    expect(percent).toBeLessThan(21);
  });
});

function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

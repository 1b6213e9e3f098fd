/** What a look at /proc costs: the kernel's own, the container's from PID 1, and lxcfs's. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { appCgroup } from '../support/cgroup-counters.ts';
import type { Instance } from '../support/instance.ts';
import { cgroupDirs } from '../support/leaks.ts';
import { type Lxcfs, startLxcfs, whyNoLxcfs } from '../support/lxcfs.ts';
import { aContainer } from '../support/manifest.ts';
import { isRunning } from '../support/pods.ts';
import { applyNow, podOf } from './bench-pods.ts';
import { report } from './measure.ts';

const files = ['meminfo', 'stat'] as const;
const batches = '40';
const readsPerBatch = '100';

/** open + read + close of a file in the same cgroup (64Mi, 1.5 CPUs: a reader is never throttled), one after another in one run. */
export async function lxcfs(instance: Instance): Promise<void> {
  const reason = whyNoLxcfs();
  if (reason !== undefined) throw new Error(reason);
  const resources = { limits: { memory: '64Mi', cpu: '1500m' } };
  const sleeper = { name: 'main', command: ['/payload', 'sleep'], resources };
  const viewed = (procView: string) =>
    aContainer({ name: procView, rootfs: { path: instance.payloadRoot() }, resources, processes: [sleeper], procView });
  await applyNow(instance, podOf('view', viewed('full'), viewed('off')));
  const pod = await instance.waitForPod('view', 'runs', isRunning);
  const leaf = cgroupDirs(instance.mark().cgroupName ?? '').map((dir) => join(dir, appCgroup(pod, 'full', 'main')));
  const server = await startLxcfs(instance.base);
  try {
    for (const file of files) {
      report(`read-${file}-kernel`, 'µs', await costInside(instance, 'off', file));
      report(`read-${file}-podctl`, 'µs', await costInside(instance, 'full', file));
      report(`read-${file}-lxcfs`, 'µs', await costThere(instance, server, leaf.filter(existsSync), file));
    }
  } finally {
    await server.stop();
    await instance.deleteAll();
  }
}

async function costInside(instance: Instance, container: string, file: string): Promise<number[]> {
  const argv = ['/payload', 'cost', `/proc/${file}`, batches, readsPerBatch];
  return microseconds((await instance.exec('view', argv, container)).output);
}

async function costThere(instance: Instance, server: Lxcfs, leaf: readonly string[], file: string): Promise<number[]> {
  const argv = [join(instance.payloadRoot(), 'payload'), 'cost', join(server.proc, file), batches, readsPerBatch];
  return microseconds(await server.run(leaf, argv));
}

/** Of the payload's `cost` lines. */
function microseconds(output: string): number[] {
  if (!output.endsWith('end')) throw new Error(`cost: ${output}`);
  return [...output.matchAll(/^cost (\d+)$/gm)].map(([, nanoseconds]) => Number(nanoseconds) / 1e3);
}

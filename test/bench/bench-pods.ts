/** Pods for the benchmarks, applied over the API as podctl does it, without the cost of a CLI process. */
import type { PodObject, WatchEvent } from '../../src/protocol/objects.ts';
import { openWatch } from '../support/api-client.ts';
import type { Instance } from '../support/instance.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { isRunning } from '../support/pods.ts';
import { waitFor } from '../support/wait-for.ts';
import { wallClockMs } from './measure.ts';

/** A container that prints the time (nanoseconds) at which its program runs, then sleeps; `image: host`. */
export const stampingHost = (name = 'main') =>
  aContainer({ name, command: ['/usr/bin/sh', '-c', 'date +"stamp %s%N"; exec sleep 1000000'] });

/** The same as one static program on a rootfs: its first instruction takes the time. */
export const stampingPayload = (instance: Instance, name = 'main') =>
  aContainer({ name, rootfs: { path: instance.payloadRoot() }, command: ['/payload', 'stamp'] });

export const podOf = (name: string, ...containers: readonly ReturnType<typeof aContainer>[]) =>
  aPod({ name, containers });

/** Sends one apply of all pods; returns the wall clock (ms) just before. */
export async function applyNow(instance: Instance, ...manifests: readonly Record<string, unknown>[]): Promise<number> {
  const from = wallClockMs();
  const { status, body } = await instance.api('POST', '/apis/podctl.dev/v1/apply', { manifests, dryRun: false });
  if (status !== 200) throw new Error(`apply: ${status} ${JSON.stringify(body)}`);
  return from;
}

/** When the container's newest program began, wall clock ms. */
export function stampOf(
  instance: Instance,
  pod: string,
  container = 'main',
  isNew: (stamp: number) => boolean = () => true,
): Promise<number> {
  const path = `/api/v1/namespaces/default/pods/${pod}/log?container=${container}`;
  return waitFor(`${pod}/${container} prints its stamp`, async () => {
    const { status, body } = await instance.api('GET', path);
    const nanoseconds = status === 200 ? String(body).match(/stamp (\d+)/)?.[1] : undefined;
    const stamp = Number(nanoseconds) / 1e6;
    return nanoseconds !== undefined && isNew(stamp) ? stamp : undefined;
  });
}

/** Deletes one pod with its own grace; milliseconds until the watch says that it is gone. */
export async function deleteMs(instance: Instance, name: string): Promise<number> {
  const watch = await openWatch<WatchEvent<PodObject>>(
    instance.socket,
    `/api/v1/pods?watch=1&fieldSelector=metadata.name%3D${name}`,
  );
  try {
    const from = performance.now();
    await instance.api('DELETE', `/api/v1/namespaces/default/pods/${name}`);
    for await (const event of watch.events) if (event.type === 'DELETED') return performance.now() - from;
    throw new Error('the watch ended');
  } finally {
    watch.close();
  }
}

export const podNames = (count: number): string[] => Array.from({ length: count }, (_, i) => `bench-${i}`);

/** Waits until all these pods run. */
export async function allRun(instance: Instance, count: number): Promise<void> {
  await waitFor(
    `${count} pods run`,
    async () =>
      ((await instance.api('GET', '/api/v1/pods')).body.items as PodObject[]).filter(isRunning).length === count,
    60_000,
  );
}

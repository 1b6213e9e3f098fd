/** What the pod network adds to the start and the end of a pod. */
import type { Instance } from '../support/instance.ts';
import { aPod } from '../support/manifest.ts';
import { isRunning } from '../support/pods.ts';
import { applyNow, deleteMs, stampingPayload, stampOf } from './bench-pods.ts';
import { report } from './measure.ts';

const networks = {
  'host-network': { hostNetwork: true },
  'network-none': { network: 'none' },
  'pod-network': {},
} as const;
type Kind = keyof typeof networks;
const kinds = Object.keys(networks) as Kind[];

/** Start and deletion of a pod without a network namespace, with an empty one, and with a link, in turn; what the network adds to each. */
export async function networkSetUp(instance: Instance): Promise<void> {
  const starts: Record<Kind, number[]> = { 'host-network': [], 'network-none': [], 'pod-network': [] };
  const ends: Record<Kind, number[]> = { 'host-network': [], 'network-none': [], 'pod-network': [] };
  const one = async (kind: Kind, index: number): Promise<readonly [number, number]> => {
    const name = `${kind}-${index}`;
    const manifest = aPod({ name, ...networks[kind], containers: [stampingPayload(instance)] });
    const start = -(await applyNow(instance, manifest)) + (await stampOf(instance, name));
    await instance.waitForPod(name, 'runs', isRunning);
    return [start, await deleteMs(instance, name)];
  };
  for (const kind of kinds) await one(kind, 0);
  for (let round = 1; round <= 30; round++) {
    for (const kind of kinds) {
      const [start, end] = await one(kind, round);
      starts[kind].push(start);
      ends[kind].push(end);
    }
  }
  for (const kind of kinds) report(`network-start-${kind}`, 'ms', starts[kind]);
  for (const kind of kinds) report(`network-delete-${kind}`, 'ms', ends[kind]);
  report('network-setup-per-pod', 'ms', differences(starts['pod-network'], starts['host-network']));
  report('network-setup-link-alone', 'ms', differences(starts['pod-network'], starts['network-none']));
  report('network-teardown-per-pod', 'ms', differences(ends['pod-network'], ends['host-network']));
}

const differences = (a: readonly number[], b: readonly number[]): number[] => a.map((ms, i) => ms - (b[i] ?? ms));

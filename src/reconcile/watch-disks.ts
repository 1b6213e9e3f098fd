/**
 * emptyDirs on disk with a sizeLimit: a pod that fills one is evicted, as the kubelet does it, by looking every ten seconds. Nothing
 * wakes for pods that have none, or of which nothing runs; in memory the kernel itself sets the limit.
 */
import type { ContainerSpec } from '../model/pod-spec.ts';
import { isInMemory } from '../model/volume-spec.ts';
import { formatError } from '../util/pod-error.ts';
import { volumePath } from '../volume/paths.ts';
import { treeBytes } from '../volume/tree-bytes.ts';
import { type Engine, noteEvent } from './engine.ts';
import type { Pod } from './pod.ts';
import { isLive } from './pod-view.ts';

/** The kubelet's localStorageCapacityIsolation goes round as often. */
const lookEveryMs = 10_000;
/** What is filled at its start is told soon. */
const firstLookMs = 1_000;

const watched = new WeakSet<Pod>();

/** Begins when a container starts, and ends by itself when none runs. */
export function watchDisks(engine: Engine, pod: Pod): void {
  if (watched.has(pod) || limitedVolumes(pod).length === 0) return;
  watched.add(pod);
  lookLater(engine, pod, firstLookMs);
}

function lookLater(engine: Engine, pod: Pod, delayMs: number): void {
  setTimeout(() => {
    void look(engine, pod).then((goesOn) => (goesOn ? lookLater(engine, pod, lookEveryMs) : watched.delete(pod)));
  }, delayMs).unref();
}

/** False: nothing is to be looked at any more. */
async function look(engine: Engine, pod: Pod): Promise<boolean> {
  if (!isRunning(pod)) return false;
  for (const { volume, source, sizeLimit } of limitedVolumes(pod)) {
    const owner = { uid: pod.uid, namespace: pod.spec.namespace };
    const bytes = await bytesOf(engine, volumePath({ volume, source }, owner, engine.deps.paths), sizeLimit);
    if (bytes > sizeLimit && isRunning(pod)) {
      evict(engine, pod, overfullMessage(volume, sizeLimit));
      return false;
    }
  }
  return true;
}

const isRunning = ({ phase, life, containers }: Pod): boolean =>
  phase === 'sync' &&
  life.failure === undefined &&
  [...containers.values()].some(({ instance }) => isLive(instance?.view()));

async function bytesOf({ deps }: Engine, path: string, enough: number): Promise<number> {
  try {
    return await treeBytes(path, enough);
  } catch (error) {
    deps.log(`look at ${path}: ${formatError(error)}`);
    return 0;
  }
}

function evict(engine: Engine, pod: Pod, message: string): void {
  pod.life = { ...pod.life, failure: { reason: 'Evicted', message } };
  noteEvent(engine, pod, 'Warning', 'Evicted', message);
  engine.save(pod);
  engine.hooksFor(pod, pod.spec.containers[0]?.name ?? '').onChange();
}

type LimitedVolume = Pick<ContainerSpec['mounts'][number], 'volume' | 'source'> & { readonly sizeLimit: number };

function limitedVolumes({ spec: { containers } }: Pod): readonly LimitedVolume[] {
  const limited = containers.flatMap(({ mounts }) =>
    mounts.flatMap(({ volume, source }): readonly LimitedVolume[] =>
      source.kind === 'emptyDir' && !isInMemory(source) && source.sizeLimit !== undefined
        ? [{ volume, source, sizeLimit: source.sizeLimit }]
        : [],
    ),
  );
  return [...new Map(limited.map((one) => [one.volume, one])).values()];
}

/** In the kubelet's words. */
export const overfullMessage = (volume: string, sizeLimit: number): string =>
  `Usage of EmptyDir volume ${JSON.stringify(volume)} exceeds the limit ${JSON.stringify(formatBytes(sizeLimit))}. `;

const suffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'];

/** As Kubernetes writes a quantity: in the largest binary unit that it is whole in. */
function formatBytes(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value % 1024 === 0 && unit < suffixes.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value}${suffixes[unit]}`;
}

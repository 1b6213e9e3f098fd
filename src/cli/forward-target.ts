/** The pod that `port-forward` works on, once it runs. */
import type { PodObject, ServiceObject } from '../protocol/objects.ts';
import { formatDuration } from '../util/duration.ts';
import { PodError } from '../util/pod-error.ts';
import type { Client } from './client.ts';
import { type ForwardedPort, podPorts, servicePorts } from './forward-ports.ts';
import type { ForwardTarget, ForwardWord } from './forward-words.ts';
import { dataPath, podPath } from './pod-paths.ts';
import { podStatusWord } from './pod-row.ts';
import { type PodScope, waitForPods } from './wait-for-pods.ts';

export interface FoundForward {
  readonly pod: PodObject;
  readonly ports: readonly ForwardedPort[];
}

/** Waits at most so long until the pod runs. Throws ApiError NotFound, PodError. */
export async function findForward(
  client: Client,
  namespace: string,
  target: ForwardTarget,
  words: readonly ForwardWord[],
  timeoutMs: number,
): Promise<FoundForward> {
  if (target.kind === 'pod') {
    await client.json('GET', podPath(namespace, target.name));
    const pod = await runningPod(client, { namespace, names: [target.name] }, `pod ${target.name}`, timeoutMs);
    return { pod, ports: podPorts(pod, words) };
  }
  const service = await client.json<ServiceObject>('GET', dataPath('Service', namespace, target.name));
  const labelSelector = selectorOf(service);
  const pod = await runningPod(client, { namespace, labelSelector }, `a pod of service ${target.name}`, timeoutMs);
  return { pod, ports: servicePorts(service, pod, words) };
}

function selectorOf({ metadata, spec }: ServiceObject): string {
  const pairs = Object.entries(spec.selector ?? {});
  if (pairs.length > 0) return pairs.map(([key, value]) => `${key}=${value}`).join(',');
  throw new PodError('BadRequest', `service ${metadata.name} selects no pods: it has no selector`);
}

/** Ready ones before others, the oldest first. */
async function runningPod(client: Client, scope: PodScope, what: string, timeoutMs: number): Promise<PodObject> {
  const found = await waitForPods(client, scope, timeoutMs, (pods) => {
    const running = pods.filter(isRunning).toSorted(byAge);
    const ended = scope.names === undefined ? undefined : pods.find(hasEnded);
    return running.find(isReady) ?? running[0] ?? ended;
  });
  if (found !== undefined && isRunning(found)) return found;
  if (found !== undefined) {
    throw new PodError('BadRequest', `${what} is not running any more: ${podStatusWord(found)}`, {
      hint: `podctl logs ${found.metadata.name} says why`,
    });
  }
  throw new PodError('Timeout', `${what} did not run within ${formatDuration(timeoutMs)}`, {
    hint: `see podctl get pods${scope.namespace === 'default' ? '' : ` -n ${scope.namespace}`}; --pod-running-timeout waits longer`,
  });
}

const isRunning = ({ status, metadata }: PodObject): boolean =>
  status.phase === 'Running' && metadata.deletionTimestamp === undefined;

/** Its containers have ended for good. */
export const hasEnded = ({ status }: PodObject): boolean => status.phase === 'Succeeded' || status.phase === 'Failed';

const isReady = ({ status }: PodObject): boolean =>
  (status.conditions ?? []).some(({ type, status: value }) => type === 'Ready' && value === 'True');

const byAge = (one: PodObject, other: PodObject): number =>
  one.metadata.creationTimestamp.localeCompare(other.metadata.creationTimestamp);

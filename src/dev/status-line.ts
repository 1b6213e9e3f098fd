/** One line on all pods of a session. Pure. */
import { specContainers } from '../cli/pod-row.ts';
import { isResting } from '../cli/program-words.ts';
import type { PodSpec } from '../model/pod-spec.ts';
import type { ContainerState, ContainerStatus } from '../model/pod-status.ts';
import type { PodObject } from '../protocol/objects.ts';
import { howItEnded } from '../util/how-it-ended.ts';
import { portUrl } from '../util/port-url.ts';

export interface StatusView {
  readonly pods: readonly PodObject[];
  readonly specs: readonly PodSpec[];
  /** what was done last, and how long it took */
  readonly lastAction: string | undefined;
  /** the manifests cannot be used as they are */
  readonly isBroken: boolean;
  readonly separator: string;
}

/** `ready 2/3 · shop/app/worker BACKOFF: exited with code 1 · http://localhost:8080 · restarted shop/app/web, ready (84 ms)` */
export function formatStatusLine(view: StatusView): string {
  const { pods, specs, lastAction, isBroken, separator } = view;
  const parts = [
    ...(isBroken ? ['manifest broken, the last good version runs'] : []),
    formatReady(pods),
    ...pods.flatMap(troublesOf),
    ...publishedUrls(specs),
    ...(lastAction === undefined ? [] : [lastAction]),
  ];
  return parts.join(` ${separator} `);
}

function formatReady(pods: readonly PodObject[]): string {
  const total = pods.reduce((sum, pod) => sum + specContainers(pod).length, 0);
  const statuses = pods.flatMap(({ status }) => status.containerStatuses);
  return `ready ${statuses.filter(({ ready }) => ready).length}/${total}`;
}

/** Everything that is not as it should be, in the words of `podctl ps`; what is only on its way counts too. */
export function troublesOf(pod: PodObject): readonly string[] {
  const { name, deletionTimestamp } = pod.metadata;
  if (deletionTimestamp !== undefined) return [`${name} Terminating`];
  const { containerStatuses, conditions } = pod.status;
  const scheduled = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  if (scheduled !== undefined) return [`${name} ${scheduled.reason}: ${scheduled.message}`];
  return containerStatuses.flatMap((container) => containerTroubles(`${name}/${container.name}`, container));
}

function containerTroubles(name: string, { state, ready, programs = [] }: ContainerStatus): readonly string[] {
  if (!('running' in state)) return [`${name} ${stateWord(state)}`];
  const bad = programs.filter((program) => !program.ready && !isResting(program));
  if (bad.length === 0) return ready ? [] : [`${name} not ready`];
  return bad.map(({ label, state: word, lastExit, message }) => {
    const isEnd = word === 'BACKOFF' || word === 'FATAL' || word === 'EXITED';
    const why = isEnd && lastExit !== undefined ? howItEnded(lastExit) : word === 'WAITING' ? message : undefined;
    const how = word === 'RUNNING' ? 'not ready' : word;
    return `${name}/${label} ${how}${why === undefined ? '' : `: ${why}`}`;
  });
}

function stateWord(state: ContainerState): string {
  if ('waiting' in state) return state.waiting.reason || 'waiting';
  if (!('terminated' in state)) return 'running';
  const { reason, exitCode } = state.terminated;
  return exitCode === 0 ? reason : `${reason} (exit ${exitCode})`;
}

/** Of hostPorts, and of pods in the machine's own network. */
export function publishedUrls(specs: readonly PodSpec[]): readonly string[] {
  const ports = specs
    .filter(({ network }) => network !== 'none')
    .flatMap(({ containers }) =>
      containers
        .filter(({ namespaces }) => namespaces.net === 'host' || namespaces.net === 'pod')
        .flatMap((container) => container.ports.filter(({ protocol }) => protocol === 'TCP')),
    );
  return [
    ...new Set(ports.flatMap(({ hostPort, hostIP }) => (hostPort === undefined ? [] : [portUrl(hostPort, hostIP)]))),
  ];
}

/** Which namespaces a container shares: Kubernetes' defaults and switches, then the container's own wishes. */
import type { ContainerSpec, NamespaceKind, NamespaceMode, TimeOffsets } from '../model/pod-spec.ts';
import { namespaceKinds } from '../model/pod-spec.ts';
import { parseDuration } from '../util/duration.ts';
import type { ContainerInput, PodInput } from './schema.ts';

type Spec = PodInput['spec'];

/** One mode per kind; `containers[].namespaces` wins over the pod's switches. */
export function containerNamespaces(container: ContainerInput, spec: Spec): ContainerSpec['namespaces'] {
  const defaults = podNamespaces(spec);
  const modes = namespaceKinds.map((kind) => [kind, ownMode(container, kind) ?? defaults[kind]] as const);
  return Object.fromEntries(modes) as Record<NamespaceKind, NamespaceMode>;
}

/** hostNetwork takes the machine's uts too, as containerd does: a program on the machine's network sees the machine's hostname. */
function podNamespaces(spec: Spec): Record<NamespaceKind, NamespaceMode> {
  const hostNetwork = spec.hostNetwork === true;
  return {
    net: hostNetwork ? 'host' : 'pod',
    ipc: spec.hostIPC === true ? 'host' : 'pod',
    uts: hostNetwork ? 'host' : 'pod',
    pid: spec.hostPID === true ? 'host' : spec.shareProcessNamespace === true ? 'pod' : 'private',
    mnt: 'private',
    cgroup: 'private',
    time: 'private',
  };
}

function ownMode(container: ContainerInput, kind: NamespaceKind): NamespaceMode | undefined {
  const mode = container.namespaces?.[kind];
  return typeof mode === 'object' ? 'private' : ((mode || undefined) as NamespaceMode | undefined);
}

/** Clock offsets, when the time namespace is given as `{boottime, monotonic}`. */
export function timeOffsets(container: ContainerInput): TimeOffsets | undefined {
  const time = container.namespaces?.time;
  if (typeof time !== 'object') return undefined;
  return {
    boottimeMs: parseDuration(time.boottime ?? '0') ?? 0,
    monotonicMs: parseDuration(time.monotonic ?? '0') ?? 0,
  };
}

/** Where each namespace of a container comes from at this start (DESIGN §3 "Namespaces"). Pure. */
import { podInitName } from '../model/action.ts';
import type { IdRange } from '../model/id-range.ts';
import type { NamespaceSource, SandboxPlan } from '../model/launch-plan.ts';
import { type ContainerSpec, type NamespaceKind, namespaceKinds, type PodSpec } from '../model/pod-spec.ts';
import { sysctlNamespace } from '../model/sysctl.ts';
import { err, ok, type Result } from '../util/result.ts';

/** Pids of living inits by container name; `_pod` is the PID 1 of the shared pid namespace. */
export type LivingInits = Readonly<Record<string, number>>;

export interface PlannedNamespaces {
  readonly namespaces: Readonly<Record<NamespaceKind, NamespaceSource>>;
  readonly sandbox?: SandboxPlan;
}

/** Held by the zygote when they are the pod's. A pid namespace needs its PID 1, a mount namespace its maker's root. */
const sandboxKinds: readonly NamespaceKind[] = ['net', 'ipc', 'uts', 'time'];

/** The sources for one container, or the name of the container (or `_pod`) that has to run first. */
export function planNamespaces(
  pod: PodSpec,
  container: ContainerSpec,
  living: LivingInits,
  podUid: string,
): Result<PlannedNamespaces, { readonly waitingFor: string }> {
  const planned: Partial<Record<NamespaceKind, NamespaceSource>> = {};
  for (const kind of namespaceKinds) {
    const source = planKind(pod, container, kind, living);
    if ('waitingFor' in source) return err(source);
    planned[kind] = source;
  }
  return ok(withSandbox(pod, planned as Record<NamespaceKind, NamespaceSource>, living, podUid));
}

/** For `_pod`: a pid namespace of its own, the pod's shared namespaces, which it then holds, and nothing of the host's files. */
export function planPodInitNamespaces(pod: PodSpec, living: LivingInits, podUid: string): PlannedNamespaces {
  const shared = podSandboxKinds(pod);
  const source = (kind: NamespaceKind): NamespaceSource => {
    if (shared.includes(kind)) return { from: 'sandbox' };
    return sandboxKinds.includes(kind) ? { from: 'host' } : { from: 'new' };
  };
  const namespaces = Object.fromEntries(namespaceKinds.map((kind) => [kind, source(kind)]));
  return withSandbox(pod, namespaces as Record<NamespaceKind, NamespaceSource>, living, podUid);
}

type KindSource = NamespaceSource | { readonly waitingFor: string };

function planKind(pod: PodSpec, container: ContainerSpec, kind: NamespaceKind, living: LivingInits): KindSource {
  const mode = container.namespaces[kind];
  if (mode === 'host') return { from: 'host' };
  if (mode === 'private') return { from: 'new' };
  if (mode === 'pod') return planPodKind(pod, container, kind, living);
  return join(mode.slice('container:'.length), living);
}

function planPodKind(pod: PodSpec, container: ContainerSpec, kind: NamespaceKind, living: LivingInits): KindSource {
  if (sandboxKinds.includes(kind)) return { from: 'sandbox' };
  if (kind === 'pid') return join(podInitName, living);
  const holder = pod.containers.find(
    ({ name, namespaces }) => name !== container.name && namespaces[kind] === 'pod' && living[name] !== undefined,
  );
  return holder === undefined ? { from: 'new' } : join(holder.name, living);
}

function join(name: string, living: LivingInits): KindSource {
  const pid = living[name];
  return pid === undefined ? { waitingFor: name } : { from: 'pid', pid };
}

function withSandbox(
  pod: PodSpec,
  namespaces: PlannedNamespaces['namespaces'],
  living: LivingInits,
  podUid: string,
): PlannedNamespaces {
  const isHeld = pod.hostUsers === false || namespaceKinds.some((kind) => namespaces[kind].from === 'sandbox');
  if (!isHeld) return { namespaces };
  const kinds = podSandboxKinds(pod);
  const adoptFromPid = sandboxHolder(pod, kinds, living);
  const sandbox = { key: podUid, kinds, hostname: pod.hostname, ...planSysctls(pod, (kind) => kinds.includes(kind)) };
  return { namespaces, sandbox: adoptFromPid === undefined ? sandbox : { ...sandbox, adoptFromPid } };
}

/** They belong to users of the pod's own, where it has some. */
export const withUsers = (
  { sandbox, ...planned }: PlannedNamespaces,
  users: IdRange | undefined,
): PlannedNamespaces => ({
  ...planned,
  ...(sandbox === undefined ? {} : { sandbox: users === undefined ? sandbox : { ...sandbox, users } }),
});

/** Those of the namespaces that are asked for. */
export function planSysctls(
  { sysctls = {} }: PodSpec,
  isMade: (kind: 'net' | 'ipc') => boolean,
): { readonly sysctls?: Readonly<Record<string, string>> } {
  const made = Object.entries(sysctls).filter(([path]) => {
    const kind = sysctlNamespace(path);
    return kind !== undefined && isMade(kind);
  });
  return made.length === 0 ? {} : { sysctls: Object.fromEntries(made) };
}

/** The same for every container of the pod, because the zygote makes them once. */
function podSandboxKinds(pod: PodSpec): NamespaceKind[] {
  return sandboxKinds.filter((kind) => pod.containers.some(({ namespaces }) => namespaces[kind] === 'pod'));
}

/** A living init that is in all of the pod's shared namespaces; one that lacks some would give its own away as the pod's. */
function sandboxHolder(pod: PodSpec, kinds: readonly NamespaceKind[], living: LivingInits): number | undefined {
  const holder = pod.containers.find(
    ({ name, namespaces }) => living[name] !== undefined && kinds.every((kind) => namespaces[kind] === 'pod'),
  );
  return living[podInitName] ?? (holder === undefined ? undefined : living[holder.name]);
}

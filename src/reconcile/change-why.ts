/** Why a changed field costs what it costs, for people. Pure. */
import { bandwidthAnnotations } from '../manifest/bandwidth.ts';
import { notHonoured } from '../manifest/honour.ts';
import { isContainerList } from '../manifest/listed-containers.ts';
import type { ChangeCost } from '../protocol/api.ts';
import type { ContainerEffect } from './container-effect.ts';
import { fieldDepth } from './judge-alone.ts';

export interface Cause {
  readonly path: readonly string[];
  readonly cost: ChangeCost;
  /** what it does to containers that run */
  readonly effects: readonly ContainerEffect[];
}

/** One sentence without a full stop, in small letters: `the environment is fixed when app/web starts`. */
export function changeWhy(cause: Cause): string {
  switch (cause.cost) {
    case 'nothing':
      return whyNothing(cause.path);
    case 'recreate-pod':
      return hostnameFields.has(cause.path[1])
        ? "the pod's hostname is set when its namespaces are made"
        : "the pod's namespaces are made once";
    case 'restart-container':
      return whyRestart(cause);
    case 'restart-program':
      return `${subjectOf(cause.path)} fixed when ${whoStarts(cause.effects)}`;
    default:
      return whyInPlace(cause);
  }
}

const hostnameFields: ReadonlySet<string | undefined> = new Set([
  'hostname',
  'hostnameOverride',
  'setHostnameAsFQDN',
  'subdomain',
]);

function whyNothing(path: readonly string[]): string {
  const field = fieldOf(path);
  if (field === 'dev') return 'what podctl dev goes by, nothing that runs does';
  return notHonoured(path) ?? 'means the same';
}

/** Its subject and verb, of what is fixed at the start of a program. */
const subjects: Readonly<Record<string, string>> = {
  command: 'the command line is',
  args: 'the command line is',
  env: 'the environment is',
  envFrom: 'the environment is',
  envFile: 'the environment is',
  workingDir: 'the working directory is',
  user: 'the user is',
  group: 'the group is',
  supplementaryGroups: 'the groups are',
  runAsUser: 'the user is',
  runAsGroup: 'the group is',
  supplementalGroups: 'the groups are',
  supplementalGroupsPolicy: 'the groups are',
  fsGroup: 'the groups are',
  umask: 'the umask is',
  nice: 'the priority is',
  rlimits: 'resource limits are',
  oomScoreAdj: 'oom_score_adj is',
  capabilities: 'capabilities are',
  stdin: 'standard input is',
  tty: 'the terminal is',
  readiness: 'the way of telling of readiness is',
};

function subjectOf(path: readonly string[]): string {
  const names = [fieldOf(path), path[fieldDepth(path)] ?? ''];
  return names.flatMap((name) => subjects[name] ?? [])[0] ?? 'it is';
}

/** The field of the program, container or pod. */
const fieldOf = (path: readonly string[]): string => path[fieldDepth(path) - 1] ?? '';

/** What of a container is made when it starts. */
const made: Readonly<Record<string, string>> = {
  image: 'its root is made',
  rootfs: 'its root is made',
  namespaces: 'its namespaces are made',
  devices: 'its devices are made',
  procView: 'its view of /proc is made',
  hostAliases: '/etc/hosts is written',
  subdomain: '/etc/hosts is written',
  dnsPolicy: '/etc/resolv.conf is written',
  dnsConfig: '/etc/resolv.conf is written',
  volumes: 'mounts are made',
  volumeMounts: 'mounts are made',
  readOnlyRootFilesystem: 'its root is made',
  capabilities: 'PID 1 gives capabilities up',
  privileged: 'PID 1 gives privileges up',
  allowPrivilegeEscalation: 'PID 1 gives privileges up',
  terminationMessagePath: 'the file of its termination message is made',
  terminationMessagePolicy: 'what becomes its termination message is settled',
  seccompProfile: 'the filter of its system calls is loaded',
  procMount: 'mounts are made',
};

function whyRestart({ path, effects }: Cause): string {
  const names = effects.filter(({ cost }) => cost === 'restart-container').map(({ container }) => container);
  const who = names.length === 1 ? `container ${names[0]}` : `containers ${few(names)}`;
  if (path.length === 3 && isContainerList(path[1])) return 'it is removed, the others run on';
  const lacks = [...new Set(effects.flatMap((effect) => effect.lacks))];
  if (lacks.length > 0) return whyLacking(lacks, who);
  const making = makingOf(path);
  if (making !== undefined) return `${making} when ${who} ${names.length === 1 ? 'starts' : 'start'}`;
  const subject = subjectOf(path);
  if (names.length === 1) return `${subject} fixed when its program starts, and that is the container`;
  return `${subject} fixed at the start of ${who}, whose one program is the container`;
}

function makingOf(path: readonly string[]): string | undefined {
  if (path[3] === 'processes') return 'PID 1 is made for one program or for several';
  const field = fieldOf(path);
  return made[field] ?? (field === 'securityContext' ? made[path[fieldDepth(path)] ?? ''] : undefined);
}

function whyLacking(lacks: readonly string[], who: string): string {
  const names = lacks.filter((name) => !name.startsWith('CAP_'));
  const capabilities = lacks.filter((name) => name.startsWith('CAP_'));
  return [
    ...(names.length === 0 ? [] : [`/etc is made when ${who} starts, and knows no ${few(names)} yet`]),
    ...(capabilities.length === 0 ? [] : [`PID 1 of ${who} gave up ${few(capabilities)} when it started`]),
  ].join('; ');
}

function whoStarts(effects: readonly ContainerEffect[]): string {
  const names = effects.flatMap(({ container, programs }) =>
    programs.filter(({ change }) => change === 'restart').map(({ program }) => `${container}/${program}`),
  );
  const unique = [...new Set(names)];
  return unique.length === 1 ? `${unique[0]} starts` : `${few(unique)} start`;
}

/** `a, b, c and 7 more`. */
function few(names: readonly string[]): string {
  const shown = names.slice(0, 3);
  const rest = names.length - shown.length;
  return rest === 0 ? shown.join(', ') : `${shown.join(', ')} and ${rest} more`;
}

const podWhy: Readonly<Record<string, string>> = {
  restartPolicy: 'podd goes by it when a container ends',
  terminationGracePeriodSeconds: 'podd goes by it at the next stop',
  restartPolicyRules: 'podd goes by it when the container ends',
  activeDeadlineSeconds: 'podd goes by it from now on, counted from the pod’s start',
  readinessGates: 'podd goes by it from now on',
  backoff: 'podd goes by it at the next restart',
  resources: 'cgroup files are written while it runs',
  ports: 'what leads to them follows at once',
  livenessProbe: 'PID 1 probes it anew, no process is touched',
  readinessProbe: 'PID 1 probes it anew, no process is touched',
  startupProbe: 'PID 1 probes it anew while it has not started yet, no process is touched',
  lifecycle: 'PID 1 goes by it at the next start or stop',
};

const added: Readonly<Record<string, string>> = {
  initContainers: 'it is added: a sidecar starts, an init container runs when the pod is initialised',
};

const programWhy: Readonly<Record<string, (program: string) => string>> = {
  restart: (program) => `PID 1 goes by it when ${program} ends`,
  stop: (program) => `PID 1 goes by it at the next stop of ${program}`,
  reload: (program) => `PID 1 goes by it at the next reload of ${program}`,
  dependsOn: (program) => `PID 1 goes by it at the next start of ${program}`,
  autostart: (program) => `PID 1 goes by it at the next start of the container of ${program}`,
  essential: (program) => `PID 1 goes by it when ${program} ends`,
  schedule: (program) => `PID 1 counts from now on when ${program} is due`,
  readiness: (program) => `PID 1 probes ${program} anew, its process stays`,
  liveness: (program) => `PID 1 probes ${program} anew, its process stays`,
  instances: (program) => `instances of ${program} come and go, those that stay run on`,
  resources: (program) => `cgroup files of ${program} are written while it runs`,
  logs: (program) => `PID 1 writes the log of ${program} by it from now on`,
};

const bandwidthNames: ReadonlySet<string> = new Set(Object.values(bandwidthAnnotations));

const whyMetadata = (name: string): string =>
  bandwidthNames.has(name)
    ? "the pod's link is limited anew while it runs"
    : 'it is kept with the pod, programs do not see it';

function whyInPlace({ path, effects }: Cause): string {
  const [top, field, container = '', inner, process] = path;
  if (top === 'metadata') return whyMetadata(container);
  if (top !== 'spec' || field === undefined) return 'it is taken over while it runs';
  if (!isContainerList(field)) return podWhy[field] ?? takenOver(effects);
  if (inner === undefined) return added[field] ?? 'it is added, the others run on';
  if (inner !== 'processes' || process === undefined) return podWhy[inner] ?? takenOver(effects);
  const program = `${container.slice(1, -1)}/${process.slice(1, -1)}`;
  if (path.length === 5) return whyComesOrGoes(effects);
  return programWhy[fieldOf(path)]?.(program) ?? 'PID 1 takes it over, no process is touched';
}

function whyComesOrGoes(effects: readonly ContainerEffect[]): string {
  const isRemoved = effects.some(({ programs }) => programs.some(({ change }) => change === 'removed'));
  return `it is ${isRemoved ? 'removed' : 'added'}, the others run on`;
}

const takenOver = (effects: readonly ContainerEffect[]): string =>
  effects.some(({ programs }) => programs.length > 0)
    ? 'PID 1 takes it over, no process is touched'
    : 'it is taken over while it runs';

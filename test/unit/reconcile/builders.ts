/** Pods, views and records for the reconciler's tests; everything is defaulted. */

import type { HostFacts } from '../../../src/launch/launch-context.ts';
import { neverRun, type RecordedExit, type RunRecord } from '../../../src/model/pod-record.ts';
import type { ContainerSpec, NamespaceMode, PodManifest, PodSpec, ProgramSpec } from '../../../src/model/pod-spec.ts';
import { plainProgramDefaults, processDefaults } from '../../../src/model/program-defaults.ts';
import type { ProgramState } from '../../../src/protocol/init.ts';
import type { ContainerView, InstanceView, PodView } from '../../../src/reconcile/pod-view.ts';

export const finishedAt = '2026-01-02T03:04:05.000Z';
export const startedAt = '2026-01-02T03:04:00.000Z';

export function aContainer(
  change: Partial<ContainerSpec> & { ns?: Partial<ContainerSpec['namespaces']> } = {},
): ContainerSpec {
  const { ns, ...rest } = change;
  const own: NamespaceMode = 'private';
  return {
    name: 'app',
    root: { kind: 'host' },
    restartPolicy: 'Always',
    namespaces: { net: 'pod', ipc: 'pod', uts: 'pod', pid: own, mnt: own, cgroup: own, time: own, ...ns },
    resources: { pidsLimit: 2048 },
    security: { capabilities: [], noNewPrivileges: false, readOnlyRootFilesystem: false, privileged: false },
    ports: [],
    mounts: [],
    isPlain: true,
    programs: [{ ...aProgram('main'), ...plainProgramDefaults }],
    ...rest,
  };
}

/** One of `processes`. */
export function aProgram(name: string, change: Partial<ProgramSpec> = {}): ProgramSpec {
  const base = { name, argv: ['sleep', '1'], env: {}, workingDir: '/', uid: 0, gid: 0, supplementaryGroups: [] };
  return { ...processDefaults, ...base, ...change };
}

/** A container with processes. */
export const withPrograms = (...programs: readonly ProgramSpec[]): ContainerSpec =>
  aContainer({ isPlain: false, programs });

/** A program that runs and is ready. */
export function aState(name: string, change: Partial<ProgramState> = {}): ProgramState {
  const base = { name, program: name, instance: 0, label: name, essential: false, scheduled: false, restarts: 0 };
  return { ...base, state: 'RUNNING', ready: true, pid: 7, ...change };
}

export const aHost: HostFacts = {
  hostname: 'machine',
  memoryBytes: 1e9,
  resolvConf: '',
  usrLinks: {},
  topDirs: [],
  etcPaths: [],
  passwd: '',
  group: '',
  devDirs: [],
  hasMqueue: false,
  lastCapability: 40,
  cgroupLayout: {
    kind: 'v2',
    v2Root: '/sys/fs/cgroup',
    v1: {},
    v2Controllers: ['cpuset', 'cpu', 'io', 'memory', 'pids', 'hugetlb'],
  },
};

export function aSpec(change: Partial<PodSpec> = {}): PodSpec {
  return {
    name: 'web',
    namespace: 'default',
    labels: {},
    annotations: {},
    hostname: 'web',
    restartPolicy: 'Always',
    backoff: { initialMs: 10_000, maxMs: 300_000, factor: 2, resetAfterMs: 600_000 },
    graceMs: 30_000,
    containers: [aContainer()],
    ...change,
  };
}

export function aManifest(spec: Record<string, unknown> = {}, labels?: Record<string, string>): PodManifest {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', ...(labels === undefined ? {} : { labels }) },
    spec: { containers: [{ name: 'app', image: 'host', command: ['sleep', '1'] }], ...spec },
  };
}

export function anExit(change: Partial<RecordedExit> = {}): RecordedExit {
  return { id: '00000000000000aa', attempt: 0, exitCode: 0, reason: 'Completed', startedAt, finishedAt, ...change };
}

export function aRun(change: Partial<RunRecord> = {}): RunRecord {
  return { ...neverRun, ...change };
}

export function anInstance(change: Partial<InstanceView> = {}): InstanceView {
  return { id: '00000000000000bb', attempt: 0, state: 'running', startedAt, spec: aContainer(), joined: {}, ...change };
}

export function aView(
  containers: Record<string, Partial<ContainerView>> = {},
  change: Partial<Omit<PodView, 'containers'>> = {},
): PodView {
  const views = Object.entries(containers).map(([name, view]): [string, ContainerView] => [
    name,
    { run: neverRun, restartAtMs: 0, ...view },
  ]);
  return {
    phase: 'sync',
    held: false,
    life: { initialised: true },
    activeSinceMs: 0,
    sandboxHeld: false,
    sandboxLost: false,
    failures: new Map(),
    ...change,
    containers: new Map(views),
  };
}

/**
 * What /metrics tells, as data. Names are cAdvisor's and the kubelet's where they have one (container_*, pod_*, machine_*), and
 * kube-state-metrics' (kube_*); podctl_* is ours. Labels hold names only: no value of a manifest ever. Pure.
 */
import { allStatuses, type ContainerStatus } from '../model/pod-status.ts';
import type { PodObject } from '../protocol/objects.ts';
import type { Usage, UsageList } from '../protocol/usage.ts';
import type { ActionCount } from '../reconcile/accounting.ts';
import { containerMetrics, podMetrics, programMetrics, type UsageMetric } from './usage-metrics.ts';

export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly labelNames: readonly string[];
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface MetricsSource {
  readonly pods: readonly PodObject[];
  readonly usage: UsageList;
  readonly actions: readonly ActionCount[];
  readonly containersRunning: number;
  readonly problems: number;
  readonly build: { readonly version: string; readonly nodeVersion: string; readonly cgroupLayout: string };
  readonly process: {
    readonly userSeconds: number;
    readonly systemSeconds: number;
    readonly residentBytes: number;
    /** since the epoch */
    readonly startSeconds: number;
  };
}

/** Families without a sample are left out: what this kernel does not count is not there, instead of 0. */
export function metricFamilies(source: MetricsSource): readonly MetricFamily[] {
  const { usage, pods } = source;
  const all = [
    ...usageFamilies(podMetrics, ['namespace', 'pod'], podRows(usage)),
    ...usageFamilies(containerMetrics, ['namespace', 'pod', 'container'], containerRows(usage)),
    ...usageFamilies(programMetrics, ['namespace', 'pod', 'container', 'program'], programRows(usage)),
    ...statusFamilies(pods),
    ...machineFamilies(usage),
    ...poddFamilies(source),
  ];
  return all.filter(({ samples }) => samples.length > 0);
}

interface UsageRow {
  readonly labels: Sample['labels'];
  readonly usage: Usage;
}

function usageFamilies(
  metrics: readonly UsageMetric[],
  labelNames: readonly string[],
  rows: readonly UsageRow[],
): readonly MetricFamily[] {
  return metrics.map(({ valueIn, ...about }) => {
    const samples = rows.flatMap(({ labels, usage }) => {
      const value = valueIn(usage);
      return value === undefined ? [] : [{ labels, value }];
    });
    return { ...about, labelNames, samples };
  });
}

const podRows = ({ items }: UsageList): readonly UsageRow[] =>
  items.map(({ namespace, pod, usage }) => ({ labels: { namespace, pod }, usage }));

const containerRows = ({ items }: UsageList): readonly UsageRow[] =>
  items.flatMap(({ namespace, pod, containers }) =>
    containers.map(({ container, usage }) => ({ labels: { namespace, pod, container }, usage })),
  );

const programRows = ({ items }: UsageList): readonly UsageRow[] =>
  items.flatMap(({ namespace, pod, containers }) =>
    containers.flatMap(({ container, programs }) =>
      programs.map(({ program, usage }) => ({ labels: { namespace, pod, container, program }, usage })),
    ),
  );

function statusFamilies(pods: readonly PodObject[]): readonly MetricFamily[] {
  const rows = pods.flatMap(({ metadata: { namespace, name: pod, uid }, status }) =>
    allStatuses(status).map((container) => ({
      container,
      labels: { namespace, pod, uid, container: container.name },
    })),
  );
  const family = (
    name: string,
    help: string,
    type: MetricFamily['type'],
    valueIn: (container: ContainerStatus) => number,
  ): MetricFamily => {
    const samples = rows.map(({ labels, container }) => ({ labels, value: valueIn(container) }));
    return { name, help, type, labelNames: ['namespace', 'pod', 'uid', 'container'], samples };
  };
  return [
    family(
      ...(['kube_pod_container_status_restarts_total', 'Restarts of the container.', 'counter'] as const),
      ({ restartCount }) => restartCount,
    ),
    family(
      ...(['kube_pod_container_status_ready', 'Whether the container is ready.', 'gauge'] as const),
      ({ ready }) => (ready ? 1 : 0),
    ),
    family(...(['kube_pod_container_status_running', 'Whether the container runs.', 'gauge'] as const), ({ state }) =>
      'running' in state ? 1 : 0,
    ),
    startTimes(pods),
    ...programFamilies(pods),
  ];
}

function startTimes(pods: readonly PodObject[]): MetricFamily {
  const samples = pods.flatMap(({ metadata: { namespace, name: pod }, status }) =>
    allStatuses(status).flatMap(({ name: container, state }) =>
      'running' in state
        ? [{ labels: { namespace, pod, container }, value: Date.parse(state.running.startedAt) / 1000 }]
        : [],
    ),
  );
  return {
    name: 'container_start_time_seconds',
    help: 'Start of the container, seconds since the epoch.',
    type: 'gauge',
    labelNames: ['namespace', 'pod', 'container'],
    samples,
  };
}

/** Of containers with processes: podd keeps the states of those only. */
function programFamilies(pods: readonly PodObject[]): readonly MetricFamily[] {
  const rows = pods.flatMap(({ metadata: { namespace, name: pod }, status }) =>
    allStatuses(status).flatMap(({ name: container, programs = [] }) =>
      programs.map((program) => ({ program, labels: { namespace, pod, container, program: program.label } })),
    ),
  );
  const labelNames = ['namespace', 'pod', 'container', 'program'];
  const restarts = rows.map(({ labels, program }) => ({ labels, value: program.restarts }));
  const ready = rows.map(({ labels, program }) => ({ labels, value: program.ready ? 1 : 0 }));
  return [
    {
      ...{ name: 'podctl_program_restarts_total', help: 'Starts of the program after its first one.' },
      ...{ type: 'counter', labelNames, samples: restarts },
    },
    {
      ...{ name: 'podctl_program_ready', help: 'Whether the program is ready.' },
      ...{ type: 'gauge', labelNames, samples: ready },
    },
  ];
}

const plain = (
  name: string,
  help: string,
  value: number,
  { type = 'gauge', labels = {} }: { readonly type?: MetricFamily['type']; readonly labels?: Sample['labels'] } = {},
): MetricFamily => ({ name, help, type, labelNames: Object.keys(labels), samples: [{ labels, value }] });

function machineFamilies({ cpus, memoryBytes }: UsageList): readonly MetricFamily[] {
  return [
    plain('machine_cpu_cores', 'CPUs of the machine.', cpus),
    plain('machine_memory_bytes', 'Memory of the machine.', memoryBytes),
  ];
}

function poddFamilies({ build, process, pods, actions, containersRunning, problems }: MetricsSource) {
  const { userSeconds, systemSeconds, residentBytes, startSeconds } = process;
  const { version, nodeVersion: node_version, cgroupLayout: cgroup } = build;
  const counter = { type: 'counter' } as const;
  return [
    plain('podctl_build_info', 'What podd is.', 1, { labels: { version, node_version, cgroup } }),
    plain('podctl_pods', 'Pods that podd knows.', pods.length),
    plain('podctl_containers_running', 'Containers that run.', containersRunning),
    plain('podctl_problems', 'Quarantined records and the like, as podctl system status lists them.', problems),
    actionFamily('podctl_actions_total', 'Actions of the reconciler that were performed.', actions, 'performed'),
    actionFamily('podctl_action_failures_total', 'Actions of the reconciler that were refused.', actions, 'refused'),
    plain('process_cpu_user_seconds_total', 'CPU time of podd in user mode.', userSeconds, counter),
    plain('process_cpu_system_seconds_total', 'CPU time of podd in the kernel.', systemSeconds, counter),
    plain('process_cpu_seconds_total', 'CPU time of podd.', userSeconds + systemSeconds, counter),
    plain('process_resident_memory_bytes', 'Resident memory of podd.', residentBytes),
    plain('process_start_time_seconds', 'Start of podd, seconds since the epoch.', startSeconds),
  ];
}

function actionFamily(
  name: string,
  help: string,
  actions: readonly ActionCount[],
  outcome: 'performed' | 'refused',
): MetricFamily {
  const samples = actions.map(({ action, ...counts }) => ({ labels: { action }, value: counts[outcome] }));
  return { name, help, type: 'counter', labelNames: ['action'], samples };
}

/** What is told of changes of workloads, and what Kubernetes refuses to change of them (apps and batch Validate…Update). Pure. */
import { type FieldPath, fieldProblem, forbidden, invalid } from '../manifest/field-problem.ts';
import type { WorkloadManifest } from '../model/object-manifest.ts';
import type { WorkloadKind } from '../model/workload.ts';
import { sameJson } from '../util/same-json.ts';
import type { DataMeaning } from './data-meaning.ts';
import type { ValueChange } from './diff-values.ts';

type Spec = WorkloadManifest['spec'];

/** Kept as written: defaults are its controller's. */
export function workloadMeaning<K extends WorkloadKind>(kind: K): DataMeaning<WorkloadManifest<K>>;
export function workloadMeaning(kind: WorkloadKind): DataMeaning<WorkloadManifest> {
  return {
    stored: ({ apiVersion, metadata, spec }) => ({ apiVersion, kind, metadata, spec }) as WorkloadManifest,
    document: ({ apiVersion, spec }) => ({ apiVersion, spec }),
    tell: (change) => ({ ...change, why: whyOf(change, kind) }),
    checkUpdate: (existing, wanted) =>
      checks[kind](existing.spec, wanted.spec).map(({ path, message }) =>
        fieldProblem(path, message, { at: 'key', hint: hintFor(existing) }),
      ),
  };
}

function whyOf({ path }: ValueChange, kind: WorkloadKind): string {
  const [top, field] = path;
  if (top === 'metadata') return 'nothing that runs depends on it';
  if (field === 'replicas') return 'pods are made or deleted, the others run on';
  if (isOfDev(path)) return 'what podctl dev goes by, nothing that runs does';
  if (field === 'template') return templateWords[kind];
  if (field === 'jobTemplate') return 'holds for the next job';
  return 'holds from now on, no pod is replaced for it';
}

/** `dev` of a container of the template, or of one of its programs. */
function isOfDev(path: ValueChange['path']): boolean {
  const at = path.findIndex((field) => field === 'containers' || field === 'initContainers');
  return at > 0 && (path[at + 2] === 'dev' || (path[at + 2] === 'processes' && path[at + 4] === 'dev'));
}

const templateWords: Readonly<Record<WorkloadKind, string>> = {
  Deployment: 'its pods are replaced as its strategy says',
  ReplicaSet: 'holds for the next pod, those that exist run on',
  StatefulSet: 'its pods are replaced as its updateStrategy says',
  DaemonSet: 'its pod is replaced as its updateStrategy says',
  Job: 'holds for the next pod, those that exist run on',
  CronJob: 'holds for the next job',
};

const hintFor = ({ kind, metadata }: WorkloadManifest): string =>
  `podctl delete ${kind.toLowerCase()} ${metadata.name} removes it with its pods, apply then makes it anew`;

interface Refusal {
  readonly path: FieldPath;
  readonly message: string;
}

type Check = (from: Spec, to: Spec) => readonly Refusal[];

const fixed =
  (...fields: readonly string[]): Check =>
  (from, to) =>
    fields.flatMap((field) =>
      sameJson(from[field], to[field])
        ? []
        : [{ path: ['spec', field], message: invalid(to[field] ?? null, 'field is immutable') }],
    );

const statefulMutable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];

const checks: Readonly<Record<WorkloadKind, Check>> = {
  Deployment: fixed('selector'),
  ReplicaSet: fixed('selector'),
  DaemonSet: fixed('selector'),
  StatefulSet: checkStateful,
  Job: checkJob,
  CronJob: () => [],
};

function checkStateful(from: Spec, to: Spec): readonly Refusal[] {
  const lasting = (spec: Spec) => ({
    podManagementPolicy: 'OrderedReady',
    ...Object.fromEntries(Object.entries(spec).filter(([field]) => !statefulMutable.includes(field))),
  });
  if (sameJson(lasting(from), lasting(to))) return [];
  const names = statefulMutable.map((field) => `'${field}'`);
  const list = `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return [
    { path: ['spec'], message: forbidden(`updates to statefulset spec for fields other than ${list} are forbidden`) },
  ];
}

const lockedOfJobs = fixed(
  ...['selector', 'template', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'],
);

/** An indexed job may grow and shrink, with both numbers the same. */
function checkJob(from: Spec, to: Spec): readonly Refusal[] {
  const mode = (spec: Spec) => ({ completionMode: spec.completionMode ?? 'NonIndexed' });
  const isElastic = to.completionMode === 'Indexed' && to.completions === to.parallelism;
  return [
    ...lockedOfJobs(from, to),
    ...fixed('completionMode')(mode(from), mode(to)),
    ...(isElastic ? [] : fixed('completions')(from, to)),
  ];
}

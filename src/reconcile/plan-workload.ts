/** What is told of changes of workloads, and what Kubernetes refuses to change of them (apps and batch Validate…Update). Pure. */
import { type FieldPath, fieldProblem, forbidden, invalid } from '../manifest/field-problem.ts';
import type { WorkloadManifest } from '../model/object-manifest.ts';
import type { WorkloadKind } from '../model/workload.ts';
import { sameMeaning } from '../util/same-meaning.ts';
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
      sameMeaning(from[field], to[field])
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
  if (sameMeaning(lastingOfSet(from), lastingOfSet(to))) return [];
  const names = statefulMutable.map((field) => `'${field}'`);
  const list = `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return [
    { path: ['spec'], message: forbidden(`updates to statefulset spec for fields other than ${list} are forbidden`) },
  ];
}

/** What cannot be changed, with the API server's defaults. */
function lastingOfSet(spec: Spec): unknown {
  const { podManagementPolicy, volumeClaimTemplates, ...others } = spec;
  const lasting = Object.entries(others).filter(([field]) => !statefulMutable.includes(field));
  const claims = Array.isArray(volumeClaimTemplates) ? volumeClaimTemplates : [];
  return {
    ...Object.fromEntries(lasting),
    podManagementPolicy: podManagementPolicy || 'OrderedReady',
    volumeClaimTemplates: claims.map(claimWithDefaults),
  };
}

/** Its apiVersion and kind say what it is anyway, and its status is nobody's. */
function claimWithDefaults(claim: Spec): unknown {
  const { apiVersion: _version, kind: _kind, status: _status, spec, ...others } = claim;
  return { ...others, spec: { ...(spec as Spec), volumeMode: (spec as Spec | undefined)?.volumeMode || 'Filesystem' } };
}

const lockedOfJobs = fixed(
  ...['selector', 'completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'],
);

function checkJob(written: Spec, wanted: Spec): readonly Refusal[] {
  const from = jobWithDefaults(written);
  // what the API server had filled in stays where a change does not name it
  const filled = isAbsent(written.completions) ? { completions: from.completions } : {};
  const to = jobWithDefaults({ ...filled, ...wanted });
  const template = from.suspend === true ? withPlaceOf(from.template as Spec, to.template as Spec) : from.template;
  return [...checkCompletions(from, to), ...lockedOfJobs(from, to), ...fixed('template')({ ...from, template }, to)];
}

const isAbsent = (value: unknown): boolean => (value ?? null) === null;

/** batch/v1 SetDefaults_Job, as far as it matters here. */
function jobWithDefaults(spec: Spec): Spec {
  const { completions, parallelism, completionMode } = spec;
  const isSingle = isAbsent(completions) && isAbsent(parallelism);
  return {
    ...spec,
    ...(isSingle ? { completions: 1 } : {}),
    parallelism: parallelism ?? 1,
    completionMode: completionMode || 'NonIndexed',
  };
}

/** An indexed job may grow and shrink, with both numbers the same. */
function checkCompletions(from: Spec, to: Spec): readonly Refusal[] {
  if (to.completionMode !== 'Indexed') return fixed('completions')(from, to);
  if (sameMeaning(from.completions, to.completions) || to.completions === to.parallelism) return [];
  return [
    {
      path: ['spec', 'completions'],
      message: invalid(to.completions ?? null, 'can only be modified in tandem with spec.parallelism'),
    },
  ];
}

/** Where its pods go, and their labels, may change while a job is suspended (batch validatePodTemplateUpdate). */
function withPlaceOf(from: Spec, to: Spec): Spec {
  const [before, after] = [from.spec as Spec, to.spec as Spec];
  const { nodeSelector, tolerations, schedulingGates } = after;
  const affinity = { ...(before.affinity as Spec), ...pick(after.affinity as Spec, 'nodeAffinity') };
  return {
    ...from,
    metadata: { ...(from.metadata as Spec), ...pick(to.metadata as Spec, 'labels', 'annotations') },
    spec: { ...before, affinity, nodeSelector, tolerations, schedulingGates },
  };
}

const pick = (from: Spec | undefined, ...fields: readonly string[]): Spec =>
  Object.fromEntries(fields.map((field) => [field, from?.[field]]));

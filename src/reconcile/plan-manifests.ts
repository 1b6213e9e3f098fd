/** What an apply of many manifests will do, made in code that holds no writer: a dry run calls this and nothing else. Pure. */
import { judgeCapacity } from '../cgroup/judge-capacity.ts';
import { judgeSupport } from '../cgroup/judge-support.ts';
import type { HostFacts } from '../launch/launch-context.ts';
import { checkFiles, warnMaterials } from '../manifest/check-materials.ts';
import { createProblemList } from '../manifest/field-problem.ts';
import { normalisePod } from '../manifest/normalise.ts';
import { isReferredTo, type References, referencesOf, refersTo } from '../manifest/references.ts';
import { validatePod } from '../manifest/validate-pod.ts';
import type { CgroupLayout } from '../model/cgroup.ts';
import { keyOfManifest, textOfKey } from '../model/data-key.ts';
import type { FileMaterials } from '../model/materials.ts';
import type {
  DataKey,
  DataKind,
  DataManifest,
  DataManifestOf,
  ObjectManifest,
  ServiceManifest,
} from '../model/object-manifest.ts';
import type { PodManifest, PodSpec } from '../model/pod-spec.ts';
import { planServiceAddresses, type ServicePool } from '../network/plan-service-addresses.ts';
import type { ApplyResult } from '../protocol/api.ts';
import { isIncomplete } from './container-drift.ts';
import { forgetServer } from './forget-server.ts';
import { hostPortHolders, rejectPortConflicts } from './judge-host-ports.ts';
import {
  formatProblem,
  type JudgedData,
  type JudgedManifests,
  type JudgedPod,
  rejectBad,
  rejectUnreadable,
  subjectOf,
} from './judge-manifests.ts';
import { keepMetadata } from './keep-metadata.ts';
import { type FindData, materialsOf } from './materials-of.ts';
import { type LiveObject, mergeLive, mergePods } from './merge-live.ts';
import { type ExistingPod, type PlannedApply, planApply, type ValidVersion } from './plan-apply.ts';
import { checkDataUpdate, type PlannedData, planData, storedForm } from './plan-data.ts';
import { rejectEnding } from './reject-ending.ts';
import { templatePods } from './template-pods.ts';
import { warnIsolation } from './warn-isolation.ts';
import { warnSelection } from './warn-selection.ts';

/** What there is, to be read only. */
export interface ExistingObjects {
  /** the pod that an apply of this name would change */
  readonly pod: (namespace: string, name: string) => ExistingPod | undefined;
  /** all of a namespace that an apply would change */
  readonly pods: (namespace: string) => readonly ExistingPod[];
  readonly data: FindData;
  /** the same with what was applied of it last */
  readonly live: (key: DataKey) => LiveObject | undefined;
  /** of all namespaces, those that are being deleted left out */
  readonly everyPod: () => readonly { readonly uid: string; readonly spec: PodSpec }[];
  /** there is one, and it is being deleted */
  readonly isEnding: (key: DataKey) => boolean;
  /** an object or pod of this uid is there */
  readonly isThere: (uid: string) => boolean;
  /** all that are kept */
  readonly services: () => readonly ServiceManifest[];
}

/** What is asked for: manifests to be applied, other objects than pods to be removed. */
export interface WantedChange extends JudgedManifests {
  readonly removed: readonly DataKey[];
  /** the manifests are all that is wanted of their objects: what others set goes, unless they repeat it */
  readonly replaces?: boolean;
}

export interface PlanContext {
  readonly host: HostFacts;
  /** what the manifests' files hold now (read-files.ts) */
  readonly files: FileMaterials;
  /** restart also what depends on a restarted program, whatever the manifest says */
  readonly cascade: boolean;
  /** where Services' addresses come from */
  readonly services: ServicePool;
  /** why NetworkPolicies do not hold on this machine; absent: they do */
  readonly noIsolation?: string;
}

export interface Plans {
  readonly data: readonly PlannedData[];
  readonly removed: readonly DataKey[];
  /** those of the request, then those that use its data and change with it */
  readonly pods: readonly PlannedApply[];
}

/** Of every object that is touched: data first, as pods need it. */
export const resultsOf = ({ data, pods }: Plans): readonly ApplyResult[] =>
  [...data, ...pods].map(({ result }) => result);

/**
 * A plan per manifest and per pod that uses a changed ConfigMap or Secret. Throws PodError `Invalid` when a file that a pod of the
 * request needs cannot be read, when something immutable is to change, or when this machine cannot hold a limit.
 */
export function planManifests(asWritten: WantedChange, existing: ExistingObjects, context: PlanContext): Plans {
  const own = forgetServer(asWritten, existing.isThere, context.services);
  const change = keepAll(own.replaces === true ? own : mergeAll(own, existing), existing);
  rejectEnding(
    [...change.data, ...change.pods].map(({ manifest }) => manifest),
    existing.isEnding,
  );
  rejectUnreadable(change.pods, context.files);
  rejectLocked(change, existing.data);
  rejectPortConflicts(change, existing);
  const placed = placeServices(change, existing, context.services);
  const data = change.data.map((judged) =>
    planData(existing.data(keyOfManifest(judged.manifest)), judged, placed.get(judged)),
  );
  const find = findAfter({ data, removed: change.removed }, existing.data);
  const plan = (pod: ExistingPod | undefined, judged: JudgedPod): PlannedApply =>
    planPod(pod, judged, { ...context, find });
  const asked = change.pods.map((judged) => plan(existingOf(judged, existing), judged));
  rejectUnsupported(asked, context.host.cgroupLayout);
  const following = usersOf(change, existing)
    .filter(({ judged }) => checkFiles(judged.references, context.files).length === 0)
    .map(({ pod, judged }) => plan(pod, judged))
    .filter(({ result }) => result.outcome !== 'unchanged');
  const pods = [...asked, ...following];
  return { data: tellSelections(data, pods, existing, context), removed: change.removed, pods };
}

const mergeAll = (change: WantedChange, existing: ExistingObjects): WantedChange => ({
  ...change,
  data: mergeLive(change.data, existing.live),
  pods: mergePods(change.pods, (judged) => existingOf(judged, existing)),
});

function keepAll(change: WantedChange, existing: ExistingObjects): WantedChange {
  const keep = <J extends JudgedData | JudgedPod>(judged: J, before: ObjectManifest | undefined): J => {
    const { manifest, warnings } = keepMetadata(judged.manifest, before, existing.isThere);
    return { ...judged, manifest, warnings: [...judged.warnings, ...warnings] };
  };
  return {
    ...change,
    data: change.data.map((judged) => keep(judged, existing.data(keyOfManifest(judged.manifest)))),
    pods: change.pods.map((judged) => keep(judged, existingOf(judged, existing)?.manifest)),
  };
}

/** Of Services and NetworkPolicies: what comes of the pods that they are going to find. */
function tellSelections(
  data: readonly PlannedData[],
  changed: readonly PlannedApply[],
  existing: ExistingObjects,
  { noIsolation }: PlanContext,
): readonly PlannedData[] {
  const known = new Map<string, readonly PodSpec[]>();
  const manifests = data.map(({ manifest }) => manifest);
  const podsIn = (namespace: string): readonly PodSpec[] => {
    const pods = known.get(namespace) ?? [
      ...podsAfter(namespace, changed, existing),
      ...templatePods(manifests, namespace),
    ];
    known.set(namespace, pods);
    return pods;
  };
  return data.map((plan) => {
    const { manifest, result } = plan;
    if (manifest.kind !== 'Service' && manifest.kind !== 'NetworkPolicy') return plan;
    const pods = podsIn(manifest.metadata.namespace ?? '');
    const warnings =
      manifest.kind === 'Service' ? warnSelection(manifest, pods) : warnIsolation(manifest, pods, noIsolation);
    return { ...plan, result: { ...result, warnings: [...result.warnings, ...warnings.map(formatProblem)] } };
  });
}

function podsAfter(namespace: string, changed: readonly PlannedApply[], existing: ExistingObjects): readonly PodSpec[] {
  const after = changed.map(({ version }) => version.spec).filter((spec) => spec.namespace === namespace);
  const names = new Set(after.map(({ name }) => name));
  return [...after, ...existing.pods(namespace).flatMap(({ spec }) => (names.has(spec.name) ? [] : [spec]))];
}

/** A pod that is there, as if it were applied again. */
export interface PodUser {
  readonly pod: ExistingPod;
  readonly judged: JudgedPod;
}

/** The pods that refer to data of the change and are not in it themselves. */
export function usersOf({ data, removed, pods }: WantedChange, existing: ExistingObjects): readonly PodUser[] {
  const changed = [...data.map(({ manifest }) => keyOfManifest(manifest)), ...removed];
  const keys = changed.filter(({ kind }) => isReferredTo(kind));
  const asked = new Set(pods.map((judged) => `${namespaceOf(judged)}/${judged.manifest.metadata.name}`));
  return [...new Set(keys.map(({ namespace }) => namespace))].flatMap((namespace) => {
    const here = keys.filter((key) => key.namespace === namespace);
    return existing.pods(namespace).flatMap((pod) => {
      const [references] = knownReferences(pod);
      const isUser = references && here.some(({ kind, name }) => refersTo(references, kind, name));
      if (!isUser || asked.has(`${namespace}/${pod.spec.name}`)) return [];
      return [{ pod, judged: { manifest: pod.manifest, references, warnings: [] } }];
    });
  });
}

function rejectUnsupported(asked: readonly PlannedApply[], layout: CgroupLayout): void {
  rejectBad(
    asked.flatMap(({ version: { manifest, spec } }) => {
      const problems = createProblemList();
      judgeSupport(spec, layout, problems);
      return problems.errors.length === 0 ? [] : [{ subject: subjectOf(manifest), problems: problems.errors }];
    }),
  );
}

function rejectLocked({ data }: WantedChange, find: FindData): void {
  rejectBad(
    data.flatMap(({ manifest }) => {
      const before = find(keyOfManifest(manifest));
      const problems = before === undefined ? [] : checkDataUpdate(before, manifest);
      return problems.length === 0 ? [] : [{ subject: subjectOf(manifest), problems }];
    }),
  );
}

/** Services with the addresses and ports that are theirs from now on. Throws PodError `Invalid` where there are none. */
function placeServices(
  change: WantedChange,
  existing: ExistingObjects,
  pool: ServicePool,
): ReadonlyMap<JudgedData, ServiceManifest> {
  const wanted = change.data.flatMap((judged) => {
    const manifest = storedForm(judged.manifest);
    if (manifest.kind !== 'Service') return [];
    const key = { kind: manifest.kind, namespace: manifest.metadata.namespace ?? '', name: manifest.metadata.name };
    return [{ judged, manifest, key: textOfKey(key), existing: existing.data(key) }];
  });
  if (wanted.length === 0) return new Map();
  const gone = new Set([...change.removed.map(textOfKey), ...wanted.map(({ key }) => key)]);
  const others = existing.services().filter((service) => !gone.has(textOfKey(keyOfManifest(service))));
  const placed = planServiceAddresses(wanted, others, pool, hostPortHolders(change, existing));
  rejectBad(
    placed.flatMap(({ manifest, problems }) =>
      problems.length === 0 ? [] : [{ subject: subjectOf(manifest), problems }],
    ),
  );
  return new Map(
    wanted.flatMap(({ judged }, index) => {
      const manifest = placed[index]?.manifest;
      return manifest === undefined ? [] : [[judged, manifest]];
    }),
  );
}

function findAfter({ data, removed }: Pick<Plans, 'data' | 'removed'>, find: FindData): FindData {
  const changed = new Map<string, DataManifest | undefined>([
    ...removed.map((key): [string, undefined] => [textOfKey(key), undefined]),
    ...data.map(({ manifest }): [string, DataManifest] => [textOfKey(keyOfManifest(manifest)), manifest]),
  ]);
  return <K extends DataKind>(key: DataKey<K>) =>
    changed.has(textOfKey(key)) ? (changed.get(textOfKey(key)) as DataManifestOf<K> | undefined) : find(key);
}

const namespaceOf = ({ manifest }: JudgedPod): string => manifest.metadata.namespace || 'default';

/** The pod that an apply of this one would change. */
export const existingOf = (judged: JudgedPod, existing: ExistingObjects): ExistingPod | undefined =>
  existing.pod(namespaceOf(judged), judged.manifest.metadata.name);

/** What the pod as it is refers to, to be told from what the new manifest does; none of a manifest that is damaged on record. */
export function knownReferences(existing: ExistingPod | undefined): readonly References[] {
  return existing !== undefined && validatePod(existing.manifest).ok ? [referencesOf(existing.manifest)] : [];
}

/** The manifest with the contents that it refers to, as they are now. */
function planPod(
  existing: ExistingPod | undefined,
  judged: JudgedPod,
  context: PlanContext & { readonly find: FindData },
): PlannedApply {
  const { manifest, applied, references, warnings } = judged;
  const namespace = namespaceOf(judged);
  const both = together([references, ...knownReferences(existing)]);
  const materials = materialsOf(both, namespace, context.find, context.files);
  const normalise = (one: PodManifest): PodSpec => normalisePod(one, materials);
  const spec = normalise(manifest);
  const support = createProblemList();
  judgeSupport(spec, context.host.cgroupLayout, support);
  judgeCapacity(spec, context.host, support);
  const version: ValidVersion = {
    manifest,
    ...(applied === undefined ? {} : { applied }),
    spec,
    warnings: [...warnings, ...warnMaterials(references, materials, namespace), ...support.warnings],
  };
  return planApply(existing && sinceComplete(existing, version.spec), version, { ...context, normalise });
}

const together = (some: readonly References[]): References => ({
  objects: some.flatMap(({ objects }) => objects),
  envFiles: some.flatMap(({ envFiles }) => envFiles),
  claims: some.flatMap(({ claims }) => claims),
  contents: some.flatMap(({ contents }) => contents),
});

/** What a container that lacked something ran with meanwhile is what it changes from, once it lacks nothing. */
function sinceComplete(existing: ExistingPod, wanted: PodSpec): ExistingPod {
  if (!existing.spec.containers.some(isIncomplete)) return existing;
  const containers = existing.spec.containers.map((container) => {
    const { name, missing = [] } = container;
    const after = wanted.containers.find((other) => other.name === name);
    const running = existing.running[name];
    if (missing.length === 0 || running === undefined || after === undefined || isIncomplete(after)) return container;
    return { ...running, missing };
  });
  return { ...existing, spec: { ...existing.spec, containers } };
}

/** What an apply does to an object that is no pod; values of a Secret are never told. Pure. */
import type { FieldProblem } from '../manifest/field-problem.ts';
import { namespaceFor } from '../model/object-kinds.ts';
import type { DataKind, DataManifest, DataManifestOf } from '../model/object-manifest.ts';
import type { ApplyResult, FieldChange } from '../protocol/api.ts';
import type { DataMeaning } from './data-meaning.ts';
import { diffValues, formatPath } from './diff-values.ts';
import { formatProblem, type JudgedData } from './judge-manifests.ts';
import { configMapMeaning, secretMeaning } from './plan-content.ts';
import { claimMeaning, namespaceMeaning } from './plan-places.ts';
import { networkPolicyMeaning } from './plan-policy.ts';
import { revisionMeaning } from './plan-revision.ts';
import { serviceMeaning } from './plan-service.ts';
import { workloadMeaning } from './plan-workload.ts';

export interface PlannedData {
  /** as it is kept */
  readonly manifest: DataManifest;
  /** what the apply said; absent: this is none */
  readonly applied?: DataManifest;
  readonly result: ApplyResult;
}

const meanings: { readonly [K in DataKind]: DataMeaning<DataManifestOf<K>> } = {
  ConfigMap: configMapMeaning,
  Secret: secretMeaning,
  Service: serviceMeaning,
  NetworkPolicy: networkPolicyMeaning,
  Namespace: namespaceMeaning,
  PersistentVolumeClaim: claimMeaning,
  Deployment: workloadMeaning('Deployment'),
  ReplicaSet: workloadMeaning('ReplicaSet'),
  StatefulSet: workloadMeaning('StatefulSet'),
  ControllerRevision: revisionMeaning,
  DaemonSet: workloadMeaning('DaemonSet'),
  Job: workloadMeaning('Job'),
  CronJob: workloadMeaning('CronJob'),
};

/** The two of one plan are of the same kind. */
const meaningOf = ({ kind }: DataManifest): DataMeaning => meanings[kind] as DataMeaning;

/** As podd keeps it, with its namespace. */
export function storedForm(manifest: DataManifest): DataManifest {
  const { name, namespace: written, labels, annotations, ownerReferences } = manifest.metadata;
  const namespace = namespaceFor(manifest.kind, written);
  const metadata = {
    name,
    ...(namespace === '' ? {} : { namespace }),
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(ownerReferences === undefined ? {} : { ownerReferences }),
  };
  return meaningOf(manifest).stored({ ...manifest, metadata });
}

/** `existing`: the object of that name as it is kept; `stored`: as it is going to be. */
export function planData(
  existing: DataManifest | undefined,
  { manifest, warnings, applied }: JudgedData,
  stored = storedForm(manifest),
): PlannedData {
  const { kind, metadata } = stored;
  const changes = existing === undefined ? [] : changesOf(existing, stored);
  const outcome = existing === undefined ? 'created' : changes.length === 0 ? 'unchanged' : 'configured';
  const result: ApplyResult = {
    ...{ kind, namespace: metadata.namespace ?? '', name: metadata.name, outcome, cost: 'nothing', changes },
    ...{ programs: [], warnings: warnings.map(formatProblem) },
  };
  return { manifest: stored, ...(applied === undefined ? {} : { applied }), result };
}

/** What Kubernetes refuses to change (its Validate…Update functions). */
export const checkDataUpdate = (existing: DataManifest, wanted: DataManifest): readonly FieldProblem[] =>
  meaningOf(existing).checkUpdate(existing, storedForm(wanted));

function changesOf(existing: DataManifest, wanted: DataManifest): readonly FieldChange[] {
  const { document, tell } = meaningOf(wanted);
  const documentOf = (manifest: DataManifest): unknown => {
    const { labels = {}, annotations = {} } = manifest.metadata;
    return { metadata: { labels, annotations }, ...document(manifest) };
  };
  return diffValues(documentOf(existing), documentOf(wanted)).map((change) => {
    const { path, from, to, why } = tell(change);
    return { field: formatPath(path), from, to, cost: 'nothing', why };
  });
}

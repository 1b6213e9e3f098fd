/** Revisions of a Deployment: its newest ReplicaSet is made and numbered, and those that nobody goes back to are forgotten. Pure. */
import type { WorkloadAction } from '../model/workload.ts';
import { type DeploymentObject, revisionAnnotation, templateHashLabel } from '../model/workload-spec.ts';
import { newestSize } from './deployment-rollout.ts';
import { sizeAnnotations } from './deployment-scaling.ts';
import { type DeploymentSets, revisionOf, type SetView } from './deployment-sets.ts';
import { controllerReference } from './ownership.ts';
import { templateHash, withHash } from './template-hash.ts';

const revisionHistoryAnnotation = 'deployment.kubernetes.io/revision-history';
const longestHistory = 2000;

/** The newest ReplicaSet bears the Deployment's annotations but these. */
const ownAnnotations: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  revisionHistoryAnnotation,
  'deployment.kubernetes.io/desired-replicas',
  'deployment.kubernetes.io/max-replicas',
  'deprecated.deployment.rollback.to',
]);

const nextRevision = ({ old }: DeploymentSets): number => Math.max(0, ...old.map(revisionOf)) + 1;

/** Those that a revision of an object takes over from it. */
export function inheritedAnnotations({
  annotations,
}: Pick<DeploymentObject, 'annotations'>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => !ownAnnotations.has(key)));
}

/** Name of the ReplicaSet that the template as it is now is to have. */
export const newSetName = ({ name, spec, status }: DeploymentObject): string =>
  `${name}-${templateHash(spec.template, status.collisionCount)}`;

/** A ReplicaSet of the template as it is now, as large as the update allows, and the event that says so. */
export function createNewest(deployment: DeploymentObject, sets: DeploymentSets): readonly WorkloadAction[] {
  const { apiVersion, namespace, spec, status } = deployment;
  const hash = templateHash(spec.template, status.collisionCount);
  const template = withHash(spec.template, hash);
  const replicas = newestSize(deployment, sets);
  const revision = { [revisionAnnotation]: String(nextRevision(sets)) };
  const { matchLabels, ...selector } = spec.selector;
  const name = newSetName(deployment);
  const manifest = {
    ...{ apiVersion, kind: 'ReplicaSet' },
    metadata: {
      ...{ name, namespace, labels: template.metadata?.labels ?? {} },
      annotations: { ...inheritedAnnotations(deployment), ...sizeAnnotations(deployment), ...revision },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas,
      ...(spec.minReadySeconds === 0 ? {} : { minReadySeconds: spec.minReadySeconds }),
      selector: { ...selector, matchLabels: { ...matchLabels, [templateHashLabel]: hash } },
      template,
    },
  };
  const message = `Scaled up replica set ${name} to ${replicas}`;
  const event: WorkloadAction = { action: 'event', type: 'Normal', reason: 'ScalingReplicaSet', message };
  return [{ action: 'createObject', manifest }, ...(replicas > 0 ? [event] : [])];
}

/** The newest ReplicaSet has the highest revision, the Deployment's annotations and its minReadySeconds; the Deployment has its revision. */
export function numberNewest(deployment: DeploymentObject, sets: DeploymentSets): readonly WorkloadAction[] {
  const { newest } = sets;
  if (newest === undefined) return [];
  const { set } = newest;
  const annotations = changed(set.annotations, {
    ...inheritedAnnotations(deployment),
    ...revisionChange(newest, sets),
  });
  const { minReadySeconds } = deployment.spec;
  const spec = set.spec.minReadySeconds === minReadySeconds ? {} : { minReadySeconds };
  const revision = String(Math.max(revisionOf(newest), nextRevision(sets)));
  const own = changed(deployment.annotations, { [revisionAnnotation]: revision });
  return [
    ...(hasFields(annotations) || hasFields(spec)
      ? [updateOf(set, { ...(hasFields(spec) ? { spec } : {}), ...(hasFields(annotations) ? { annotations } : {}) })]
      : []),
    ...(hasFields(own) ? [updateOf(deployment, { annotations: own })] : []),
  ];
}

function revisionChange(newest: SetView, sets: DeploymentSets): Readonly<Record<string, string>> {
  const next = nextRevision(sets);
  if (revisionOf(newest) >= next) return {};
  const { annotations } = newest.set;
  const before = annotations[revisionAnnotation];
  const revision = { [revisionAnnotation]: String(next) };
  if (before === undefined) return revision;
  const history = [annotations[revisionHistoryAnnotation], before].filter(Boolean).join(',');
  return { ...revision, [revisionHistoryAnnotation]: history.slice(-longestHistory) };
}

/** Old revisions without pods beyond revisionHistoryLimit, the lowest first. */
export function forgetOldest({ spec }: DeploymentObject, { old }: DeploymentSets): readonly WorkloadAction[] {
  const surplus = old.length - spec.revisionHistoryLimit;
  if (surplus <= 0) return [];
  return [...old]
    .sort((left, right) => revisionOf(left) - revisionOf(right))
    .slice(0, surplus)
    .filter(({ set, replicas, current }) => replicas === 0 && current === 0 && !set.isDeleting)
    .map(({ set: { kind, name, uid } }) => ({
      ...{ action: 'deleteObject', kind, name, uid },
      why: `only ${spec.revisionHistoryLimit} old revisions are kept`,
    }));
}

function changed(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(after).filter(([key, value]) => before[key] !== value));
}

const hasFields = (fields: object): boolean => Object.keys(fields).length > 0;

const updateOf = (
  { kind, name, uid }: Pick<DeploymentObject, 'kind' | 'name' | 'uid'>,
  change: {
    readonly spec?: Readonly<Record<string, unknown>>;
    readonly annotations?: Readonly<Record<string, string>>;
  },
): WorkloadAction => ({ action: 'updateObject', kind, name, uid, ...change });

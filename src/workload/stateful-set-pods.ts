/** Pods of a StatefulSet: each has a number, and by it a name and claims that stay its own (stateful_set_utils.go). Pure. */
import { podIndexLabel, podNameLabel, type StatefulSetObject } from '../model/stateful-set-spec.ts';
import type { ClaimView, OwnedPod, PodTemplate, WorkloadAction } from '../model/workload.ts';
import { type Revision, revisionHashLabel } from './controller-history.ts';
import { podFromTemplate } from './new-pods.ts';

/** The number in a pod's name; undefined: it is not called after the set. */
export function ordinalOf({ name }: { readonly name: string }, set: StatefulSetObject): number | undefined {
  const digits = name.startsWith(`${set.name}-`) ? name.slice(set.name.length + 1) : '';
  return /^(?:0|[1-9]\d{0,9})$/.test(digits) ? Number(digits) : undefined;
}

const nameOf = (set: StatefulSetObject, ordinal: number): string => `${set.name}-${ordinal}`;

/** The pod, and before it those of its claims that are not there yet. */
export function createNumbered(
  set: StatefulSetObject,
  ordinal: number,
  revision: Revision,
  claims: readonly ClaimView[],
): readonly WorkloadAction[] {
  const name = nameOf(set, ordinal);
  const existing = new Set(claims.filter(({ isDeleting }) => !isDeleting).map((claim) => claim.name));
  const missing = set.spec.volumeClaimTemplates.filter((claim) => !existing.has(claimName(claim, name)));
  const manifest = podFromTemplate(set, numbered(set, ordinal, revision), name);
  return [...missing.flatMap((claim) => createClaim(set, claim, name)), { action: 'createPod', manifest }];
}

type ClaimTemplate = StatefulSetObject['spec']['volumeClaimTemplates'][number];

const claimName = ({ metadata }: ClaimTemplate, pod: string): string => `${metadata.name}-${pod}`;

/** Names of the claims of one pod. */
export const claimNamesOf = ({ spec }: StatefulSetObject, pod: string): readonly string[] =>
  spec.volumeClaimTemplates.map((claim) => claimName(claim, pod));

function createClaim(set: StatefulSetObject, template: ClaimTemplate, pod: string): readonly WorkloadAction[] {
  const { apiVersion, kind, uid, namespace } = set;
  const { labels, annotations } = template.metadata;
  const name = claimName(template, pod);
  const goesWithSet = set.spec.claimRetention.whenDeleted === 'Delete';
  const manifest = {
    ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
    metadata: {
      ...{ name, namespace, labels: { ...labels, ...set.spec.selector.matchLabels } },
      ...(annotations === undefined ? {} : { annotations }),
      ...(goesWithSet ? { ownerReferences: [{ apiVersion, kind, name: set.name, uid }] } : {}),
    },
    spec: template.spec,
  };
  const message = `create Claim ${name} Pod ${pod} in StatefulSet ${set.name} success`;
  return [
    { action: 'createObject', manifest },
    { action: 'event', type: 'Normal', reason: 'SuccessfulCreate', message },
  ];
}

function numbered(set: StatefulSetObject, ordinal: number, { name: revision, template }: Revision): PodTemplate {
  const name = nameOf(set, ordinal);
  const { serviceName, volumeClaimTemplates } = set.spec;
  const { metadata, spec } = template;
  const labels = {
    ...metadata?.labels,
    ...{ [podNameLabel]: name, [podIndexLabel]: String(ordinal), [revisionHashLabel]: revision },
  };
  const claimed = volumeClaimTemplates.map((claim) => ({
    name: claim.metadata.name,
    persistentVolumeClaim: { claimName: claimName(claim, name) },
  }));
  const names = new Set(claimed.map((volume) => volume.name));
  const others = ((spec.volumes ?? []) as readonly { readonly name: string }[]).filter((one) => !names.has(one.name));
  return {
    metadata: { ...metadata, labels },
    spec: {
      ...spec,
      hostname: name,
      ...(serviceName === undefined || serviceName === '' ? {} : { subdomain: serviceName }),
      ...(claimed.length === 0 ? {} : { volumes: [...claimed, ...others] }),
    },
  };
}

/** The ControllerRevision that a pod is of. */
export const revisionNameOf = ({ labels }: OwnedPod): string | undefined => labels[revisionHashLabel];

/** Rules for volumes that are claims, and for claims that are made for a pod (Kubernetes validateVolumes). */
import { below, type FieldPath, forbidden, invalid, type ProblemSink, required } from './field-problem.ts';
import { dnsSubdomainComplaint } from './name-rules.ts';
import { checkClaimSpec } from './rules-claim-spec.ts';
import { checkLabelKey, checkLabels } from './rules-label-selector.ts';
import type { LooseSpec } from './schema.ts';
import { ephemeralClaimName } from './volume-source.ts';

type LooseVolume = NonNullable<NonNullable<LooseSpec['volumes']>[number]>;

/** `path` is the volume's. */
export function checkClaims(
  { name, persistentVolumeClaim, ephemeral }: LooseVolume,
  pod: string | undefined,
  path: FieldPath,
  problems: ProblemSink,
): void {
  if (persistentVolumeClaim !== undefined) {
    checkClaimName(persistentVolumeClaim.claimName, [...path, 'persistentVolumeClaim', 'claimName'], problems);
  }
  if (ephemeral === undefined) return;
  const template = [...path, 'ephemeral', 'volumeClaimTemplate'];
  if (ephemeral.volumeClaimTemplate !== undefined)
    checkClaimTemplate(ephemeral.volumeClaimTemplate, template, problems);
  else if (!('volumeClaimTemplate' in ephemeral)) problems.error(template, required());
  const claim = ephemeralClaimName(pod ?? '', name ?? '');
  const complaint = pod && name ? dnsSubdomainComplaint(claim) : undefined;
  if (complaint !== undefined) problems.error([...path, 'name'], invalid(name, `PVC name "${claim}": ${complaint}`));
}

type Template = NonNullable<NonNullable<LooseVolume['ephemeral']>['volumeClaimTemplate']>;

/** Of its metadata, labels and annotations are the claim's. */
function checkClaimTemplate({ metadata, spec }: Template, path: FieldPath, problems: ProblemSink): void {
  const { labels, annotations, ...others } = metadata ?? {};
  checkLabels(labels, [...path, 'metadata', 'labels'], problems);
  for (const key of Object.keys(annotations ?? {})) {
    const at = [...path, 'metadata', 'annotations'];
    checkLabelKey(key.toLowerCase(), [...at, key], problems, { at: 'key', told: at });
  }
  for (const [field, value] of Object.entries(others)) {
    if (value !== undefined)
      problems.error([...path, 'metadata', field], forbidden('cannot be set for an Ephemeral Volume Claim Template'), {
        at: 'key',
      });
  }
  checkClaimSpec(spec ?? {}, ['spec'], below(problems, path));
}

/** Kubernetes takes any text, finds no claim of that name, and lets the pod wait for it. */
function checkClaimName(name: string | undefined, path: FieldPath, problems: ProblemSink): void {
  if (!name) return problems.error(path, required());
  const complaint = dnsSubdomainComplaint(name);
  if (complaint !== undefined) problems.warn(path, `no claim can have this name, the pod will wait: ${complaint}`);
}

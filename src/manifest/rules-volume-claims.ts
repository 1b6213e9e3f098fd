/** Rules for volumes that are claims, and for claims that are made for a pod (Kubernetes validateVolumes). */
import { type FieldPath, invalid, type ProblemSink, required } from './field-problem.ts';
import { dnsSubdomainComplaint } from './name-rules.ts';
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
  if (ephemeral.volumeClaimTemplate === undefined) problems.error(template, required());
  else if (ephemeral.volumeClaimTemplate.spec === undefined) problems.error([...template, 'spec'], required());
  const claim = ephemeralClaimName(pod ?? '', name ?? '');
  const complaint = pod && name ? dnsSubdomainComplaint(claim) : undefined;
  if (complaint !== undefined) problems.error([...path, 'name'], invalid(name, `PVC name "${claim}": ${complaint}`));
}

/** Kubernetes takes any text, finds no claim of that name, and lets the pod wait for it. */
function checkClaimName(name: string | undefined, path: FieldPath, problems: ProblemSink): void {
  if (!name) return problems.error(path, required());
  const complaint = dnsSubdomainComplaint(name);
  if (complaint !== undefined) problems.warn(path, `no claim can have this name, the pod will wait: ${complaint}`);
}

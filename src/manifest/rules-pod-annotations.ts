/** Rules for annotations of pods that mean something to Kubernetes (ValidatePodSpecificAnnotations, validateSeccompAnnotationsAndFields). */
import { type FieldPath, forbidden, invalid, type ProblemSink } from './field-problem.ts';
import { listedContainers } from './listed-containers.ts';
import { checkLocalPath } from './rules-local-path.ts';
import type { LooseContainer, LoosePod } from './schema.ts';

const mirror = 'kubernetes.io/config.mirror';
const deletionCost = 'controller.kubernetes.io/pod-deletion-cost';
const podSeccomp = 'seccomp.security.alpha.kubernetes.io/pod';
const containerSeccomp = 'container.seccomp.security.alpha.kubernetes.io/';
const localPrefix = 'localhost/';

export function checkPodAnnotations({ metadata, spec }: LoosePod, problems: ProblemSink): void {
  const annotations = metadata?.annotations ?? {};
  const at = (key: string): FieldPath => ['metadata', 'annotations', key];
  const cost = annotations[deletionCost];
  if (annotations[mirror] !== undefined && !spec?.nodeName)
    problems.error(at(mirror), invalid(annotations[mirror], 'must set spec.nodeName if mirror pod annotation is set'));
  if (cost !== undefined && !isInt32(cost)) problems.error(at(deletionCost), invalid(cost, 'must be a 32bit integer'));
  for (const [key, profile] of Object.entries(annotations)) {
    if (profile === undefined || (key !== podSeccomp && !key.startsWith(containerSeccomp))) continue;
    checkProfile(profile, at(key), problems);
  }
  checkSeccompFields({ metadata, spec }, problems);
}

/** Without zeros or a plus before it. */
const isInt32 = (text: string): boolean =>
  /^(0|-?[1-9]\d{0,9})$/.test(text) && Number(text) >= -(2 ** 31) && Number(text) < 2 ** 31;

function checkProfile(profile: string, path: FieldPath, problems: ProblemSink): void {
  if (['runtime/default', 'docker/default', 'unconfined'].includes(profile)) return;
  if (profile.startsWith(localPrefix)) checkLocalPath(profile.slice(localPrefix.length), path, problems);
  else problems.error(path, invalid(profile, 'must be a valid seccomp profile'));
}

type Profile = NonNullable<LooseContainer['securityContext']>['seccompProfile'];

/** Where the field says something too, both must say the same. */
function checkSeccompFields({ metadata, spec }: Pick<LoosePod, 'metadata' | 'spec'>, problems: ProblemSink): void {
  const annotations = metadata?.annotations ?? {};
  const path = ['spec', 'securityContext', 'seccompProfile'];
  checkSame(annotations[podSeccomp], spec?.securityContext?.seccompProfile, path, problems);
  for (const { container, path: own } of listedContainers(spec ?? {})) {
    const profile = container.securityContext?.seccompProfile;
    const annotation = annotations[`${containerSeccomp}${container.name}`];
    checkSame(annotation, profile, [...own, 'securityContext', 'seccompProfile'], problems);
  }
}

function checkSame(annotation: string | undefined, profile: Profile, path: FieldPath, problems: ProblemSink): void {
  if (annotation === undefined || profile?.type === undefined) return;
  const isLocal = annotation.startsWith(localPrefix);
  const same: Readonly<Record<string, boolean>> = {
    Unconfined: annotation === 'unconfined',
    RuntimeDefault: annotation === 'runtime/default' || annotation === 'docker/default',
    Localhost: isLocal,
  };
  if (same[profile.type] === false)
    problems.error([...path, 'type'], forbidden('seccomp type in annotation and field must match'));
  else if (isLocal && annotation.slice(localPrefix.length) !== profile.localhostProfile)
    problems.error([...path, 'localhostProfile'], forbidden('seccomp profile in annotation and field must match'));
}

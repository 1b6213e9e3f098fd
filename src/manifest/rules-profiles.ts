/** Rules for seccomp and AppArmor profiles (Kubernetes validateSeccompProfileField, ValidateAppArmorProfileField). */
import {
  type FieldPath,
  forbidden,
  invalid,
  type ProblemSink,
  required,
  tooLong,
  unsupported,
} from './field-problem.ts';
import { checkLocalPath } from './rules-local-path.ts';
import type { LooseContainer, LoosePod, LooseSpec } from './schema.ts';

type Security = NonNullable<LooseContainer['securityContext']>;
type Profile = NonNullable<Security['seccompProfile']>;

const types = ['Localhost', 'RuntimeDefault', 'Unconfined'] as const;

/** Both profiles of a securityContext. */
export function checkProfiles(
  security: Pick<Security, 'seccompProfile' | 'appArmorProfile'> | undefined,
  path: FieldPath,
  problems: ProblemSink,
): void {
  checkSeccomp(security?.seccompProfile, [...path, 'seccompProfile'], problems);
  checkAppArmor(security?.appArmorProfile, [...path, 'appArmorProfile'], problems);
}

function checkSeccomp(profile: Profile | undefined, path: FieldPath, problems: ProblemSink): void {
  if (profile === undefined) return;
  checkType(profile, 'seccompProfile', path, problems);
  const at = [...path, 'localhostProfile'];
  const local = profile.localhostProfile;
  if (profile.type !== 'Localhost') {
    if (local !== undefined) problems.error(at, invalid(local, 'can only be set when seccomp type is Localhost'));
  } else if (!('localhostProfile' in profile)) {
    problems.error(at, required('must be set when seccomp type is Localhost'));
  } else if (local !== undefined) {
    checkLocalPath(local, at, problems);
  }
}

function checkType(profile: Profile, field: string, path: FieldPath, problems: ProblemSink): void {
  const { type } = profile;
  if (type === '' || !('type' in profile))
    problems.error([...path, 'type'], required(`type is required when ${field} is set`));
  else if (type !== undefined && !(types as readonly string[]).includes(type))
    problems.error([...path, 'type'], unsupported(type, types));
}

/** PATH_MAX - 1 */
const maxNameLength = 4095;

function checkAppArmor(profile: Profile | undefined, path: FieldPath, problems: ProblemSink): void {
  if (profile === undefined) return;
  checkType(profile, 'appArmorProfile', path, problems);
  const at = [...path, 'localhostProfile'];
  const local = profile.localhostProfile;
  if (profile.type === 'Localhost') checkAppArmorName(profile, at, problems);
  else if (local !== undefined) problems.error(at, invalid(local, 'can only be set when AppArmor type is Localhost'));
  if (profile.type === 'Localhost' || profile.type === 'RuntimeDefault') problems.warn(path, noAppArmor);
}

function checkAppArmorName(profile: Profile, at: FieldPath, problems: ProblemSink): void {
  const local = profile.localhostProfile;
  if (!('localhostProfile' in profile) || local === '')
    problems.error(at, required('must be set when AppArmor type is Localhost'));
  else if (local !== undefined && local.trim() !== local)
    problems.error(at, invalid(local, 'must not be padded with whitespace'));
  else if (local !== undefined && local.length > maxNameLength) problems.error(at, tooLong(maxNameLength));
}

const noAppArmor = 'not honoured, podctl applies no AppArmor profiles; the container runs as if it were Unconfined';
const annotationPrefix = 'container.apparmor.security.beta.kubernetes.io/';

/** The older way to name an AppArmor profile; where the field says something too, both must say the same. */
export function checkAppArmorAnnotations(pod: LoosePod, problems: ProblemSink): void {
  const annotations = Object.entries(pod.metadata?.annotations ?? {});
  for (const [key, value] of annotations) {
    if (key.startsWith(annotationPrefix)) checkAnnotation(key, value ?? '', pod.spec, problems);
  }
}

function checkAnnotation(key: string, value: string, spec: LooseSpec | undefined, problems: ProblemSink): void {
  const path = ['metadata', 'annotations', key];
  const name = key.slice(annotationPrefix.length);
  const found = findContainer(spec, name);
  if (found === undefined) problems.error(path, invalid(name, 'container not found'));
  if (!/^(?:runtime\/default|unconfined|localhost\/.*|)$/.test(value))
    problems.error(path, invalid(value, `invalid AppArmor profile name: ${JSON.stringify(value)}`));
  else if (value !== 'unconfined' && value !== '') problems.warn(path, noAppArmor);
  const field = found?.container.securityContext?.appArmorProfile ?? spec?.securityContext?.appArmorProfile;
  if (found !== undefined && field !== undefined)
    checkSame(value, field, [...found.path, 'securityContext', 'appArmorProfile'], problems);
}

function findContainer(spec: LooseSpec | undefined, name: string) {
  for (const list of ['initContainers', 'containers'] as const) {
    const index = spec?.[list]?.findIndex((container) => container?.name === name) ?? -1;
    const container = spec?.[list]?.[index];
    if (container !== undefined) return { container, path: ['spec', list, index] };
  }
  return undefined;
}

function checkSame(written: string, { type, localhostProfile }: Profile, path: FieldPath, problems: ProblemSink): void {
  const [kind = '', ...rest] = written.split('/');
  const writtenType = { runtime: 'RuntimeDefault', unconfined: 'Unconfined', localhost: 'Localhost' }[kind];
  if (writtenType !== type)
    problems.error([...path, 'type'], forbidden('apparmor type in annotation and field must match'));
  else if (type === 'Localhost' && rest.join('/') !== localhostProfile)
    problems.error([...path, 'localhostProfile'], forbidden('apparmor profile in annotation and field must match'));
}

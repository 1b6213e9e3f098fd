/** Rules for containers[].volumeMounts (Kubernetes ValidateVolumeMounts). */
import { mountPathComplaint } from '../model/mount-path.ts';
import { type FieldPath, forbidden, invalid, notFound, type ProblemSink, required } from './field-problem.ts';
import { absoluteMountPath } from './normalise-volumes.ts';
import { checkLocalPath } from './rules-local-path.ts';
import { checkNoNul } from './rules-values.ts';
import { checkNoDevice, checkVolumeDevices } from './rules-volume-devices.ts';
import type { LooseContainer } from './schema.ts';

export interface MountContext {
  /** of the pod's volumes, with the kind of what is in them */
  readonly names: ReadonlyMap<string, string>;
  /** none of them was cut out as wrong */
  readonly isWhole: boolean;
  /** podctl.dev/v1 */
  readonly isOurs: boolean;
}

type LooseMount = NonNullable<NonNullable<LooseContainer['volumeMounts']>[number]>;

/** `path` is the container's. */
export function checkMounts(
  container: LooseContainer,
  path: FieldPath,
  context: MountContext,
  problems: ProblemSink,
): void {
  const taken = new Set<string>();
  container.volumeMounts?.forEach((mount, index) => {
    if (mount === undefined) return;
    const at = [...path, 'volumeMounts', index];
    checkVolumeName(mount.name, context, [...at, 'name'], problems);
    checkNoDevice(mount, container.volumeDevices, at, problems);
    checkMountPath(mount.mountPath, taken, [...at, 'mountPath'], context, problems);
    checkSubPath(mount, at, problems);
    checkPropagation(mount, container, [...at, 'mountPropagation'], problems);
    checkRecursiveReadOnly(mount, [...at, 'recursiveReadOnly'], problems);
    checkOnChange(mount, at, context, problems);
  });
  checkVolumeDevices(container, context, [...path, 'volumeDevices'], problems);
  checkNamespace(container, [...path, 'volumeMounts'], problems);
}

function checkVolumeName(
  name: string | undefined,
  { names, isWhole }: MountContext,
  path: FieldPath,
  problems: ProblemSink,
): void {
  if (name === '') problems.error(path, required());
  else if (name !== undefined && isWhole && !names.has(name)) problems.error(path, notFound(name));
}

function checkMountPath(
  mountPath: string | undefined,
  taken: Set<string>,
  path: FieldPath,
  { isOurs }: MountContext,
  problems: ProblemSink,
): void {
  if (mountPath === undefined) return;
  if (mountPath === '') return problems.error(path, required());
  checkNoNul(mountPath, path, problems);
  const place = absoluteMountPath(mountPath);
  // Kubernetes compares the texts
  if (taken.has(mountPath) || (isOurs && taken.has(place))) problems.error(path, invalid(mountPath, 'must be unique'));
  else if (taken.has(place)) problems.warn(path, `hides what is mounted at ${place} before`);
  taken.add(mountPath).add(place);
  // Kubernetes' API takes these and its runtime refuses the start
  const complaint = mountPathComplaint(place);
  if (complaint !== undefined && isOurs) problems.error(path, invalid(mountPath, complaint));
  else if (complaint !== undefined) problems.warn(path, `${complaint}, the container will not start`);
  if (mountPath.includes(':')) problems.warn(path, "contains ':', which Kubernetes does not allow");
}

function checkSubPath({ subPath, subPathExpr }: LooseMount, path: FieldPath, problems: ProblemSink): void {
  if (subPath) checkLocalPath(subPath, [...path, 'subPath'], problems);
  if (!subPathExpr) return;
  if (subPath) {
    problems.error([...path, 'subPathExpr'], invalid(subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
  }
  checkLocalPath(subPathExpr, [...path, 'subPathExpr'], problems);
}

function checkPropagation(
  { mountPropagation }: LooseMount,
  container: LooseContainer,
  path: FieldPath,
  problems: ProblemSink,
): void {
  if (mountPropagation !== 'Bidirectional' || container.securityContext?.privileged === true) return;
  problems.error(path, forbidden('Bidirectional mount propagation is available only to privileged containers'));
}

function checkRecursiveReadOnly(
  { readOnly, recursiveReadOnly, mountPropagation }: LooseMount,
  path: FieldPath,
  problems: ProblemSink,
): void {
  if (recursiveReadOnly !== 'IfPossible' && recursiveReadOnly !== 'Enabled') return;
  if (readOnly !== true) problems.error(path, forbidden('may only be specified when readOnly is true'));
  if (mountPropagation !== undefined && mountPropagation !== 'None') {
    problems.error(path, forbidden('may only be specified when mountPropagation is None or not specified'));
  }
}

const watchedKinds = ['hostPath', 'configMap', 'secret', 'projected', 'downwardAPI'];

function checkOnChange(
  { name = '', restartOn, reloadOn }: LooseMount,
  path: FieldPath,
  { names }: MountContext,
  problems: ProblemSink,
): void {
  if (restartOn && reloadOn)
    problems.error([...path, 'reloadOn'], forbidden('may not be given together with restartOn'));
  const field = restartOn ? 'restartOn' : 'reloadOn';
  const kind = names.get(name);
  if ((!restartOn && !reloadOn) || kind === undefined || watchedKinds.includes(kind)) return;
  problems.error([...path, field], forbidden(`what is in a volume of kind ${kind} is not compared`), {
    hint: `volumes that can be: ${watchedKinds.join(', ')}`,
  });
}

/** Mounts belong to a mount namespace: whoever joins another's sees that one's. */
function checkNamespace({ namespaces, volumeMounts }: LooseContainer, path: FieldPath, problems: ProblemSink): void {
  const mode = namespaces?.mnt;
  if (!volumeMounts?.length || mode === undefined || mode === 'private') return;
  problems.error(path, forbidden(`may not be given together with namespaces.mnt ${String(mode)}`), {
    at: 'key',
    hint: 'the mounts are those of the mount namespace it joins: mount the volume in the container that makes it',
  });
}

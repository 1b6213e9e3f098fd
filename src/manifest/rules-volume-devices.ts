/** Rules for containers[].volumeDevices (Kubernetes ValidateVolumeDevices). */
import { type FieldPath, invalid, notFound, type ProblemSink, required } from './field-problem.ts';
import type { LooseContainer } from './schema.ts';

/** The pod's volumes, with the kind of what is in them; `isWhole`: none was cut out as wrong. */
interface Volumes {
  readonly names: ReadonlyMap<string, string>;
  readonly isWhole: boolean;
}

type Devices = LooseContainer['volumeDevices'];
type Device = NonNullable<NonNullable<Devices>[number]>;

export function checkVolumeDevices(
  { volumeDevices, volumeMounts }: LooseContainer,
  volumes: Volumes,
  path: FieldPath,
  problems: ProblemSink,
): void {
  const [names, paths] = [new Set<string>(), new Set<string>()];
  volumeDevices?.forEach((device, index) => {
    if (device === undefined) return;
    const at = [...path, index];
    checkName(device, { volumes, names, mounts: volumeMounts }, [...at, 'name'], problems);
    checkPath(device, { paths, mounts: volumeMounts }, [...at, 'devicePath'], problems);
  });
}

interface Others {
  readonly mounts: LooseContainer['volumeMounts'];
}

function checkName(
  device: Device,
  { volumes, names, mounts }: Others & { readonly volumes: Volumes; readonly names: Set<string> },
  path: FieldPath,
  problems: ProblemSink,
): void {
  if (device.name === undefined && 'name' in device) return;
  const { name = '' } = device;
  const kind = volumes.names.get(name);
  if (name === '') problems.error(path, required());
  if (names.has(name)) problems.error(path, invalid(name, 'must be unique'));
  if (name !== '') names.add(name);
  if (kind === undefined && volumes.isWhole) problems.error(path, notFound(name));
  const words = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';
  if (kind !== undefined && kind !== 'persistentVolumeClaim' && kind !== 'ephemeral')
    problems.error(path, invalid(name, words));
  if (name !== '' && mounts?.some((mount) => mount?.name === name))
    problems.error(path, invalid(name, 'must not already exist in volumeMounts'));
}

function checkPath(
  device: Device,
  { paths, mounts }: Others & { readonly paths: Set<string> },
  path: FieldPath,
  problems: ProblemSink,
): void {
  if (device.devicePath === undefined && 'devicePath' in device) return;
  const { devicePath = '' } = device;
  if (devicePath === '') return problems.error(path, required());
  if (paths.has(devicePath)) problems.error(path, invalid(devicePath, 'must be unique'));
  if (devicePath.split('/').includes('..'))
    problems.error(path, invalid(devicePath, "can not contain backsteps ('..')"));
  paths.add(devicePath);
  if (mounts?.some((mount) => mount?.mountPath === devicePath))
    problems.error(path, invalid(devicePath, 'must not already exist as a path in volumeMounts'));
}

/** Of a mount: its volume and its path are no device's. */
export function checkNoDevice(
  { name, mountPath }: { readonly name?: string | undefined; readonly mountPath?: string | undefined },
  devices: Devices,
  path: FieldPath,
  problems: ProblemSink,
): void {
  if (name && devices?.some((device) => device?.name === name))
    problems.error([...path, 'name'], invalid(name, 'must not already exist in volumeDevices'));
  if (mountPath && devices?.some((device) => device?.devicePath === mountPath))
    problems.error([...path, 'mountPath'], invalid(mountPath, 'must not already exist as a path in volumeDevices'));
}

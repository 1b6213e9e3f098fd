/** Block devices as people name them → numbers of whole disks, which is all that io limits know. */
import { readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { IoDeviceSpec, ResourceSpec } from '../model/resource-spec.ts';
import { type DeviceNumber, deviceNumbers } from '../util/device-number.ts';
import { mountOf, parseMountinfo } from '../util/mountinfo.ts';
import { PodError } from '../util/pod-error.ts';

/** Every device by number, each disk once at most by a field. Throws PodError `NoDevice` naming the one that is not there or holds no limits. */
export function lookUpDevices<T extends ResourceSpec>(resources: T): T {
  const { ioDevices } = resources;
  if (ioDevices === undefined) return resources;
  return { ...resources, ioDevices: ioDevices.map(lookUp) };
}

/** As lookUpDevices, without those that are gone: there is nothing of theirs to take away either. */
export function lookUpKnown<T extends ResourceSpec>(resources: T): T {
  const { ioDevices } = resources;
  if (ioDevices === undefined) return resources;
  const known = ioDevices.flatMap((device) => {
    try {
      return [lookUp(device)];
    } catch {
      return [];
    }
  });
  return { ...resources, ioDevices: known };
}

function lookUp(limits: IoDeviceSpec): IoDeviceSpec {
  const { device } = limits;
  const number =
    device.kind === 'number' ? device : device.kind === 'path' ? ofNode(device.path) : ofMount(device.path);
  return { ...limits, device: { kind: 'number', ...wholeDisk(number, nameOf(device)) } };
}

const nameOf = (device: IoDeviceSpec['device']): string =>
  device.kind === 'number' ? `${device.major}:${device.minor}` : device.path;

function ofNode(path: string): DeviceNumber {
  const stats = statOf(path);
  if (!stats.isBlockDevice()) throw noDevice(path, 'it is no block device', 'name a disk, as lsblk lists them');
  return deviceNumbers(stats.rdev);
}

/** The file system's own number; one that has none of a disk (overlay, btrfs) is asked for where it comes from. */
function ofMount(path: string): DeviceNumber {
  const number = deviceNumbers(statOf(path).dev);
  if (number.major !== 0) return number;
  const mount = mountOf(parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8')), realpathSync(path));
  if (mount?.source.startsWith('/dev/') === true) return ofNode(realpathSync(mount.source));
  const what =
    mount === undefined ? 'no mount is found for it' : `a ${mount.type} file system is on no disk of its own`;
  throw noDevice(path, what, 'name the disk itself, by its path or number');
}

/** sysfs knows a partition by its file `partition`, and shows it below its disk. */
function wholeDisk({ major, minor }: DeviceNumber, name: string): DeviceNumber {
  const link = `/sys/dev/block/${major}:${minor}`;
  const path = linkOf(link);
  if (path === undefined) throw noDevice(name, `the machine has no block device ${major}:${minor}`, 'see lsblk');
  if (textOf(join(path, 'partition')) === undefined) return { major, minor };
  const [diskMajor, diskMinor] = (textOf(join(path, '..', 'dev')) ?? '').trim().split(':');
  return { major: Number(diskMajor), minor: Number(diskMinor) };
}

function linkOf(path: string): string | undefined {
  try {
    return join('/sys/dev/block', readlinkSync(path));
  } catch {
    return undefined;
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function statOf(path: string) {
  try {
    return statSync(path);
  } catch (error) {
    throw noDevice(path, error instanceof Error && 'code' in error ? String(error.code) : String(error));
  }
}

const noDevice = (name: string, why: string, hint?: string): PodError =>
  new PodError('NoDevice', `io device ${name}: ${why}`, {
    ...(hint === undefined ? {} : { hint }),
  });

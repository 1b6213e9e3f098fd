/** devices of a container. */
import { join } from 'node:path';
import type { ContainerSpec } from '../model/pod-spec.ts';
import type { DeviceSpec } from '../model/resource-spec.ts';
import type { ContainerInput } from './schema.ts';

type Device = NonNullable<ContainerInput['devices']>[number];
export type DeviceFields = Exclude<Device, string>;

const allAccess = 'rwm';

/** Absent when there are none. */
export function normaliseDevices(devices: ContainerInput['devices'] = []): Pick<ContainerSpec, 'devices'> {
  return devices.length === 0 ? {} : { devices: devices.map(normaliseDevice) };
}

/** Paths lexically clean, access in the order `rwm`. */
export function normaliseDevice(written: Device): DeviceSpec {
  const { path, containerPath, type, major, minor, access } = deviceFields(written);
  const letters = [...allAccess].filter((letter) => (access ?? allAccess).includes(letter)).join('');
  if (path !== undefined)
    return { kind: 'node', hostPath: join(path), path: join(containerPath ?? path), access: letters };
  return { kind: 'rule', type: type || 'c', major: deviceNumber(major), minor: deviceNumber(minor), access: letters };
}

/** `/dev/sda`, `/dev/sda:/dev/xvda`, `/dev/sda:/dev/xvda:r` and, as docker has it, `/dev/sda:r`. */
export function deviceFields(written: Device): DeviceFields {
  if (typeof written !== 'string') return written;
  const [path = '', ...rest] = written.split(':');
  const [second, third] = rest;
  if (second === undefined) return { path };
  if (third === undefined && /^[rwm]{1,3}$/.test(second)) return { path, access: second };
  return { path, containerPath: second, ...(third === undefined ? {} : { access: rest.slice(1).join(':') }) };
}

const deviceNumber = (written: DeviceFields['major']): number | '*' => (typeof written === 'number' ? written : '*');

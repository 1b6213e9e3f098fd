/**
 * Settings that v1 takes from the process's own cgroup alone, not from those above it: throttled devices (block/blk-throttle.c is
 * flat outside of cgroup2), socket priorities, swappiness. What stands above is repeated below. Pure.
 */
import type { IoDeviceSpec, ResourceSpec } from '../model/resource-spec.ts';
import { deviceNumber } from './plan-setting.ts';

/** Of a directory, for all that is in it. */
export type Flat = Pick<ResourceSpec, 'ioDevices' | 'networkPriority' | 'memorySwappiness'>;

const rates = ['readBytesPerSecond', 'writeBytesPerSecond', 'readOpsPerSecond', 'writeOpsPerSecond'] as const;

/** What a directory has when its parent has `above`: the lower of two rates, its own priority and swappiness before its parent's. */
export function nestFlat(above: Flat, own: ResourceSpec): Flat {
  const { networkPriority = above.networkPriority, memorySwappiness = above.memorySwappiness } = own;
  const ioDevices = nestDevices(above.ioDevices ?? [], own.ioDevices ?? []);
  return {
    ...(ioDevices.length === 0 ? {} : { ioDevices }),
    ...(networkPriority === undefined ? {} : { networkPriority }),
    ...(memorySwappiness === undefined ? {} : { memorySwappiness }),
  };
}

function nestDevices(above: readonly IoDeviceSpec[], own: readonly IoDeviceSpec[]): readonly IoDeviceSpec[] {
  const known = new Map(above.map((device) => [deviceNumber(device), withoutWeight(device)]));
  const both = own.map((device) => ({ ...device, ...lowerRates(device, known.get(deviceNumber(device))) }));
  const named = new Set(own.map(deviceNumber));
  return [...both, ...[...known].flatMap(([number, device]) => (named.has(number) ? [] : [device]))];
}

/** Weights do count on every level. */
const withoutWeight = ({ weight: _weight, ...device }: IoDeviceSpec): IoDeviceSpec => device;

function lowerRates(own: IoDeviceSpec, above: IoDeviceSpec | undefined): Partial<IoDeviceSpec> {
  return Object.fromEntries(
    rates.flatMap((rate) => {
      const known = [own[rate], above?.[rate]].filter((value) => value !== undefined);
      return known.length === 0 ? [] : [[rate, Math.min(...known)]];
    }),
  );
}

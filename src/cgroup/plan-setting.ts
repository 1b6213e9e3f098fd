/** One value of one cgroup file as some fields of ResourceSpec ask for it, before it is known which directory it is for. Pure. */
import { join } from 'node:path';
import type { CgroupLayout, CgroupWrite, ExtraController, V1Controller } from '../model/cgroup.ts';
import type { AppliedResources } from '../model/pod-record.ts';
import type { IoDeviceSpec, ResourceSpec } from '../model/resource-spec.ts';

/** What one directory gets. `quotaUs`: less than its own cpuLimitMillis says, because v1 lets no child have more than its parent. */
export interface DirectoryResources extends AppliedResources {
  readonly quotaUs?: number;
}

export interface Setting {
  /** cgroup2: the file is below `v2Root` */
  readonly controller: V1Controller | 'cgroup2';
  /** file name */
  readonly name: string;
  readonly value: string;
  readonly wish?: boolean;
  /** whom it serves */
  readonly fields: readonly (keyof ResourceSpec)[];
}

/** Nothing where nothing is asked for. */
export type SettingOf = (
  name: string,
  value: string | number | undefined,
  fields: readonly (keyof ResourceSpec)[],
  wish?: boolean,
) => readonly Setting[];

/** Settings of one controller. */
export const settingsOf =
  (controller: Setting['controller']): SettingOf =>
  (name, value, fields, wish = false) =>
    value === undefined ? [] : [{ controller, name, value: String(value), fields, ...(wish ? { wish } : {}) }];

/** Files that hold a line for each device, network interface, or `default`. */
const tableFiles = /^(io\.(max|weight|bfq\.weight|latency|cost\..*)|blkio\..*_device(_v2)?|net_prio\.ifpriomap)$/;

/** What a later setting replaces an earlier one by: the file, or one line of it. */
export const settingKey = ({ controller, name, value }: Setting): string =>
  tableFiles.test(name) ? `${controller} ${name} ${lineOf(value)}` : `${controller} ${name}`;

/** To which line of a table a value belongs. */
export const lineOf = (value: string): string => value.split(' ', 1)[0] ?? '';

/** The write to one directory, which is relative to every hierarchy; undefined where its controller is not there. */
export function writeOf(directory: string, setting: Setting, layout: CgroupLayout): CgroupWrite | undefined {
  const { controller, name, value, wish } = setting;
  const root = controller === 'cgroup2' ? layout.v2Root : layout.v1[controller];
  if (root === undefined) return undefined;
  return { file: join(root, directory, name), value, ...(wish === undefined ? {} : { wish }) };
}

/** `major:minor`. Devices are looked up before anything is planned (resolve-devices.ts). */
export function deviceNumber({ device }: IoDeviceSpec): string {
  if (device.kind !== 'number') throw new Error(`bug: device ${device.path} was not looked up`);
  return `${device.major}:${device.minor}`;
}

/** In a hybrid layout an extra that no v1 hierarchy has may be on cgroup2: a controller that is bound there, and what BPF programs do. */
export const isUnified = ({ kind, v1, v2Controllers }: CgroupLayout, extra: ExtraController): boolean =>
  kind === 'hybrid' && v1[extra] === undefined && (extra === 'net_prio' || v2Controllers.includes(extra));

/** SO_PRIORITY on cgroup2: no file of the kernel's, but a BPF program on the directory; `none` takes it away. */
export const socketPriority = { name: 'bpf.socket_priority', none: 'none' } as const;

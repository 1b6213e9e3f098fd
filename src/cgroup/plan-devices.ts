/** Device access of containers as runc sets it (FIELD "Isolation"): devices.deny and devices.allow, on v2 a BPF program. Pure. */
import type { CgroupLayout, CgroupWrite } from '../model/cgroup.ts';
import type { DeviceSpec } from '../model/resource-spec.ts';
import {
  and,
  type BpfInstruction,
  copy,
  exit,
  jumpIfNot,
  jumpIfOther,
  load,
  set,
  shiftRight,
} from './bpf-instruction.ts';
import { v1File } from './paths.ts';

/** What is allowed; no rule forbids. */
export type DeviceRule = Omit<Extract<DeviceSpec, { readonly kind: 'rule' }>, 'kind'>;

const character = (major: number | '*', minor: number | '*', access: string): DeviceRule => ({
  type: 'c',
  major,
  minor,
  access,
});

/** All nodes may be made (mknod), these may be opened; everything else is denied. */
export const defaultDeviceRules: readonly DeviceRule[] = [
  character('*', '*', 'm'),
  { type: 'b', major: '*', minor: '*', access: 'm' },
  // null zero full random urandom
  character(1, 3, 'rwm'),
  character(1, 5, 'rwm'),
  character(1, 7, 'rwm'),
  character(1, 8, 'rwm'),
  character(1, 9, 'rwm'),
  // tty console ptmx pts
  character(5, 0, 'rwm'),
  character(5, 1, 'rwm'),
  character(5, 2, 'rwm'),
  character(136, '*', 'rwm'),
];

/** As devices.allow takes it: `c 1:3 rwm`. */
export const formatDeviceRule = ({ type, major, minor, access }: DeviceRule): string =>
  `${type} ${major}:${minor} ${access}`;

/** What a container may do with devices: everything, or what every container may and `rules` beside it. */
export interface DeviceAccess {
  readonly privileged?: boolean;
  readonly deviceRules?: readonly DeviceRule[];
}

/** Deny all, then allow; nothing for privileged containers or without the controller (which the driver refuses). */
export function planV1Devices(
  relative: string,
  { privileged = false, deviceRules = [] }: DeviceAccess,
  layout: CgroupLayout,
): CgroupWrite[] {
  if (privileged || layout.v1.devices === undefined) return [];
  const allow = v1File(layout, 'devices', `${relative}/app`, 'devices.allow');
  return [
    { file: v1File(layout, 'devices', `${relative}/app`, 'devices.deny'), value: 'a' },
    ...[...defaultDeviceRules, ...deviceRules].map((rule) => ({ file: allow, value: formatDeviceRule(rule) })),
  ];
}

/** struct bpf_cgroup_dev_ctx: access_type (what is done << 16 | what it is), major, minor */
const offsets = { access: 0, major: 4, minor: 8 } as const;
/** BPF_DEVCG_DEV_*, BPF_DEVCG_ACC_* */
const types = { b: 1, c: 2 } as const;
const accesses: Readonly<Record<string, number>> = { m: 1, r: 2, w: 4 };
const anyAccess = 7;

/** A BPF_PROG_TYPE_CGROUP_DEVICE program: 1 as soon as one rule allows all that is asked for, else 0 (EPERM). */
export function planDeviceProgram(rules: readonly DeviceRule[]): readonly BpfInstruction[] {
  return [
    load(2, 1, offsets.access),
    copy(3, 2),
    and(2, 0xffff),
    shiftRight(3, 16),
    load(4, 1, offsets.major),
    load(5, 1, offsets.minor),
    ...[...defaultDeviceRules, ...rules].flatMap(planRule),
    ...answer(0),
  ];
}

/** r2: type, r3: access, r4: major, r5: minor; whatever does not match skips the rest of the rule. */
function planRule({ type, major, minor, access }: DeviceRule): readonly BpfInstruction[] {
  const mask = [...access].reduce((bits, letter) => bits | (accesses[letter] ?? 0), 0);
  const steps: readonly ((toEnd: number) => BpfInstruction)[] = [
    (toEnd) => jumpIfNot(2, types[type], toEnd),
    ...(mask === anyAccess ? [] : [() => copy(1, 3), () => and(1, mask), (toEnd: number) => jumpIfOther(1, 3, toEnd)]),
    ...(major === '*' ? [] : [(toEnd: number) => jumpIfNot(4, major, toEnd)]),
    ...(minor === '*' ? [] : [(toEnd: number) => jumpIfNot(5, minor, toEnd)]),
  ];
  const end = answer(1);
  return [...steps.map((step, i) => step(steps.length - i - 1 + end.length)), ...end];
}

const answer = (value: 0 | 1): readonly BpfInstruction[] => [set(0, value), exit];

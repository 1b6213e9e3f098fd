/** The kernel's file systems in a container: /proc, /sys with cgroups, /dev; then what of them is hidden. Pure. */
import type { MountSource, RootOp } from '../model/launch-plan.ts';
import type { ContainerSpec, PodSpec } from '../model/pod-spec.ts';
import type { LaunchContext } from './launch-context.ts';
import { planCgroupMounts } from './plan-cgroup-mounts.ts';
import { planDev } from './plan-dev.ts';

export interface Mounts {
  readonly sources: readonly MountSource[];
  readonly rootOps: readonly RootOp[];
}

/** FIELD "Isolation", as runc and podman have them. */
export const maskedPaths: readonly string[] = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
  '/sys/fs/selinux',
];

/** FIELD "Isolation". */
export const readOnlyPaths: readonly string[] = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
];

/**
 * In the order to perform: parents before children, masks after what they hide. Privileged containers see everything; so does one
 * with procMount Unmasked, but only where its root is not the machine's.
 */
export function planMounts(pod: PodSpec, container: ContainerSpec, context: LaunchContext): Mounts {
  const { privileged, procMount } = container.security;
  const isOpen = privileged || (procMount === 'Unmasked' && pod.hostUsers === false);
  const dev = planDev(container, context);
  const cgroups = planCgroupMounts(context, privileged);
  return {
    sources: [...dev.sources, ...cgroups.sources],
    rootOps: [
      ...planProcAndSys(privileged),
      ...cgroups.rootOps,
      ...dev.rootOps,
      ...(isOpen ? [] : planMasks(dev.nullSource)),
    ],
  };
}

function planProcAndSys(privileged: boolean): RootOp[] {
  const strict = ['nosuid', 'nodev', 'noexec'] as const;
  return [
    { op: 'mount', type: 'proc', path: '/proc', attributes: strict, data: '' },
    { op: 'mount', type: 'sysfs', path: '/sys', attributes: privileged ? strict : ['ro', ...strict], data: '' },
  ];
}

function planMasks(nullSource: string): RootOp[] {
  return [
    ...maskedPaths.map((path): RootOp => ({ op: 'mask', path, nullSource })),
    ...readOnlyPaths.map((path): RootOp => ({ op: 'readonly', path })),
  ];
}

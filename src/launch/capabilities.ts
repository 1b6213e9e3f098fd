/** Linux capabilities by number, include/uapi/linux/capability.h. Pure. */

/** In order: the index is the number. */
export const capabilityNames: readonly string[] = [
  'CHOWN',
  'DAC_OVERRIDE',
  'DAC_READ_SEARCH',
  'FOWNER',
  'FSETID',
  'KILL',
  'SETGID',
  'SETUID',
  'SETPCAP',
  'LINUX_IMMUTABLE',
  'NET_BIND_SERVICE',
  'NET_BROADCAST',
  'NET_ADMIN',
  'NET_RAW',
  'IPC_LOCK',
  'IPC_OWNER',
  'SYS_MODULE',
  'SYS_RAWIO',
  'SYS_CHROOT',
  'SYS_PTRACE',
  'SYS_PACCT',
  'SYS_ADMIN',
  'SYS_BOOT',
  'SYS_NICE',
  'SYS_RESOURCE',
  'SYS_TIME',
  'SYS_TTY_CONFIG',
  'MKNOD',
  'LEASE',
  'AUDIT_WRITE',
  'AUDIT_CONTROL',
  'SETFCAP',
  'MAC_OVERRIDE',
  'MAC_ADMIN',
  'SYSLOG',
  'WAKE_ALARM',
  'BLOCK_SUSPEND',
  'AUDIT_READ',
  'PERFMON',
  'BPF',
  'CHECKPOINT_RESTORE',
];

/** Number of a capability named without `CAP_`; undefined when there is none of that name. */
export function capabilityNumber(name: string): number | undefined {
  const index = capabilityNames.indexOf(name);
  return index < 0 ? undefined : index;
}

/** Sorted numbers of a program's capabilities; a privileged one has all that the kernel knows. */
export function planCapabilities(names: readonly string[], privileged: boolean, last: number): number[] {
  if (privileged) return Array.from({ length: last + 1 }, (_, number) => number);
  const numbers = names.map((name) => {
    const number = capabilityNumber(name);
    if (number === undefined) throw new Error(`bug: capability ${name} passed validation`);
    return number;
  });
  return [...new Set(numbers)].filter((number) => number <= last).sort((a, b) => a - b);
}

/** Linux capabilities in the order of their numbers (0 to 40), linux/capability.h, without the CAP_ prefix. */
export const capabilityNames = [
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
] as const;

/** podman's default set (containers.conf default_capabilities). */
const defaultCapabilities: readonly string[] = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
];

/** `CAP_net_admin` → `NET_ADMIN`; not checked for existence. */
export function bareCapability(name: string): string {
  return name.toUpperCase().replace(/^CAP_/, '');
}

/** Whether Kubernetes' `add`/`drop` may name it: a capability or ALL. */
export function isCapability(name: string): boolean {
  const bare = bareCapability(name);
  return bare === 'ALL' || (capabilityNames as readonly string[]).includes(bare);
}

/** The set a container gets, in the order of the numbers; ALL is taken first, then single names, drop wins over add (as containerd does). */
export function planCapabilities(add: readonly string[], drop: readonly string[]): string[] {
  const added = add.map(bareCapability);
  const dropped = drop.map(bareCapability);
  const base = dropped.includes('ALL') ? [] : added.includes('ALL') ? capabilityNames : defaultCapabilities;
  const wanted = new Set<string>([...base, ...added].filter((name) => !dropped.includes(name)));
  return capabilityNames.filter((name) => wanted.has(name));
}

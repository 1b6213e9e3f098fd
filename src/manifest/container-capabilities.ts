/** Which capabilities a container gets of what its manifest adds and drops. */
import { capabilityNames } from '../model/capability-names.ts';

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

/** What the kernel and this process's rights allow. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { release } from 'node:os';
import { namespaceKinds } from '../../model/pod-spec.ts';
import { broken, type Check, doubtful, type Finding, fine, isRoot } from './check.ts';

export const systemChecks: readonly Check[] = [
  { name: 'root', look: checkRoot },
  { name: 'kernel', look: () => judgeKernel(release()) },
  { name: 'node', look: () => judgeNode(process.versions.node) },
  { name: 'capabilities', look: () => judgeCapabilities(readFileSync('/proc/self/status', 'utf8'), isRoot()) },
  { name: 'namespaces', look: checkNamespaces },
  { name: 'overlay', look: () => judgeOverlay(readFileSync('/proc/filesystems', 'utf8')) },
  { name: '/dev/fuse', look: checkFuse },
];

function checkRoot(): Finding {
  if (isRoot()) return fine('running as root');
  return doubtful(
    `running as uid ${process.geteuid?.()}: not everything can be checked`,
    'podd needs root: sudo podctl doctor',
  );
}

/** mount_setattr(2), which every container's mounts are made with, is of Linux 5.12; cgroup.kill (v2) of 5.14. */
export function judgeKernel(version: string): Finding {
  if (isOlder(version, [5, 12]))
    return broken(`Linux ${version}`, 'podd needs Linux 5.12 or newer (mount_setattr): update the kernel');
  return fine(`Linux ${version}`);
}

export function judgeNode(version: string): Finding {
  if (isOlder(version, [20, 19])) return broken(`Node ${version}`, 'podctl needs Node 20.19 or newer');
  return fine(`Node ${version}`);
}

function isOlder(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split(/[.-]/).map(Number);
  return ownMajor < major || (ownMajor === major && ownMinor < minor);
}

/** Numbers from linux/capability.h, of what podd and container starts cannot do without. */
const neededCapabilities = {
  CHOWN: 0,
  DAC_OVERRIDE: 1,
  FOWNER: 3,
  KILL: 5,
  SETGID: 6,
  SETUID: 7,
  SETPCAP: 8,
  NET_ADMIN: 12,
  SYS_CHROOT: 18,
  SYS_ADMIN: 21,
} as const;
const sysResource = 24;

/** `status`: text of /proc/self/status. */
export function judgeCapabilities(status: string, asRoot: boolean): Finding {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  const has = (bit: number): boolean => ((effective >> BigInt(bit)) & 1n) === 1n;
  if (!asRoot) return doubtful('cannot be checked without root', 'sudo podctl doctor');
  const missing = Object.entries(neededCapabilities).filter(([, bit]) => !has(bit));
  if (missing.length > 0) {
    const names = missing.map(([name]) => `CAP_${name}`).join(', ');
    return broken(`missing ${names}`, 'give them to podd: run it on the host, or in a privileged container');
  }
  if (has(sysResource)) return fine('all that are needed');
  return doubtful(
    'CAP_SYS_RESOURCE is missing',
    "containers keep podd's oom_score_adj where a lower one is asked for; all else works",
  );
}

function checkNamespaces(): Finding {
  const missing = namespaceKinds.filter((kind) => !existsSync(`/proc/self/ns/${kind}`));
  if (missing.length === 0) return fine(namespaceKinds.join(', '));
  return broken(
    `the kernel has no ${missing.join(', ')} namespace`,
    'use a kernel with CONFIG_NAMESPACES and all of its kinds',
  );
}

/** `filesystems`: text of /proc/filesystems. */
export function judgeOverlay(filesystems: string): Finding {
  if (/^nodev\toverlay$/m.test(filesystems)) return fine('the kernel has overlay');
  return doubtful('overlay is not loaded; containers with a rootfs need it (image: host does not)', 'modprobe overlay');
}

function checkFuse(): Finding {
  const stat = statSync('/dev/fuse', { throwIfNoEntry: false });
  if (stat?.isCharacterDevice()) return fine('present');
  const advice = 'modprobe fuse, or mknod /dev/fuse c 10 229';
  return doubtful('missing: containers will see the host in /proc/meminfo and the like', advice);
}

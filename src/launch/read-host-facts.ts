/** Facts about this machine for launch plans. */
import { existsSync, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { availableParallelism, hostname, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { readCgroupLayout } from '../cgroup/read-layout.ts';
import type { CgroupLayout } from '../model/cgroup.ts';
import { type HostFacts, publicEtcPaths, usrPaths } from './launch-context.ts';

/** Reads what plans need; a fact that cannot be read is left out rather than an error. */
export function readHostFacts(cgroupLayout: CgroupLayout = readCgroupLayout()): HostFacts {
  const localtime = linkIntoUsr('/etc/localtime');
  const osRelease = linkIntoUsr('/etc/os-release');
  return {
    hostname: hostname(),
    memoryBytes: totalmem(),
    cpus: availableParallelism(),
    resolvConf: readResolvConf(),
    hosts: readOr('/etc/hosts', ''),
    passwd: readOr('/etc/passwd', ''),
    group: readOr('/etc/group', ''),
    usrLinks: Object.fromEntries(
      usrPaths.flatMap((path) => {
        const target = linkIntoUsr(path);
        return target === undefined ? [] : [[path, target]];
      }),
    ),
    topDirs: usrPaths.filter((path) => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false),
    etcPaths: publicEtcPaths.filter((path) => existsSync(path)),
    ...(localtime === undefined ? {} : { localtime }),
    ...(osRelease === undefined ? {} : { osRelease }),
    devDirs: ['pts', 'shm', 'mqueue'].filter((name) => existsSync(`/dev/${name}`)),
    hasMqueue: /\tmqueue$/m.test(readOr('/proc/filesystems', '')),
    // 40 is CAP_CHECKPOINT_RESTORE, Linux 5.9.
    lastCapability: Number(readOr('/proc/sys/kernel/cap_last_cap', '40')),
    cgroupLayout,
  };
}

function linkIntoUsr(path: string): string | undefined {
  try {
    const target = readlinkSync(path);
    return resolve(path, '..', target).startsWith('/usr/') ? target : undefined;
  } catch {
    return undefined;
  }
}

/** systemd-resolved's stub listens on the host's loopback only: a container needs the servers behind it. */
export function readResolvConf(): string {
  const text = readOr('/etc/resolv.conf', '');
  const servers = [...text.matchAll(/^nameserver\s+(\S+)/gm)].map((match) => match[1] ?? '');
  const isStub = servers.length > 0 && servers.every((server) => server.startsWith('127.') || server === '::1');
  return isStub ? readOr('/run/systemd/resolve/resolv.conf', text) : text;
}

function readOr(file: string, fallback: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return fallback;
  }
}

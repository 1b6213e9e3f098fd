/** Who on this machine listens on which port: a hostPort would take its clients away. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type HostListener, parseListeners } from './plan-listeners.ts';

/** Of podd's network namespace. */
export function readHostListeners(): readonly HostListener[] {
  return (['tcp', 'tcp6', 'udp', 'udp6'] as const).flatMap((name) =>
    parseListeners(readText(`/proc/net/${name}`), name.startsWith('tcp') ? 'TCP' : 'UDP'),
  );
}

export interface SocketOwner {
  readonly pid: number;
  /** comm, its first 15 characters */
  readonly name: string;
  /** of cgroup v1 the lines of all hierarchies; in it stands the uid of the pod that it belongs to */
  readonly cgroup: string;
}

/** By inode; a socket of which no process is seen is left out. Looks through all processes. */
export function findSocketOwners(inodes: readonly number[]): ReadonlyMap<number, SocketOwner> {
  const wanted = new Map(inodes.map((inode) => [`socket:[${inode}]`, inode]));
  const owners = new Map<number, SocketOwner>();
  for (const pid of list('/proc').filter((name) => /^\d+$/.test(name))) {
    if (owners.size === wanted.size) break;
    for (const fd of list(`/proc/${pid}/fd`)) {
      const inode = wanted.get(linkOf(`/proc/${pid}/fd/${fd}`));
      if (inode === undefined || owners.has(inode)) continue;
      const name = readText(`/proc/${pid}/comm`).trim();
      owners.set(inode, { pid: Number(pid), name, cgroup: readText(`/proc/${pid}/cgroup`) });
    }
  }
  return owners;
}

/** What goes away meanwhile, or is not there on this machine, has nothing to tell. */
function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

const list = (path: string): readonly string[] => attempt(() => readdirSync(path), []);
const linkOf = (path: string): string => attempt(() => readlinkSync(path), '');
const readText = (path: string): string => attempt(() => readFileSync(path, 'utf8'), '');

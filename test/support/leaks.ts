/** Proof that an instance left nothing behind: every kind of kernel object is looked for and named. */
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type MachineNetwork, networkDifferences, readMachineNetwork } from './network-leaks.ts';
import { allPids, ancestors, readProc, readProcess } from './processes.ts';
import { waitFor } from './wait-for.ts';

export interface HostSnapshot {
  readonly network: MachineNetwork;
  readonly namespaces: ReadonlySet<string>;
}

/** What tells an instance's things from everybody else's. */
export interface InstanceMark {
  /** the temporary directory that holds its root and run directories */
  readonly base: string;
  /** last part of its cgroup parent; absent when podd never ran */
  readonly cgroupName?: string;
  /** what it was seen to have while it ran: `pid@start` of podds and zygotes, `kind:[inode]` of namespaces */
  readonly seen: { readonly processes: Set<string>; readonly namespaces: Set<string> };
}

const namespaceKinds = ['net', 'ipc', 'uts', 'pid', 'mnt', 'cgroup', 'time', 'user'] as const;

/** The machine before an instance starts. */
export function snapshotHost(): HostSnapshot {
  return {
    network: readMachineNetwork(),
    namespaces: new Set(allPids().flatMap((pid) => [...namespacesOf(pid)])),
  };
}

/** Everything of the instance that is still there, one line each; empty when it is clean. Called after `system stop`. */
export function findLeaks(before: HostSnapshot, mark: InstanceMark): string[] {
  return [
    ...processLeaks(mark),
    ...cgroupLeaks(mark),
    ...mountLeaks(mark),
    ...namespaceLeaks(before, mark),
    ...networkDifferences(before.network, readMachineNetwork()),
    ...sharedFileLeaks(mark),
    ...socketLeaks(mark),
    ...fileLeaks(mark),
  ];
}

/** Throws an error that lists what is left; gives dying processes ten seconds to be reaped. */
export async function expectNothingLeft(before: HostSnapshot, mark: InstanceMark): Promise<void> {
  try {
    await waitFor('nothing left', () => findLeaks(before, mark).length === 0, 10_000, 50);
  } catch {
    const left = findLeaks(before, mark);
    if (left.length > 0) throw new Error(`left behind by the instance in ${mark.base}:\n  ${left.join('\n  ')}`);
  }
}

/** Host pids that belong to the instance: in its cgroups, started with its environment, or seen as its mains. */
export function instancePids(mark: InstanceMark): number[] {
  return allPids().filter((pid) => pid !== process.pid && belongs(pid, mark));
}

function belongs(pid: number, mark: InstanceMark): boolean {
  if (mark.seen.processes.has(identity(pid))) return true;
  const paths = (readProc(pid, 'cgroup') ?? '').split('\n').map((line) => `${line}/`);
  if (mark.cgroupName !== undefined && paths.some((path) => path.includes(`/${mark.cgroupName}/`))) return true;
  const environment = readProc(pid, 'environ') ?? '';
  return environment.split('\0').some((entry) => entry.startsWith(`PODCTL_RUN=${mark.base}/`));
}

function processLeaks(mark: InstanceMark): string[] {
  return instancePids(mark).flatMap((pid) => {
    const facts = readProcess(pid);
    // An orphan that has ended waits for the machine's own PID 1, which takes its time.
    if (facts?.state === 'Z' && facts.ppid === 1) return [];
    const command = (readProc(pid, 'cmdline') ?? '').replaceAll('\0', ' ').trim();
    return `process ${pid} ${facts?.state ?? 'gone'} ${facts?.comm ?? ''}: ${command}`;
  });
}

/** Directories of the instance in every hierarchy, also where a hierarchy shows only a part of itself. */
export function cgroupDirs(cgroupName: string): string[] {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  const points = mounts.map((line) => line.split(' ')).filter(([, , type]) => type === 'cgroup' || type === 'cgroup2');
  return points.flatMap(([, point]) => directoriesNamed(point ?? '', cgroupName, 4));
}

function cgroupLeaks(mark: InstanceMark): string[] {
  return mark.cgroupName === undefined ? [] : cgroupDirs(mark.cgroupName).map((dir) => `cgroup ${dir}`);
}

function directoriesNamed(dir: string, name: string, depth: number): string[] {
  if (depth === 0) return [];
  const below = list(dir).filter((entry) => isDirectory(join(dir, entry)));
  return below.flatMap((entry) =>
    entry === name ? [join(dir, entry)] : directoriesNamed(join(dir, entry), name, depth - 1),
  );
}

function mountLeaks(mark: InstanceMark): string[] {
  const seen = new Set<string>();
  for (const pid of allPids()) {
    for (const line of (readProc(pid, 'mountinfo') ?? '').split('\n')) {
      if (line.includes(mark.base)) seen.add(`mount in the namespace of ${pid} (${readProcess(pid)?.comm}): ${line}`);
    }
  }
  return [...seen];
}

/** Namespaces that the instance was seen with, and new ones of our own descendants. */
function namespaceLeaks(before: HostSnapshot, mark: InstanceMark): string[] {
  const leaks = new Set<string>();
  for (const pid of allPids().filter((other) => other !== process.pid)) {
    // The kernel soon gives the number of a namespace that has ended to a new one.
    if (isOfAnotherInstance(pid, mark)) continue;
    const isDescendant = ancestors(pid).includes(process.pid);
    for (const namespace of namespacesOf(pid)) {
      const isOurs = mark.seen.namespaces.has(namespace) || (isDescendant && !before.namespaces.has(namespace));
      if (isOurs) leaks.add(`namespace ${namespace} held by ${pid} (${readProcess(pid)?.comm})`);
    }
  }
  return [...leaks];
}

function isOfAnotherInstance(pid: number, mark: InstanceMark): boolean {
  if (belongs(pid, mark)) return false;
  // a zygote holds the namespaces of its pods, and is in no cgroup of theirs
  const command = readProc(pid, 'cmdline') ?? '';
  const isTheirZygote = command.includes('podinit.cjs\0') && !command.includes(`\0${mark.base}/`);
  return isTheirZygote || /:\/podctl[^/\n]*\//.test(readProc(pid, 'cgroup') ?? '');
}

/** Adds to the mark what a running instance has, so that a leak of it is known as its own later. */
export function remember(before: HostSnapshot, mark: InstanceMark, mains: readonly number[]): void {
  for (const pid of mains) mark.seen.processes.add(identity(pid));
  for (const pid of [...mains, ...instancePids(mark)]) {
    for (const namespace of namespacesOf(pid))
      if (!before.namespaces.has(namespace)) mark.seen.namespaces.add(namespace);
  }
}

/** Namespaces held open by a process through descriptors; a zygote without pods holds none. */
export function heldNamespaces(pid: number): string[] {
  const targets = list(`/proc/${pid}/fd`).flatMap((fd) => link(`/proc/${pid}/fd/${fd}`));
  return targets.filter((target) => /^(net|ipc|uts|pid|mnt|cgroup|time|user):\[/.test(target));
}

function namespacesOf(pid: number): Set<string> {
  return new Set([...namespaceKinds.flatMap((kind) => link(`/proc/${pid}/ns/${kind}`)), ...heldNamespaces(pid)]);
}

function socketLeaks(mark: InstanceMark): string[] {
  const lines = readFileSync('/proc/net/unix', 'utf8').split('\n');
  return lines.filter((line) => line.includes(mark.base)).map((line) => `socket ${line.trim()}`);
}

/** What all podctls of the machine know together, network/machine-file.ts: a part of this instance in it. */
function sharedFileLeaks({ base }: InstanceMark): string[] {
  const files = ['/run/podctl-forwarding.json', '/run/podctl-ranges.json'].filter((path) => existsSync(path));
  return files.filter((path) => readFileSync(path, 'utf8').includes(`"${base}/`)).map((path) => `its part of ${path}`);
}

/** Sockets and per-container directories in run; records, logs, layers and volumes of pods in root. podd's own log may stay. */
function fileLeaks(mark: InstanceMark): string[] {
  const emptied = [
    'run/i',
    'root/pods',
    'root/logs',
    'root/layers',
    'root/volumes',
    'run/volumes',
    'root/quarantine',
  ].map((dir) => join(mark.base, dir));
  const left = emptied.flatMap((dir) => list(dir).map((entry) => `file ${join(dir, entry)}`));
  const run = join(mark.base, 'run');
  const sockets = list(run).filter((entry) => isSocket(join(run, entry)));
  return [...left, ...sockets.map((entry) => `socket file ${join(run, entry)}`)];
}

const identity = (pid: number): string => `${pid}@${readProcess(pid)?.startTicks ?? 0}`;

function list(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}

function link(path: string): string[] {
  try {
    return [readlinkSync(path)];
  } catch {
    return [];
  }
}

/** False when it vanishes while it is looked at: ENOENT, for a cgroup ENODEV. */
function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function isSocket(path: string): boolean {
  try {
    return statSync(path).isSocket();
  } catch {
    return false;
  }
}

/** Last part of a cgroup parent such as `/podctl-1a2b`. */
export const cgroupNameOf = (parent: string): string => basename(parent);

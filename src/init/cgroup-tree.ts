/** The container's cgroup as PID 1 uses it after the pivot: `app` by directory fds opened on the host, everything below by name. */
import { closeSync, constants, existsSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { posix } from 'node:path';
import { openAt, openDirectory } from '../linux/at.ts';
import { trySignal } from '../linux/process.ts';
import { type CgroupWrite, cgroupJoinFile, isBelow } from '../model/cgroup.ts';
import type { CgroupPlacement } from '../model/launch-plan.ts';
import type { ProcessTree } from './process-tree.ts';

const { O_RDONLY, O_WRONLY } = constants;
const SIGKILL = 9;

/** Open what is needed later; must run before the pivot. */
export const openCgroupTree = (placement: CgroupPlacement): CgroupTree => new CgroupTree(placement);

/** A leaf's files are opened at each use: 500 programs in 7 hierarchies would hold 3,500 fds. */
export class CgroupTree implements ProcessTree {
  readonly #layout: CgroupPlacement['layout'];
  /** O_PATH handles of `app`, one per hierarchy */
  readonly app: readonly number[];
  /** of each directory of `app` */
  readonly #joinFiles: readonly string[];
  /** the planner may have changed a name that every cgroup directory has as a file */
  readonly #directories = new Map<string, string>();
  readonly #oomKills = new Map<string, number>();
  readonly #memory: number | undefined;
  readonly #cpu: number | undefined;
  /** v2 */
  readonly #killer: number | undefined;
  readonly #freezer: number | undefined;

  constructor(placement: CgroupPlacement) {
    const { layout, app, leaves, unified } = placement;
    this.#layout = layout;
    this.app = app.map(openDirectory);
    this.#joinFiles = app.map((path) => cgroupJoinFile(layout, path, unified));
    const having = (file: string): number | undefined =>
      this.app[app.findIndex((path) => existsSync(`${path}/${file}`))];
    this.#memory = having(this.#oomFile());
    this.#cpu = having(this.#cpuFile());
    this.#killer = layout === 'v2' ? having('cgroup.kill') : undefined;
    this.#freezer = layout === 'v2' ? this.app[0] : having('freezer.state');
    this.addLeaves(leaves);
  }

  withJoinFds<T>(leaf: string, spawn: (fds: readonly number[]) => T): T {
    const directory = this.#directories.get(leaf);
    const fds: number[] = [];
    try {
      if (directory !== undefined) {
        this.app.forEach((app, n) => {
          fds.push(openAt(app, `${directory}/${this.#joinFiles[n]}`, O_WRONLY));
        });
      }
      return spawn(fds);
    } finally {
      fds.forEach(closeSync);
    }
  }

  /** The kernel knows. */
  started(): void {}
  reaped(): void {}

  processesOf(leaf: string): readonly number[] {
    const directory = this.#directories.get(leaf);
    // every hierarchy holds the same processes: the first will do
    const [app] = this.app;
    if (directory === undefined || app === undefined) return [];
    return parsePids(readAt(app, `${directory}/cgroup.procs`));
  }

  /** Every thread of every leaf. */
  threads(): readonly number[] {
    const [app] = this.app;
    if (app === undefined) return [];
    const file = this.#layout === 'v2' ? 'cgroup.threads' : 'tasks';
    return [...this.#directories.values()].flatMap((directory) => parsePids(readAt(app, `${directory}/${file}`)));
  }

  isEmpty(leaf: string): boolean {
    return this.processesOf(leaf).length === 0;
  }

  canFreeze(): boolean {
    return this.#freezer !== undefined;
  }

  /** v1 may stay FREEZING: it looks again when it is written again (freezer-subsystem.rst) */
  freeze(leaf?: string): boolean {
    const prefix = this.#prefixOf(leaf);
    if (prefix === undefined) return true;
    this.#setFrozen(prefix, true);
    return this.#stateIn(prefix) === 'frozen';
  }

  thaw(leaf?: string): void {
    const prefix = this.#prefixOf(leaf);
    if (prefix !== undefined) this.#setFrozen(prefix, false);
  }

  isFrozen(leaf: string): boolean {
    const prefix = this.#prefixOf(leaf);
    return prefix !== undefined && this.#stateIn(prefix) !== 'thawed';
  }

  signal(leaf: string, signal: number): void {
    for (const pid of this.processesOf(leaf)) trySignal(pid, signal);
  }

  killLeaf(leaf: string): void {
    const directory = this.#directories.get(leaf);
    if (directory !== undefined) this.#kill(`${directory}/`, [leaf]);
  }

  killAll(): void {
    this.#kill('', [...this.#directories.keys()]);
  }

  wasOomKilled(leaf: string): boolean {
    const directory = this.#directories.get(leaf);
    if (directory === undefined || this.#memory === undefined) return false;
    // v1 memory.oom_control and v2 memory.events both have a line `oom_kill N`
    const text = readAt(this.#memory, `${directory}/${this.#oomFile()}`);
    const count = Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
    const isMore = count > (this.#oomKills.get(leaf) ?? 0);
    this.#oomKills.set(leaf, count);
    return isMore;
  }

  forgetKills(leaf: string, kills: number): void {
    if (kills > (this.#oomKills.get(leaf) ?? 0)) this.#oomKills.set(leaf, kills);
  }

  /** v1 cpuacct.usage counts ns; v2 cpu.stat has a line `usage_usec N` */
  cpuMs(leaf: string): number | undefined {
    const directory = this.#directories.get(leaf);
    if (directory === undefined || this.#cpu === undefined) return undefined;
    const text = readAt(this.#cpu, `${directory}/${this.#cpuFile()}`);
    const [, used] = /^(?:usage_usec )?(\d+)$/m.exec(text) ?? [];
    return used === undefined ? undefined : Number(used) / (this.#layout === 'v2' ? 1e3 : 1e6);
  }

  addLeaves(leaves: CgroupPlacement['leaves']): void {
    for (const [leaf, [path = '']] of Object.entries(leaves)) this.#directories.set(leaf, posix.basename(path));
  }

  dropLeaf(leaf: string): void {
    this.#directories.delete(leaf);
    this.#oomKills.delete(leaf);
  }

  close(): void {
    this.app.forEach(closeSync);
  }

  #oomFile(): string {
    return this.#layout === 'v2' ? 'memory.events' : 'memory.oom_control';
  }

  #cpuFile(): string {
    return this.#layout === 'v2' ? 'cpu.stat' : 'cpuacct.usage';
  }

  #kill(prefix: string, leaves: readonly string[]): void {
    if (this.#killer !== undefined) return writeAt(this.#killer, `${prefix}cgroup.kill`, '1');
    // nothing can fork while frozen; the KILL takes effect on thaw
    this.#setFrozen(prefix, true);
    try {
      for (const leaf of leaves) this.signal(leaf, SIGKILL);
    } finally {
      this.#setFrozen(prefix, false);
    }
  }

  /** Of a leaf that is not known there is none. */
  #prefixOf(leaf: string | undefined): string | undefined {
    if (leaf === undefined) return '';
    const directory = this.#directories.get(leaf);
    return directory === undefined ? undefined : `${directory}/`;
  }

  #setFrozen(prefix: string, isWanted: boolean): void {
    if (this.#freezer === undefined) return;
    if (this.#layout === 'v2') writeAt(this.#freezer, `${prefix}cgroup.freeze`, isWanted ? '1' : '0');
    else writeAt(this.#freezer, `${prefix}freezer.state`, isWanted ? 'FROZEN' : 'THAWED');
  }

  #stateIn(prefix: string): 'frozen' | 'freezing' | 'thawed' {
    if (this.#freezer === undefined) return 'thawed';
    if (this.#layout === 'v2')
      return /^frozen 1$/m.test(readAt(this.#freezer, `${prefix}cgroup.events`)) ? 'frozen' : 'thawed';
    const state = readAt(this.#freezer, `${prefix}freezer.state`).trim();
    if (state === 'FROZEN') return 'frozen';
    return state === 'FREEZING' ? 'freezing' : 'thawed';
  }
}

/** 0 stands for one outside of this pid namespace. */
const parsePids = (text: string): number[] =>
  text
    .split('\n')
    .map(Number)
    .filter((pid) => pid > 0);

/** A privileged container may have removed the directory: then there is nothing to do in it. */
function writeAt(directory: number, name: string, value: string): void {
  let fd = -1;
  try {
    fd = openAt(directory, name, O_WRONLY);
    writeSync(fd, value);
  } catch (error) {
    if (!isGone(error)) throw error;
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}

const page = Buffer.allocUnsafeSlow(4096);

/** Between a crash and the restart three such files are read: without fstat, and where a page holds it all with one read. */
function readAt(directory: number, name: string): string {
  let fd = -1;
  try {
    fd = openAt(directory, name, O_RDONLY);
    const got = readSync(fd, page);
    const text = page.toString('latin1', 0, got);
    return got < page.length / 2 ? text : text + readFileSync(fd, 'latin1');
  } catch (error) {
    if (isGone(error)) return '';
    throw error;
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}

/** EOPNOTSUPP: it was made threaded, and its processes are listed above it. */
const isGone = (error: unknown): boolean =>
  ['ENOENT', 'ENODEV', 'EOPNOTSUPP'].includes((error as NodeJS.ErrnoException).code ?? '');

/** Move this process into one group of every hierarchy; `directories` are of the given placement. */
export function joinCgroups(directories: readonly string[], { layout, unified }: CgroupPlacement): void {
  for (const path of directories) writeFileSync(`${path}/${cgroupJoinFile(layout, path, unified)}`, '0');
}

/** Where the cgroup namespace is to have its roots: not on the cgroup2 of a hybrid layout, whose `app` hands down controllers and so takes no process. */
export const namespaceRoots = ({ app, unified }: CgroupPlacement): readonly string[] =>
  unified === undefined ? app : app.filter((path) => !isBelow(path, unified));

/**
 * On v2 a cgroup with processes of its own cannot hand controllers to children (no internal processes, cgroup-v2.rst):
 * `app` can do so only after podinit has left it.
 */
export function enableLeafControllers(placement: CgroupPlacement): void {
  if (placement.layout !== 'v2') return;
  for (const path of placement.app) {
    const controllers = readFileSync(`${path}/cgroup.controllers`, 'latin1').trim().split(' ').filter(Boolean);
    writeFileSync(`${path}/cgroup.subtree_control`, controllers.map((controller) => `+${controller}`).join(' '));
  }
  placement.leafWrites?.forEach(writeLimit);
}

/** A weight that the kernel does not have is worth no failed start. */
function writeLimit({ file, value, wish = false }: CgroupWrite): void {
  try {
    writeFileSync(file, value);
  } catch (error) {
    if (!wish) throw new Error(`write ${value} to ${file}: ${errorCode(error)}`);
  }
}

const errorCode = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);

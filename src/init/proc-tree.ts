/**
 * The processes of programs where there are no cgroups: who descends from a process started for the program, is in its
 * session, or was left to podinit and carries its PODINIT_PROGRAM variable. What leaves its parents and its session and
 * clears its environment, all three, belongs to no program; it ends with podinit.
 */
import { currentPid, trySignal } from '../linux/process.ts';
import { descendantsOf, type ProcessEntry, readProcessTable, readVariable } from '../linux/process-table.ts';
import type { ProcessTree } from './process-tree.ts';

/** In the environment of every program: its key. Inherited through setsid and double forks. */
export const programVariable = 'PODINIT_PROGRAM';

const SIGKILL = 9;

export const createProcTree = (): ProcessTree => new ProcTree();

class ProcTree implements ProcessTree {
  /** started for the leaf and not reaped */
  readonly #roots = new Map<number, string>();
  /** sessions of a leaf by the pid of their leader, which may be gone: the kernel keeps the number while the session has members */
  readonly #sessions = new Map<number, string>();
  /** which leaf an orphan's environment names, by pid and start time */
  #marks = new Map<string, string>();
  /** what /proc said in this turn of the event loop */
  #snapshot: Map<string, readonly number[]> | undefined;

  withJoinFds<T>(_leaf: string, spawn: (fds: readonly number[]) => T): T {
    return spawn([]);
  }

  started(leaf: string, pid: number): void {
    this.#roots.set(pid, leaf);
    this.#sessions.set(pid, leaf);
    this.#snapshot = undefined;
  }

  reaped(pid: number): void {
    this.#roots.delete(pid);
    this.#snapshot = undefined;
  }

  processesOf(leaf: string): readonly number[] {
    return this.#look().get(leaf) ?? [];
  }

  isEmpty(leaf: string): boolean {
    return this.processesOf(leaf).length === 0;
  }

  canFreeze(): boolean {
    return false;
  }

  freeze(): boolean {
    return false;
  }

  thaw(): void {}

  isFrozen(): boolean {
    return false;
  }

  signal(leaf: string, signal: number): void {
    for (const pid of this.processesOf(leaf)) trySignal(pid, signal);
    this.#snapshot = undefined;
  }

  killLeaf(leaf: string): void {
    this.signal(leaf, SIGKILL);
  }

  killAll(): void {
    for (const { pid } of descendantsOf(new Set([currentPid()]), readProcessTable())) trySignal(pid, SIGKILL);
    this.#snapshot = undefined;
  }

  /** Without a cgroup of its own nobody counts for a program. */
  wasOomKilled(): boolean {
    return false;
  }

  forgetKills(): void {}

  cpuMs(): undefined {}

  addLeaves(): void {}
  dropLeaf(): void {}
  close(): void {}

  #look(): Map<string, readonly number[]> {
    if (this.#snapshot === undefined) {
      this.#snapshot = this.#assign(readProcessTable());
      setImmediate(() => {
        this.#snapshot = undefined;
      });
    }
    return this.#snapshot;
  }

  /** Parents come before their children in descendantsOf, so each process finds its parent's leaf decided. */
  #assign(table: readonly ProcessEntry[]): Map<string, readonly number[]> {
    const self = currentPid();
    const all = descendantsOf(new Set([self]), table);
    const marks = new Map<string, string>();
    const leafOf = new Map<number, string>();
    for (const entry of all) {
      const leaf = this.#leafOf(entry, entry.ppid === self ? undefined : leafOf.get(entry.ppid), marks);
      if (leaf !== undefined) leafOf.set(entry.pid, leaf);
    }
    this.#marks = marks;
    this.#forgetSessions(all);
    return membersByLeaf(all, leafOf);
  }

  #forgetSessions(all: readonly ProcessEntry[]): void {
    const sessions = new Set(all.map(({ session }) => session));
    for (const session of this.#sessions.keys()) if (!sessions.has(session)) this.#sessions.delete(session);
  }

  #leafOf(entry: ProcessEntry, parents: string | undefined, marks: Map<string, string>): string | undefined {
    return this.#roots.get(entry.pid) ?? parents ?? this.#sessions.get(entry.session) ?? this.#markOf(entry, marks);
  }

  /** Only of orphans; read once, since a process may change its environment but not whose it is. */
  #markOf({ pid, startTicks }: ProcessEntry, marks: Map<string, string>): string | undefined {
    const id = `${pid} ${startTicks}`;
    const mark = this.#marks.get(id) ?? readVariable(pid, programVariable) ?? '';
    marks.set(id, mark);
    return mark === '' ? undefined : mark;
  }
}

function membersByLeaf(
  all: readonly ProcessEntry[],
  leafOf: ReadonlyMap<number, string>,
): Map<string, readonly number[]> {
  const members = new Map<string, number[]>();
  for (const { pid, state } of all) {
    const leaf = leafOf.get(pid);
    if (leaf === undefined || state === 'Z' || state === 'X') continue;
    const pids = members.get(leaf);
    if (pids === undefined) members.set(leaf, [pid]);
    else pids.push(pid);
  }
  return members;
}

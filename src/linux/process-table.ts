/** The processes of this pid namespace as /proc lists them; those that end meanwhile are simply absent. */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessEntry {
  readonly pid: number;
  readonly ppid: number;
  /** one letter, proc_pid_stat(5); Z: ended, not reaped */
  readonly state: string;
  /** setsid(2) */
  readonly session: number;
  /** clock ticks since boot */
  readonly startTicks: number;
}

export function readProcessTable(): ProcessEntry[] {
  const names = readdirSync('/proc').filter((name) => name >= '1' && name < ':');
  return readProcessEntries(names.map(Number));
}

/** Of these processes, as far as they are there. */
export const readProcessEntries = (pids: readonly number[]): ProcessEntry[] =>
  pids.map(readEntry).filter((entry) => entry !== undefined);

function readEntry(pid: number): ProcessEntry | undefined {
  const stat = readProc(pid, 'stat');
  if (stat === undefined) return undefined;
  // the name in parentheses may itself hold blanks and parentheses
  const fields = stat
    .toString('latin1')
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ');
  return {
    pid,
    state: fields[0] ?? '?',
    ppid: Number(fields[1]),
    session: Number(fields[3]),
    startTicks: Number(fields[19]),
  };
}

/** One variable of the environment a process was started with; undefined without it, or when it may not be read. */
export function readVariable(pid: number, name: string): string | undefined {
  const bytes = readProc(pid, 'environ');
  const entry = bytes
    ?.toString('latin1')
    .split('\0')
    .find((one) => one.startsWith(`${name}=`));
  return entry?.slice(name.length + 1);
}

function readProc(pid: number, file: string): Buffer | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`);
  } catch {
    return undefined;
  }
}

/** All processes below these, nearest first, without them. */
export function descendantsOf(pids: ReadonlySet<number>, table: readonly ProcessEntry[]): ProcessEntry[] {
  const children = new Map<number, ProcessEntry[]>();
  for (const entry of table) {
    const siblings = children.get(entry.ppid);
    if (siblings === undefined) children.set(entry.ppid, [entry]);
    else siblings.push(entry);
  }
  const found: ProcessEntry[] = [];
  const seen = new Set(pids);
  const take = (pid: number): void => {
    for (const entry of children.get(pid) ?? []) {
      if (seen.has(entry.pid)) continue;
      seen.add(entry.pid);
      found.push(entry);
    }
  };
  pids.forEach(take);
  // grows while it is walked
  for (const { pid } of found) take(pid);
  return found;
}

/** What /proc says about processes; a process that ends meanwhile is simply absent. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface ProcessFacts {
  readonly pid: number;
  readonly ppid: number;
  readonly comm: string;
  readonly state: string;
  readonly startTicks: number;
}

/** All pids of this pid namespace. */
export function allPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** /proc/pid/stat, proc(5); undefined when the process is gone. */
export function readProcess(pid: number): ProcessFacts | undefined {
  const text = readProc(pid, 'stat');
  if (text === undefined) return undefined;
  const close = text.lastIndexOf(')');
  const fields = text.slice(close + 2).split(' ');
  return {
    pid,
    comm: text.slice(text.indexOf('(') + 1, close),
    state: fields[0] ?? '?',
    ppid: Number(fields[1]),
    startTicks: Number(fields[19]),
  };
}

/** A file under /proc/pid as text; undefined when the process is gone. */
export function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}

/** `kind:[inode]` of a namespace of a process; undefined when the process is gone. */
export function readNamespace(pid: number | 'self', kind: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`);
  } catch {
    return undefined;
  }
}

/** Pids whose path in any cgroup hierarchy contains `part` (a pod uid, an instance's parent). */
export function pidsInCgroup(part: string): number[] {
  return allPids().filter((pid) => readProc(pid, 'cgroup')?.includes(part) ?? false);
}

/** The process's pid in its innermost pid namespace (NSpid of /proc/pid/status). */
export function innerPid(pid: number): number | undefined {
  const line = readProc(pid, 'status')?.match(/^NSpid:\s+(.*)$/m)?.[1];
  return line === undefined ? undefined : Number(line.trim().split(/\s+/).at(-1));
}

/** Parents up to pid 1, nearest first. */
export function ancestors(pid: number): number[] {
  const chain: number[] = [];
  for (let at = readProcess(pid)?.ppid; at !== undefined && at > 0 && !chain.includes(at); at = readProcess(at)?.ppid) {
    chain.push(at);
  }
  return chain;
}

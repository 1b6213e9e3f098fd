/** Readers of /proc on the host. */
import { readFileSync } from 'node:fs';

/** Field 22 of /proc/<pid>/stat, proc_pid_stat(5): clock ticks since boot; undefined when the process is gone. */
export function readStartTicks(pid: number | 'self'): number | undefined {
  const fields = readStat(pid);
  return fields === undefined ? undefined : Number(fields[19]);
}

/** True while the process lives; a zombie is dead. */
export function isAlive(pid: number, startTicks: number): boolean {
  const fields = readStat(pid);
  return fields !== undefined && Number(fields[19]) === startTicks && fields[0] !== 'Z' && fields[0] !== 'X';
}

/** Field 52 of /proc/<pid>/stat of a process that has ended and was not reaped: its raw wait status. Needs CAP_SYS_PTRACE. */
export function readZombieStatus(pid: number): number | undefined {
  const fields = readStat(pid);
  return fields?.[0] === 'Z' ? Number(fields[49]) : undefined;
}

/** The fields after the name, which may itself hold spaces and parentheses. */
function readStat(pid: number | 'self'): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** NSpid of /proc/<pid>/status, proc_pid_status(5): its pid in each namespace from the reader's own inwards; empty when it is gone. */
export function innerPids(pid: number): readonly number[] {
  const [, list = ''] = /^NSpid:\t(.+)$/m.exec(readStatus(pid)) ?? [];
  return list === '' ? [] : list.split('\t').map(Number);
}

/** True when SIGKILL was sent to it and it has not ended yet, or has given its memory back already: a zombie, or one that ends. */
export function hasPendingKill(pid: number): boolean {
  const status = readStatus(pid);
  const [, pending = '0'] = /^ShdPnd:\t([0-9a-f]+)$/m.exec(status) ?? [];
  const [, own = '0'] = /^SigPnd:\t([0-9a-f]+)$/m.exec(status) ?? [];
  return !/^VmSize:/m.test(status) || [pending, own].some((set) => (BigInt(`0x${set}`) & killBit) !== 0n);
}

/** SIGKILL is 9, the lowest bit is signal 1. */
const killBit = 1n << 8n;

function readStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

/** Changes at every boot: tells records of this boot from older ones. */
export const readBootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** Whether any process has this pid, a zombie included; also one that may not be signalled. */
export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether a process of this pid runs: one that has ended does not, however long its parent takes to reap it. */
export function processRuns(pid: number): boolean {
  const state = readStat(pid)?.[0];
  return processExists(pid) && state !== 'Z' && state !== 'X';
}

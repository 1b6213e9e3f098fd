/** The root directory of a living container, as its PID 1 has it, with all its mounts. */
import { closeSync } from 'node:fs';
import { openDirectory } from '../linux/at.ts';
import { isAlive } from '../linux/procfs.ts';
import { rootOf } from '../linux/user-namespace.ts';
import type { InitRecord } from '../protocol/init.ts';

export interface ContainerRoot {
  /** O_PATH handle: it leads to this container's files and no other's, whatever becomes of the pid */
  readonly fd: number;
  /** its root's id on the machine */
  readonly rootId: number;
  /** once it has ended, what is written goes nowhere */
  readonly isAlive: () => boolean;
  readonly close: () => void;
}

/** Undefined when it does not run any more. */
export function openContainerRoot({
  pid,
  startTicks,
}: Pick<InitRecord, 'pid' | 'startTicks'>): ContainerRoot | undefined {
  const fd = openOr(`/proc/${pid}/root`);
  if (fd === undefined) return undefined;
  const rootId = rootIdOr(pid);
  // asked afterwards: the pid was not another's when its root was opened
  if (rootId !== undefined && isAlive(pid, startTicks))
    return { fd, rootId, isAlive: () => isAlive(pid, startTicks), close: () => closeSync(fd) };
  closeSync(fd);
  return undefined;
}

function rootIdOr(pid: number): number | undefined {
  try {
    return rootOf(pid);
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

function openOr(path: string): number | undefined {
  try {
    return openDirectory(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Files below /proc/sys, by their path there: `net/ipv4/ip_forward`. Names of links may hold dots, so paths they are. */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';

const chunk = Buffer.alloc(256);

/** The value without its line end; undefined where there is none: another kernel, a link that is gone. */
export const readSysctl = (path: string): string | undefined => withSysctl(path, constants.O_RDONLY, read);

/** `absent` where there is none of that name. Not written when it has the value. */
export function setSysctl(path: string, value: string): 'absent' | 'same' | 'changed' {
  const done = withSysctl(path, constants.O_RDWR, (fd) => {
    if (read(fd) === value) return 'same';
    writeSync(fd, value, 0);
    return 'changed';
  });
  return done ?? 'absent';
}

const read = (fd: number): string => chunk.toString('latin1', 0, readSync(fd, chunk, 0, chunk.length, 0)).trim();

function withSysctl<T>(path: string, flags: number, act: (fd: number) => T): T | undefined {
  let fd: number;
  try {
    fd = openSync(`/proc/sys/${path}`, flags);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return act(fd);
  } finally {
    closeSync(fd);
  }
}

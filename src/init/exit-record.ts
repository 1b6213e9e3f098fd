/** init.json and exit.json on the host's run directory, by directory fd: they work after the pivot and on any root. */
import { closeSync, constants, writeSync } from 'node:fs';
import { openAt, renameAt } from '../linux/at.ts';
import type { ExitRecord, InitNote, InitRecord } from '../protocol/init.ts';
import type { ContainerEnd } from './machine.ts';

/** Whole or not at all: temp file, then rename. The directory is on a tmpfs, so nothing is synced. */
export function writeRunRecord(
  directory: number,
  name: 'init.json' | 'exit.json',
  record: InitRecord | ExitRecord,
): void {
  const temporary = `${name}.tmp`;
  const fd = openAt(directory, temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, 0o600);
  try {
    writeSync(fd, JSON.stringify(record));
  } finally {
    closeSync(fd);
  }
  renameAt(directory, temporary, name);
}

export const exitRecord = (
  id: string,
  end: ContainerEnd,
  startedAt: string | undefined,
  notes: readonly InitNote[],
): ExitRecord => ({
  id,
  ...end,
  ...(notes.length === 0 ? {} : { notes }),
  ...(startedAt === undefined ? {} : { startedAt }),
  finishedAt: new Date().toISOString(),
});

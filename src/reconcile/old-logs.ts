/** The logs of a container's earlier runs: the previous one is kept for `logs --previous`, as kubelet does. */
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { listDirectory } from './layers.ts';

/** Removes, rotated files too, what runs before the previous one left. Never rejects: old files must not refuse a start. */
export async function removeOldLogs(logDir: string, attempt: number): Promise<void> {
  const names = listDirectory(logDir).filter((name) => isOldLog(name, attempt));
  await Promise.allSettled(names.map((name) => unlink(join(logDir, name))));
}

/** `<attempt>.log`, `<attempt>.<key>.log` or a rotated file of these (model/program-name.ts), of a run before the previous one. */
export function isOldLog(name: string, attempt: number): boolean {
  const number = /^(\d+)\.(?:.+\.)?log(?:\.\d+)?$/.exec(name)?.[1];
  return number !== undefined && Number(number) < attempt - 1;
}

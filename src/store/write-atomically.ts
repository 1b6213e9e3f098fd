/** Replace a file so that after a crash at any instant either the old or the new text is there. */
import { renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

export type WriteStep =
  /** create or truncate, write, fsync(2) */
  | { readonly step: 'write'; readonly path: string; readonly text: string }
  | { readonly step: 'rename'; readonly from: string; readonly to: string }
  /** fsync(2) of the directory: makes the rename outlive a power cut */
  | { readonly step: 'syncDirectory'; readonly path: string };

export const temporarySuffix = '.tmp';

/** The steps of one replacement, in order. */
export function planAtomicWrite(path: string, text: string): readonly [WriteStep, WriteStep, WriteStep] {
  const temporary = path + temporarySuffix;
  return [
    { step: 'write', path: temporary, text },
    { step: 'rename', from: temporary, to: path },
    { step: 'syncDirectory', path: dirname(path) },
  ];
}

/** Performs one step; rejects with the errno of the call that was refused. A half-written temporary file is removed. */
export async function applyWriteStep(step: WriteStep): Promise<void> {
  if (step.step === 'rename') return rename(step.from, step.to);
  if (step.step === 'syncDirectory') return syncDirectory(step.path);
  try {
    const file = await open(step.path, 'w', 0o600);
    try {
      await file.writeFile(step.text);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await unlink(step.path).catch(() => undefined);
    throw error;
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** For memory file systems (/run), where nothing outlives a power cut: atomic against a kill, without fsync. */
export function replaceFileSync(path: string, text: string): void {
  const temporary = path + temporarySuffix;
  try {
    writeFileSync(temporary, text, { mode: 0o600 });
    renameSync(temporary, path);
  } catch (error) {
    unlinkQuietly(temporary);
    throw error;
  }
}

function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // the failure that led here is the one to report
  }
}

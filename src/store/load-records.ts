/** Reads a directory of records at the start of podd. */
import { readdirSync, readFileSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { formatError } from '../util/pod-error.ts';
import { err, ok, type Result } from '../util/result.ts';
import { temporarySuffix } from './write-atomically.ts';

/** What kind of objects a directory holds. */
export interface RecordKind<R> {
  /** for messages */
  readonly noun: string;
  /** the record of that uid, or what is wrong with the text; never quotes it */
  readonly parse: (text: string, uid: string) => Result<R, string>;
}

export interface LoadedRecord<R> {
  readonly uid: string;
  readonly record: R;
  /** set when the object is being deleted; `since`: when that was decided */
  readonly deletion?: { readonly graceMs: number; readonly since: Date; readonly file: string };
}

export interface LoadedRecords<R> {
  readonly records: readonly LoadedRecord<R>[];
  /** uids of objects whose record is bad: containers of such pods are not to be touched */
  readonly lost: ReadonlySet<string>;
  readonly problems: readonly string[];
}

const recordName = /^([0-9a-f-]{36})(?:\.deleting-(\d{1,9}))?\.json$/;

/** Never throws for a bad record: it goes to the quarantine and is reported. What a killed podd left half written is removed. */
export function loadRecords<R>(directory: string, quarantineDir: string, kind: RecordKind<R>): LoadedRecords<R> {
  const records = new Map<string, LoadedRecord<R>>();
  const lost = new Set<string>();
  const problems: string[] = [];
  for (const found of listRecords(directory)) {
    const { file, uid, graceSeconds } = found;
    const loaded = loadRecord(directory, found, kind);
    // The deletion comes first in the sorted listing and wins: it was decided after the record was written.
    if (loaded.ok) records.set(uid, records.get(uid) ?? loaded.value);
    else problems.push(quarantine(directory, quarantineDir, file, loaded.error));
    if (!loaded.ok && graceSeconds === undefined) lost.add(uid);
  }
  return { records: [...records.values()], lost: new Set([...lost].filter((uid) => !records.has(uid))), problems };
}

interface RecordFile {
  readonly file: string;
  readonly uid: string;
  readonly graceSeconds: string | undefined;
}

function listRecords(directory: string): readonly RecordFile[] {
  const files = readdirSync(directory).sort();
  for (const file of files.filter((name) => name.endsWith(temporarySuffix))) unlinkSync(join(directory, file));
  return files.flatMap((file) => {
    const [, uid, graceSeconds] = recordName.exec(file) ?? [];
    return uid === undefined ? [] : [{ file, uid, graceSeconds }];
  });
}

function loadRecord<R>(
  directory: string,
  { file, uid, graceSeconds }: RecordFile,
  { parse }: RecordKind<R>,
): Result<LoadedRecord<R>, string> {
  try {
    const path = join(directory, file);
    const parsed = parse(readFileSync(path, 'utf8'), uid);
    if (!parsed.ok || graceSeconds === undefined) {
      return parsed.ok ? ok({ uid, record: parsed.value }) : parsed;
    }
    const deletion = { graceMs: Number(graceSeconds) * 1000, since: statSync(path).ctime, file };
    return ok({ uid, record: parsed.value, deletion });
  } catch (error) {
    return err(formatError(error));
  }
}

/** Moves the file away under a name that is free; says where it is now. */
function quarantine(directory: string, quarantineDir: string, file: string, reason: string): string {
  const target = join(quarantineDir, `${file}.${Date.now()}`);
  try {
    renameSync(join(directory, file), target);
    return `record ${file} cannot be used (${reason}): moved to ${target}`;
  } catch (error) {
    return `record ${join(directory, file)} cannot be used (${reason}) and not be moved away: ${formatError(error)}`;
  }
}

/** Reads the directory of records at the start of podd. */
import { readdirSync, readFileSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { PodRecord } from '../model/pod-record.ts';
import { formatError } from '../util/pod-error.ts';
import { err, type Result } from '../util/result.ts';
import { parsePodRecord } from './parse-record.ts';
import { temporarySuffix } from './write-atomically.ts';

export interface LoadedPod {
  readonly record: PodRecord;
  /** set when the pod is being deleted; `since`: when that was decided */
  readonly deletion?: { readonly graceMs: number; readonly since: Date; readonly file: string };
}

export interface LoadedPods {
  readonly pods: readonly LoadedPod[];
  /** pods whose record is bad: their containers are not to be touched */
  readonly lost: ReadonlySet<string>;
  readonly problems: readonly string[];
}

const recordName = /^([0-9a-f-]{36})(?:\.deleting-(\d{1,9}))?\.json$/;

/** Never throws for a bad record: it goes to the quarantine and is reported. What a killed podd left half written is removed. */
export function loadPods(podsDir: string, quarantineDir: string): LoadedPods {
  const pods = new Map<string, LoadedPod>();
  const lost = new Set<string>();
  const problems: string[] = [];
  for (const { file, uid, graceSeconds } of listRecords(podsDir)) {
    const loaded = loadRecord(podsDir, file, uid, graceSeconds);
    // The deletion comes first in the sorted listing and wins: it was decided after the record was written.
    if (loaded.ok) pods.set(uid, pods.get(uid) ?? loaded.value);
    else problems.push(quarantine(podsDir, quarantineDir, file, loaded.error));
    if (!loaded.ok && graceSeconds === undefined) lost.add(uid);
  }
  return { pods: [...pods.values()], lost: new Set([...lost].filter((uid) => !pods.has(uid))), problems };
}

interface RecordFile {
  readonly file: string;
  readonly uid: string;
  readonly graceSeconds: string | undefined;
}

function listRecords(podsDir: string): readonly RecordFile[] {
  const files = readdirSync(podsDir).sort();
  for (const file of files.filter((name) => name.endsWith(temporarySuffix))) unlinkSync(join(podsDir, file));
  return files.flatMap((file) => {
    const [, uid, graceSeconds] = recordName.exec(file) ?? [];
    return uid === undefined ? [] : [{ file, uid, graceSeconds }];
  });
}

function loadRecord(
  podsDir: string,
  file: string,
  uid: string,
  graceSeconds: string | undefined,
): Result<LoadedPod, string> {
  try {
    const path = join(podsDir, file);
    const parsed = parsePodRecord(readFileSync(path, 'utf8'), uid);
    if (!parsed.ok || graceSeconds === undefined) {
      return parsed.ok ? { ok: true, value: { record: parsed.value } } : parsed;
    }
    const deletion = { graceMs: Number(graceSeconds) * 1000, since: statSync(path).ctime, file };
    return { ok: true, value: { record: parsed.value, deletion } };
  } catch (error) {
    return err(formatError(error));
  }
}

/** Moves the file away under a name that is free; says where it is now. */
function quarantine(podsDir: string, quarantineDir: string, file: string, reason: string): string {
  const target = join(quarantineDir, `${file}.${Date.now()}`);
  try {
    renameSync(join(podsDir, file), target);
    return `record ${file} cannot be used (${reason}): moved to ${target}`;
  } catch (error) {
    return `record ${join(podsDir, file)} cannot be used (${reason}) and not be moved away: ${formatError(error)}`;
  }
}

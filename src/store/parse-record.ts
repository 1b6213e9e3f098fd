/** Text of a record on disk → the record, or what is wrong with it. */
import type { z } from 'zod';
import type { DataRecord } from '../model/data-record.ts';
import type { PodRecord } from '../model/pod-record.ts';
import { describeJsonError } from '../util/json-error.ts';
import { err, ok, type Result } from '../util/result.ts';
import { dataRecordSchema, podRecordSchema } from './record-schema.ts';

/** The record of the pod `uid`; a record of another version or another pod is refused. */
export function parsePodRecord(text: string, uid: string): Result<PodRecord, string> {
  const parsed = parseRecord<PodRecord>(text, podRecordSchema);
  if (parsed.ok && parsed.value.uid !== uid) return err(`holds the pod ${parsed.value.uid}`);
  return parsed;
}

/** The record of the ConfigMap or Secret `uid`. */
export function parseDataRecord(text: string, uid: string): Result<DataRecord, string> {
  const parsed = parseRecord<DataRecord>(text, dataRecordSchema);
  return parsed.ok && parsed.value.uid !== uid ? err(`holds the object ${parsed.value.uid}`) : parsed;
}

/** JSON checked by a schema whose output is T (JSON has no `undefined`, hence the optional keys agree). */
export function parseRecord<T>(text: string, schema: z.ZodType): Result<T, string> {
  const json = parseJson(text);
  if (!json.ok) return json;
  const checked = schema.safeParse(json.value);
  if (checked.success) return ok(checked.data as T);
  const [issue] = checked.error.issues;
  return err(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not a record'}`);
}

function parseJson(text: string): Result<unknown, string> {
  try {
    return ok(JSON.parse(text));
  } catch (error) {
    return err(describeJsonError(error));
  }
}

/** `--for=` of wait: kubectl's forms for pods, and ours for programs. */

import { type ProgramStateName, programStates } from '../protocol/init.ts';
import type { DataObject, PodObject } from '../protocol/objects.ts';
import { formatDidYouMean } from './did-you-mean.ts';
import { findJsonPath, formatValue, type JsonPath, parseJsonPath } from './json-path.ts';
import { type Fields, isRecord, records, text } from './loose-values.ts';
import { UsageError } from './usage-error.ts';

/** Of programs, containers and pods alike. */
export type ProgramGoal =
  | { readonly kind: 'ready' | 'running' | 'paused' | 'stopped' }
  | { readonly kind: 'state'; readonly state: ProgramStateName };

/** Undefined when the text is none of ours. Throws UsageError on a state that no program has. */
export function parseProgramGoal(text: string): ProgramGoal | undefined {
  if (text === 'ready' || text === 'running' || text === 'paused' || text === 'stopped') return { kind: text };
  const word = /^state=(.*)$/s.exec(text)?.[1];
  if (word === undefined) return undefined;
  const state = programStates.find((candidate) => candidate === word.toUpperCase());
  if (state !== undefined) return { kind: 'state', state };
  const guess = formatDidYouMean(word, programStates);
  throw new UsageError(`no program is ever "${word}"${guess}`, `states are ${programStates.join(', ')}`);
}

export type WaitGoal =
  | { readonly kind: 'delete' }
  | { readonly kind: 'create' }
  | { readonly kind: 'condition'; readonly type: string; readonly value: string }
  | { readonly kind: 'jsonpath'; readonly path: JsonPath; readonly value: string | undefined };

/** Throws UsageError on anything else than kubectl's four forms. */
export function parseWaitGoal(text: string): WaitGoal {
  if (text === 'delete' || text === 'create') return { kind: text };
  const condition = /^condition=([^=]+)(?:=(.*))?$/.exec(text);
  if (condition !== null) return { kind: 'condition', type: condition[1] ?? '', value: condition[2] ?? 'true' };
  const path = /^jsonpath=(.*)$/s.exec(text);
  if (path !== null) return parsePathGoal(path[1] ?? '');
  throw new UsageError(
    `cannot wait for "${text}"`,
    'forms: ready, running, paused, stopped, state=FATAL, condition=Ready, condition=Ready=false, delete, create, jsonpath={.status.phase}=Running',
  );
}

function parsePathGoal(text: string): WaitGoal {
  const braces = /^'?(\{.*\})'?(?:=(.*))?$/s.exec(text) ?? /^([^={}]+)(?:=(.*))?$/s.exec(text);
  const [, path, value] = braces ?? [];
  if (path === undefined)
    throw new UsageError(`jsonpath: cannot understand "${text}"`, 'as --for=jsonpath={.status.phase}=Running');
  return { kind: 'jsonpath', path: parseJsonPath(path), value };
}

/** Whether an object that is there is as the goal wants it (never so for `delete`). */
export function meetsGoal(goal: WaitGoal, object: PodObject | DataObject): boolean {
  switch (goal.kind) {
    case 'delete':
      return false;
    case 'create':
      return true;
    case 'condition':
      return hasConditionValue(object, goal.type, goal.value);
    case 'jsonpath': {
      const found = findJsonPath(goal.path, object);
      return goal.value === undefined
        ? found.length > 0
        : found.length > 0 && found.every((value) => formatValue(value) === goal.value);
    }
  }
}

function hasConditionValue(object: PodObject | DataObject, type: string, value: string): boolean {
  const status: Fields = 'status' in object && isRecord(object.status) ? object.status : {};
  const condition = records(status.conditions).find(
    (candidate) => text(candidate.type).toLowerCase() === type.toLowerCase(),
  );
  return condition !== undefined && text(condition.status).toLowerCase() === value.toLowerCase();
}

/** `label` and `annotate`: the same of two maps in an object's metadata. */
import { PodError } from '../util/pod-error.ts';
import { commonFlags, type FlagTable } from './command.ts';
import { type Edit, type EditOptions, editFlags, editObjects, parseEditTargets } from './edit-objects.ts';
import type { Io } from './io.ts';
import { type Fields, fieldsOf } from './loose-values.ts';
import { UsageError } from './usage-error.ts';

export const markFlags = {
  namespace: { ...commonFlags.namespace, help: 'namespace of the objects (default "default")' },
  overwrite: { kind: 'switch', help: 'a key that is there already gets the new value' },
  ...editFlags,
} as const satisfies FlagTable;

/** Which map it is, and what its change is called. */
export interface Marks {
  readonly field: 'labels' | 'annotations';
  readonly verb: 'label' | 'annotate';
  readonly done: { readonly given: string; readonly taken: string; readonly same: string };
}

interface MarkChanges {
  readonly given: readonly (readonly [key: string, value: string])[];
  readonly taken: readonly string[];
}

/** `words`: objects, then KEY=VALUE or KEY- for each. Resolves to the exit code. */
export async function markObjects(
  marks: Marks,
  words: readonly string[],
  { overwrite = false, ...flags }: EditOptions & { readonly overwrite?: boolean },
  io: Io,
): Promise<number> {
  const form = `podctl ${marks.verb} pod web KEY=VALUE OLD-`;
  const isChange = (word: string): boolean => word.includes('=') || word.endsWith('-');
  const at = words.findIndex(isChange);
  const targets = parseEditTargets(at < 0 ? words : words.slice(0, at), form);
  const changes = parseChanges(at < 0 ? [] : words.slice(at), form);
  return await editObjects(targets, (object) => withMarks(object, marks, changes, overwrite), flags, io);
}

function parseChanges(words: readonly string[], form: string): MarkChanges {
  if (words.length === 0) throw new UsageError('which keys?', form);
  const wrong = words.find((word) => !/^[^=]+=/s.test(word) && !/^[^=]+-$/.test(word));
  if (wrong !== undefined) throw new UsageError(`"${wrong}" is neither KEY=VALUE nor KEY-`, form);
  const given = words
    .filter((word) => word.includes('='))
    .map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] as const);
  const taken = words.filter((word) => !word.includes('=')).map((word) => word.slice(0, -1));
  const both = given.find(([key]) => taken.includes(key));
  if (both !== undefined) throw new UsageError(`"${both[0]}" cannot be both given and taken away`, form);
  return { given, taken };
}

function withMarks(object: Fields, marks: Marks, { given, taken }: MarkChanges, overwrite: boolean): Edit {
  const metadata = fieldsOf(object.metadata);
  const before = new Map(Object.entries(fieldsOf(metadata[marks.field])));
  const other = given.find(([key, value]) => before.has(key) && before.get(key) !== value);
  if (other !== undefined && !overwrite) {
    const [key] = other;
    throw new PodError('Conflict', `'${key}' already has a value (${before.get(key)}), and --overwrite is false`);
  }
  const after = new Map([...before, ...given]);
  for (const key of taken) after.delete(key);
  const { [marks.field]: _before, ...others } = metadata;
  const changed = after.size === 0 ? others : { ...others, [marks.field]: Object.fromEntries(after) };
  const { done } = marks;
  return {
    object: { ...object, metadata: changed },
    done: given.length === 0 ? done.taken : done.given,
    same: done.same,
  };
}

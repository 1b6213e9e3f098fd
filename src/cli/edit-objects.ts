/** Changes of objects that are named on the command line, one after the other: label, annotate, set. */
import { kindNames } from '../model/object-kinds.ts';
import type { ObjectKind } from '../model/object-manifest.ts';
import { sameJson } from '../util/same-json.ts';
import { changeAt, objectPath } from './change-object.ts';
import type { Client } from './client.ts';
import type { FlagTable } from './command.ts';
import { connectPodd } from './connect-podd.ts';
import type { Io } from './io.ts';
import type { Fields } from './loose-values.ts';
import { formatObjects } from './output-format.ts';
import { reportError } from './report-error.ts';
import { dataKindOf, parseManyArgs, resourceOf } from './resource-args.ts';
import { checkNamespace } from './scope.ts';
import { UsageError } from './usage-error.ts';

/** Flags of every command that edits. */
export const editFlags = {
  'dry-run': { kind: 'switch', help: 'say what would be changed, change nothing' },
  output: {
    kind: 'text',
    short: 'o',
    value: 'FORMAT',
    choices: ['json', 'yaml', 'name'],
    help: 'the objects as they are then, or only their names',
  },
} as const satisfies FlagTable;

export interface EditTarget {
  readonly kind: ObjectKind;
  readonly name: string;
}

/** kubectl's ways of naming objects; a word that is no kind is a pod. Throws UsageError, also where no object is named. */
export function parseEditTargets(words: readonly string[], form: string): readonly EditTarget[] {
  const [first] = words;
  if (first === undefined) throw new UsageError('of what?', form);
  const isPods = !/[/,]/.test(first) && resourceOf(first) === undefined;
  const asked = parseManyArgs(isPods ? ['pods', ...words] : words);
  return asked.flatMap(({ kind: resource, names }) => {
    const kind: ObjectKind | undefined = resource === 'pods' ? 'Pod' : dataKindOf(resource);
    if (kind === undefined) throw new UsageError(`${resource} cannot be changed`, form);
    if (names.length === 0) throw new UsageError(`which ${resource}?`, form);
    return names.map((name) => ({ kind, name }));
  });
}

/** `deployment/web` */
export const formatEditTarget = ({ kind, name }: EditTarget): string =>
  `${kind === 'Pod' ? 'pod' : kindNames[kind as keyof typeof kindNames].singular}/${name}`;

/** What becomes of an object, and how that is told: `labeled`. */
export interface Edit {
  readonly object: Fields;
  readonly done: string;
  /** told where it is as it was; default `unchanged` */
  readonly same?: string;
}

export interface EditOptions {
  readonly namespace?: string;
  readonly 'dry-run'?: boolean;
  readonly output?: 'json' | 'yaml' | 'name';
}

/** Resolves to the exit code; each is tried. `edit` may throw, and be called again for an object that changed meanwhile. */
export async function editObjects(
  targets: readonly EditTarget[],
  edit: (object: Fields, target: EditTarget) => Edit,
  flags: EditOptions,
  io: Io,
): Promise<number> {
  const namespace = checkNamespace(flags.namespace);
  const client = connectPodd(io.env);
  const objects: unknown[] = [];
  let code = 0;
  for (const target of targets) {
    try {
      const path = objectPath(target.kind, namespace, target.name);
      const { object, done } = await editOne(client, path, (found) => edit(found, target), flags['dry-run'] === true);
      objects.push(object);
      if (flags.output === undefined) io.out(`${formatEditTarget(target)} ${done}\n`);
    } catch (error) {
      code = Math.max(code, reportError(error, io));
    }
  }
  await printObjects(objects, flags.output, io);
  return code;
}

async function editOne(client: Client, path: string, edit: (object: Fields) => Edit, isDry: boolean): Promise<Edit> {
  let done = '';
  let edited: Fields = {};
  const object = await changeAt<Fields>(client, path, (found) => {
    const made = edit(found);
    const isSame = sameJson(found, made.object);
    edited = made.object;
    done = isSame ? (made.same ?? 'unchanged') : made.done;
    return isDry || isSame ? undefined : made.object;
  });
  return isDry ? { object: edited, done: `${done} (dry run)` } : { object, done };
}

async function printObjects(objects: readonly unknown[], format: EditOptions['output'], io: Io): Promise<void> {
  if (format === undefined || objects.length === 0) return;
  const named = objects as Parameters<typeof formatObjects>[1];
  io.out(await formatObjects({ kind: format }, named, named.length > 1));
}

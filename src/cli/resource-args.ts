/** kubectl's ways to name things: `pods`, `po web db`, `pod/web pod/db`, `events`. */
import { type DataResource, dataKinds, type KindNames, kindNames, namesOf } from '../model/object-kinds.ts';
import type { DataKind } from '../model/object-manifest.ts';
import { groupBy } from '../util/group-by.ts';
import { formatDidYouMean } from './did-you-mean.ts';
import { UsageError } from './usage-error.ts';

export type ResourceKind = 'pods' | 'events' | 'endpoints' | DataResource;

type Names = Pick<KindNames, 'singular' | 'shortNames'> & { readonly resource: ResourceKind };

const resources: readonly Names[] = [
  { resource: 'pods', singular: 'pod', shortNames: ['po'] },
  ...Object.values(kindNames),
  { resource: 'endpoints', singular: 'endpoints', shortNames: ['ep'] },
  { resource: 'events', singular: 'event', shortNames: ['ev'] },
];

const aliases: ReadonlyMap<string, ResourceKind> = new Map(
  resources.flatMap(({ resource, singular, shortNames }) =>
    [resource, singular, ...shortNames].map((name): [string, ResourceKind] => [name, resource]),
  ),
);

/** Undefined: pods, or what is computed. */
export const dataKindOf = (resource: ResourceKind): DataKind | undefined =>
  dataKinds.find((kind) => kindNames[kind].resource === resource);

/** What one of them is called. */
export const singularOf = (kind: ResourceKind): string =>
  resources.find(({ resource }) => resource === kind)?.singular ?? kind;

/** The resource that a word means, in any of its spellings. */
export const resourceOf = (word: string): ResourceKind | undefined => aliases.get(word.toLowerCase());

export interface ResourceArgs {
  readonly kind: ResourceKind;
  /** none given: all of them */
  readonly names: readonly string[];
}

/** Throws UsageError on an unknown kind or a mixture of kinds. */
export function parseResourceArgs(args: readonly string[]): ResourceArgs {
  const [first, ...others] = args;
  if (first === undefined)
    throw new UsageError(
      `what? name a kind: ${resources.map(({ resource }) => resource).join(', ')}`,
      'podctl get pods',
    );
  if (!first.includes('/')) return { kind: kindOf(first), names: unique(others.map(plainName)) };
  const pairs = args.map(splitPair);
  const kind = pairs[0]?.kind ?? 'pods';
  if (pairs.some((pair) => pair.kind !== kind)) throw new UsageError('one kind at a time');
  return { kind, names: unique(pairs.map((pair) => pair.name)) };
}

/** `get all` */
const kindsOfAll: readonly ResourceKind[] = [
  'pods',
  ...dataKinds.filter((kind) => namesOf(kind).isOfAll).map((kind) => kindNames[kind].resource),
];

/** As parseResourceArgs, of several kinds too: `all`, `pods,svc web`, `deploy/web svc/web`; a kind once. */
export function parseManyArgs(args: readonly string[]): readonly ResourceArgs[] {
  const [first = '', ...others] = args;
  if (!first.includes('/')) {
    const words = first.split(',').filter((word) => word !== '');
    if (words.length === 0) return [parseResourceArgs(args)];
    const kinds = new Set(words.flatMap((word) => (word === 'all' ? kindsOfAll : [kindOf(word)])));
    const names = unique(others.map(plainName));
    return [...kinds].map((kind) => ({ kind, names }));
  }
  const byKind = groupBy(args.map(splitPair), ({ kind }) => kind);
  return [...byKind].map(([kind, pairs]) => ({ kind, names: unique(pairs.map(({ name }) => name)) }));
}

/** As parseResourceArgs where only pods make sense. */
export function parsePodArgs(args: readonly string[]): readonly string[] {
  const { kind, names } = parseResourceArgs(args);
  if (kind !== 'pods') throw new UsageError(`this works on pods, not on ${kind}`);
  return names;
}

/** One pod as `web` or `pod/web`. */
export function parsePodName(word: string): string {
  if (!word.includes('/')) return word;
  const { kind, name } = splitPair(word);
  if (kind !== 'pods') throw new UsageError(`${word} is not a pod`);
  return name;
}

function splitPair(word: string): { kind: ResourceKind; name: string } {
  const [kind = '', name = '', ...more] = word.split('/');
  if (kind === '' || name === '' || more.length > 0) {
    throw new UsageError(`"${word}": write all as KIND/NAME, or the kind once and names behind it`);
  }
  return { kind: kindOf(kind), name };
}

function kindOf(word: string): ResourceKind {
  const kind = resourceOf(word);
  if (kind !== undefined) return kind;
  throw new UsageError(
    `unknown resource type "${word}"${formatDidYouMean(word, [...aliases.keys()])}`,
    `known are ${resources.map(({ resource, shortNames: [short] }) => (short === undefined ? resource : `${resource} (${short})`)).join(', ')}`,
  );
}

function plainName(word: string): string {
  if (word.includes('/')) throw new UsageError(`"${word}": the kind stands in front already, write only the name`);
  return word;
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}

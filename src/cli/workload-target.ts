/** `deployment/web`: a workload as commands are told of it. Pure. */
import { kindNames } from '../model/object-kinds.ts';
import { type WorkloadKind, workloadKinds } from '../model/workload.ts';
import { UsageError } from './usage-error.ts';

export interface WorkloadTarget {
  readonly kind: WorkloadKind;
  readonly name: string;
}

const kindsByWord: ReadonlyMap<string, WorkloadKind> = new Map(
  workloadKinds.flatMap((kind) => {
    const { resource, singular, shortNames } = kindNames[kind];
    return [resource, singular, ...shortNames].map((word): [string, WorkloadKind] => [word, kind]);
  }),
);

/** Undefined when the word is no workload kind's, in any of its spellings; `deployment.apps` is one. */
export const workloadKindOf = (word: string): WorkloadKind | undefined =>
  kindsByWord.get(word.toLowerCase().replace(/\.(apps|batch)$/, ''));

/** `deployment/web`, with what stands behind a further slash; undefined: it names no workload. */
export function splitWorkload(word: string): (WorkloadTarget & { readonly rest: string }) | undefined {
  const [kindWord = '', name = '', ...rest] = word.split('/');
  const kind = workloadKindOf(kindWord);
  return kind === undefined || name === '' ? undefined : { kind, name, rest: rest.join('/') };
}

/** `deployment/web …` or `deployment web …`. Throws UsageError on anything else and on kinds other than `allowed`. */
export function parseWorkloads(
  args: readonly string[],
  allowed: readonly WorkloadKind[],
  form: string,
): readonly WorkloadTarget[] {
  const [first, ...names] = args;
  if (first === undefined) throw new UsageError('which workload?', form);
  const kind = workloadKindOf(first);
  const words = kind === undefined ? args : names.map((name) => `${first}/${name}`);
  if (words.length === 0) throw new UsageError(`which ${first}?`, form);
  return words.map((word) => {
    const target = splitWorkload(word);
    if (target === undefined || target.rest !== '') throw new UsageError(`"${word}" is not KIND/NAME`, form);
    if (allowed.includes(target.kind)) return { kind: target.kind, name: target.name };
    const kinds = allowed.map((one) => kindNames[one].singular).join(', ');
    throw new UsageError(`this does not work on a ${kindNames[target.kind].singular}`, `it works on: ${kinds}`);
  });
}

/** `deployment/web` */
export const formatWorkload = ({ kind, name }: WorkloadTarget): string => `${kindNames[kind].singular}/${name}`;

/** What to do where only pods make sense. */
export const workloadHint = (target: WorkloadTarget): string =>
  `podctl rollout restart ${formatWorkload(target)} replaces its pods; podctl get pods lists them`;

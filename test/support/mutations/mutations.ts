import { type FieldPath, formatFieldPath } from '../../../src/manifest/field-problem.ts';
import { randomFrom } from '../random.ts';
import { objectRules } from './object-rules.ts';
import { podRules, podSpecRules } from './pod-rules.ts';
import { parsePath, withValue } from './put-value.ts';
import type { MutationRule, Reason } from './rule.ts';
import { type BaseKind, templatePaths, validObjects } from './valid-objects.ts';

export interface Mutation {
  readonly name: string;
  readonly manifest: unknown;
  /** of a rule that pods have too */
  readonly isRepeated: boolean;
}

export interface BadMutation extends Mutation {
  readonly field: string;
  readonly reason: Reason;
}

interface Placed extends MutationRule {
  readonly kind: BaseKind;
  /** before every path of the rule */
  readonly prefix: string;
}

/** Every rule of every kind; those of a pod's spec in each kind that holds one. */
function placedRules(): Placed[] {
  const kinds = Object.keys(validObjects) as BaseKind[];
  return kinds.flatMap((kind) => [
    ...(objectRules[kind] ?? []).map((rule) => ({ ...rule, kind, prefix: '' })),
    ...(kind === 'Pod' ? podRules : []).map((rule) => ({ ...rule, kind, prefix: '' })),
    ...(kind in templatePaths ? podSpecRules : []).map((rule) => ({
      ...rule,
      kind,
      prefix: templatePaths[kind as keyof typeof templatePaths],
    })),
  ]);
}

/** What the API server refuses, with the field it names. */
export const badMutations = (): BadMutation[] =>
  someOf(
    placedRules().flatMap((rule) =>
      (Object.entries(rule.bad) as [Reason, readonly unknown[]][]).flatMap(([reason, values]) =>
        values.map((value) => ({
          ...mutate(rule, value),
          field: formatFieldPath(toldPath(parsePath(`${rule.prefix}${rule.told ?? rule.at}`), reason)),
          reason,
        })),
      ),
    ),
  );

const labelMaps = new Set<string | number>(['labels', 'annotations', 'matchLabels', 'nodeSelector']);

/** Of a label that breaks a rule, the map is named. */
function toldPath(path: FieldPath, reason: Reason): FieldPath {
  const map = path.findIndex((part) => labelMaps.has(part));
  return map < 0 || reason !== 'invalid' ? path : path.slice(0, map + 1);
}

/** What it takes. */
export const goodMutations = (): Mutation[] =>
  someOf(placedRules().flatMap((rule) => (rule.good ?? []).map((value) => mutate(rule, value))));

/** All of pods; of the same rules in templates one in eight, always the same ones: they are judged by the same code. */
function someOf<M extends Mutation>(mutations: readonly M[]): M[] {
  const random = randomFrom(7);
  return mutations.filter(({ isRepeated }) => !isRepeated || random() < 1 / 8);
}

function mutate({ kind, prefix, at, beside = {} }: Placed, value: unknown): Mutation {
  let manifest: unknown = validObjects[kind];
  for (const [path, other] of Object.entries(beside)) manifest = withValue(manifest, parsePath(prefix + path), other);
  const text = JSON.stringify(value) ?? 'nothing';
  return {
    name: `${kind} ${prefix}${at}: ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`,
    manifest: withValue(manifest, parsePath(prefix + at), value),
    isRepeated: prefix !== '',
  };
}

import { describe, expect, test } from 'vitest';
import { parseManifest } from '../../../src/manifest/parse.ts';
import { badMutations, goodMutations, type Mutation } from '../../support/mutations/mutations.ts';
import type { Reason } from '../../support/mutations/rule.ts';
import { validObjects } from '../../support/mutations/valid-objects.ts';

const words: Partial<Readonly<Record<Reason, string>>> = {
  invalid: 'Invalid value: ',
  required: 'Required value',
  unsupported: 'Unsupported value: ',
  duplicate: 'Duplicate value: ',
  forbidden: 'Forbidden: ',
  notFound: 'Not found: ',
};

const errorsOf = (manifest: unknown) =>
  parseManifest(JSON.stringify(manifest), 'mutation.json').diagnostics.filter(({ severity }) => severity === 'error');

const bad = badMutations();
const good = goodMutations();
const ofKind = <M extends Mutation>(mutations: readonly M[], kind: string): M[] =>
  mutations.filter(({ name }) => name.startsWith(`${kind} `));

describe.each(Object.entries(validObjects))('a valid %s', (kind, base) => {
  test('is accepted', () => {
    expect(errorsOf(base)).toEqual([]);
  });

  test('is refused with one field wrong, at that field, for that reason and nothing else', () => {
    const wrong = ofKind(bad, kind).flatMap(({ name, manifest, field, reason }) => {
      const errors = errorsOf(manifest);
      const isRight =
        errors.some(({ message }) => message.startsWith(words[reason] ?? '')) &&
        errors.every((error) => error.field === field);
      return isRight
        ? []
        : [{ name, field, reason, errors: errors.map((error) => `${error.field}: ${error.message}`) }];
    });
    expect(wrong).toEqual([]);
  });

  test('is accepted with other valid values', () => {
    const wrong = ofKind(good, kind).flatMap(({ name, manifest }) => {
      const errors = errorsOf(manifest);
      return errors.length === 0 ? [] : [{ name, errors: errors.map(({ field, message }) => `${field}: ${message}`) }];
    });
    expect(wrong).toEqual([]);
  });
});

test('there are 500 of each, of pods alone too', () => {
  for (const mutations of [bad, good, ofKind(bad, 'Pod')]) expect(mutations.length).toBeGreaterThan(500);
  expect(new Set(bad.map(({ manifest }) => JSON.stringify(manifest))).size).toBe(bad.length);
});

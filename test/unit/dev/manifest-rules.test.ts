import { expect, test } from 'vitest';
import { isManifestRule, isMaterial, manifestRules } from '../../../src/dev/manifest-rules.ts';
import { aRule } from './a-rule.ts';

const places = { files: ['/w/pod.yaml', '/w/.env'], directories: ['/w/d'], materials: ['/w/env', '/w/conf'] };

test('files, directories and materials are watched, directories for what is read of them', () => {
  expect(manifestRules(places).map(({ paths, include }) => [paths, include])).toEqual([
    [places.files, []],
    [places.directories, ['/*.yaml', '/*.yml', '/*.json']],
    [places.materials, []],
  ]);
  expect(manifestRules({ files: [], directories: [], materials: [] })).toEqual([]);
});

test('they are told from the rules of pods', () => {
  expect(manifestRules(places).every(isManifestRule)).toBe(true);
  expect(isManifestRule(aRule())).toBe(false);
});

test('a file below a material is one', () => {
  expect(['/w/env', '/w/conf/a/b', '/w/envy', '/w/pod.yaml'].filter((path) => isMaterial(places, path))).toEqual([
    '/w/env',
    '/w/conf/a/b',
  ]);
});

import { expect, test } from 'vitest';
import { chooseManifest, isYamlName } from '../../../src/dev/find-manifest.ts';

const file = (name: string, text = 'apiVersion: v1\nkind: Pod\n') => ({ name, text });

test('a default name wins, in their order', () => {
  const files = ['other.yaml', 'podctl.yaml', 'pod.yml'].map((name) => file(name));
  expect(chooseManifest(files)).toEqual({ kind: 'found', name: 'pod.yml' });
});

test('else the only file with a pod is meant', () => {
  const files = [file('compose.yaml', 'services: {}\n'), file('web.yaml', 'a: b\n---\nkind: "Pod"\n')];
  expect(chooseManifest(files)).toEqual({ kind: 'found', name: 'web.yaml' });
});

test('several are not chosen from, and none is none', () => {
  expect(chooseManifest([file('a.yaml'), file('b.yaml')])).toEqual({ kind: 'several', names: ['a.yaml', 'b.yaml'] });
  expect(chooseManifest([file('a.yaml', 'kind: PodTemplate\n')])).toEqual({ kind: 'none' });
});

test('YAML files are known by their names', () => {
  expect(['a.yaml', 'a.YML', 'a.json', 'yaml'].filter(isYamlName)).toEqual(['a.yaml', 'a.YML']);
});

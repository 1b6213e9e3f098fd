import { describe, expect, test } from 'vitest';
import { parseManifest } from '../../../src/manifest/parse.ts';

const list = `apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: one}
- apiVersion: v1
  kind: Secret
  metadata: {name: two}
  stringData: {a: 7}
- apiVersion: v1
  kind: Namespace
  metadata: {name: Three}
`;

describe('a List', () => {
  const { data, diagnostics } = parseManifest(list, 'list.yaml');

  test('is the objects in it', () => {
    expect(data.map(({ manifest, position }) => [manifest.metadata.name, position.line])).toEqual([['one', 6]]);
  });

  test('leaves each problem its place, and a Secret its lines', () => {
    expect(diagnostics.map(({ position, field }) => [position.line, field])).toEqual([
      [10, 'stringData[a]'],
      [13, 'metadata.name'],
    ]);
    expect(diagnostics.map(({ sourceLine }) => sourceLine)).toEqual([undefined, undefined]);
  });

  test('may stand in a List', () => {
    const nested = `{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: ConfigMapList, items: [{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}]}]}`;
    expect(parseManifest(nested, 'f').data.map(({ manifest }) => manifest.metadata.name)).toEqual(['c']);
  });

  test('without items is refused', () => {
    const [problem] = parseManifest('apiVersion: v1\nkind: List\n', 'f').diagnostics;
    expect(problem).toMatchObject({ severity: 'error', field: 'kind', hint: 'a List has its objects under items:' });
  });
});

describe('kinds that mean nothing on one machine', () => {
  const text = `apiVersion: v1
kind: ServiceAccount
metadata: {name: robot}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec: {anything: true}
`;

  test('are left out with one warning', () => {
    const { data, diagnostics } = parseManifest(text, 'f.yaml');
    expect(data).toHaveLength(1);
    expect(diagnostics).toEqual([
      {
        ...{ severity: 'warning', file: 'f.yaml', position: { line: 2, column: 1 }, field: 'kind' },
        message: 'mean nothing on one machine, skipped: ServiceAccount robot (line 2), Ingress web (line 10)',
      },
    ]);
  });

  test.each([
    ['Deploymnet', 'did you mean "Deployment"?'],
    ['ReplicationController', 'kind: Deployment does what it did'],
  ])('%s is an error with a hint', (kind, hint) => {
    const [problem] = parseManifest(`apiVersion: v1\nkind: ${kind}\nmetadata: {name: a}\n`, 'f').diagnostics;
    expect(problem).toMatchObject({ severity: 'error', field: 'kind', hint });
  });
});

test('a relative path in a podctl.dev/v1 template starts from the manifest’s directory', () => {
  const text = `apiVersion: podctl.dev/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec:
      containers: [{name: a, rootfs: {path: ./root}, command: [x]}]
`;
  const { data, diagnostics } = parseManifest(text, 'f.yaml', { directory: '/srv/app' });
  expect(diagnostics).toEqual([]);
  expect(JSON.stringify(data[0]?.manifest)).toContain('"path":"/srv/app/root"');
});

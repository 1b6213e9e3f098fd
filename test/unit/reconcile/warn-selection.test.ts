import { describe, expect, test } from 'vitest';
import { normalisePod } from '../../../src/manifest/normalise.ts';
import type { ServiceManifest } from '../../../src/model/object-manifest.ts';
import type { PodSpec } from '../../../src/model/pod-spec.ts';
import type { ServiceSpec } from '../../../src/model/service-spec.ts';
import { warnSelection } from '../../../src/reconcile/warn-selection.ts';

const aService = (spec: Partial<ServiceSpec> = {}): ServiceManifest => ({
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'default' } },
  spec: { selector: { app: 'web' }, ports: [{ port: 80 }], ...spec },
});

const aPod = (name: string, labels: Readonly<Record<string, string>>, ports: readonly object[] = []): PodSpec =>
  normalisePod({
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, labels } },
    spec: { containers: [{ name: 'app', image: 'host', command: ['sleep'], ports }] },
  });

const told = (service: ServiceManifest, pods: readonly PodSpec[]) =>
  warnSelection(service, pods).map(({ field, message, hint }) => [field, message, hint]);

describe('nothing is told of a Service', () => {
  test.each<[string, Partial<ServiceSpec>]>([
    ['that selects a pod', {}],
    ['without a selector: that is told of its manifest', { selector: {} }],
    ['that is another name', { type: 'ExternalName', selector: { app: 'x' } }],
  ])('%s', (_, spec) => {
    expect(told(aService(spec), [aPod('a', { app: 'web', tier: 'front' })])).toEqual([]);
  });
});

describe('a Service that selects nobody', () => {
  test('is told of, where the namespace is empty', () => {
    expect(told(aService(), [])).toEqual([
      ['spec.selector', 'selects no pod, connections are refused: namespace default has no pods yet', undefined],
    ]);
  });

  test.each<[string, readonly PodSpec[], string | undefined]>([
    [
      'a mistyped value',
      [aPod('a', { app: 'db', tier: 'front' }), aPod('b', { app: 'wbe', tier: 'front' })],
      'pod b has app=wbe, tier=front',
    ],
    ['a mistyped key', [aPod('a', { ap: 'web', tier: 'front' })], 'pod a has ap=web, tier=front'],
    ['a label that is missing', [aPod('a', { app: 'web' })], 'pod a has app=web, no tier'],
    [
      'the first of several alike',
      [aPod('b', { app: 'web' }), aPod('a', { app: 'web' })],
      'pod a has app=web, no tier',
    ],
    ['nothing, where none comes near', [aPod('a', { other: 'x' }), aPod('b', {})], undefined],
  ])('is shown what comes nearest: %s', (_, pods, hint) => {
    expect(told(aService({ selector: { app: 'web', tier: 'front' } }), pods)).toEqual([
      [
        'spec.selector',
        'selects no pod, connections are refused: namespace default has none with app=web,tier=front',
        hint,
      ],
    ]);
  });
});

describe('a named targetPort', () => {
  const http = { name: 'http', containerPort: 8080 };
  const named = (targetPort: string) => aService({ ports: [{ port: 80 }, { port: 81, targetPort }] });

  test('that one of the pods has is good', () => {
    expect(told(named('http'), [aPod('a', { app: 'web' }), aPod('b', { app: 'web' }, [http])])).toEqual([]);
  });

  test.each([
    ['htpp', 'did you mean "http"?'],
    ['metrics', undefined],
  ])('that none has is told of: %s', (name, hint) => {
    expect(told(named(name), [aPod('a', { app: 'web' }, [http])])).toEqual([
      [
        'spec.ports[1].targetPort',
        `no pod that it selects has a TCP port named "${name}": connections are refused`,
        hint,
      ],
    ]);
  });
});

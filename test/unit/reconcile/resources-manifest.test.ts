import { expect, test } from 'vitest';
import { resourcesManifest } from '../../../src/reconcile/resources-manifest.ts';
import { aShop } from './a-shop.ts';

const { manifest, spec } = aShop({ plain: { resources: { limits: { cpu: '500m' } } } });
const change = (target: { readonly container?: string; readonly program?: string }) =>
  resourcesManifest(manifest, spec, { ...target, resources: { limits: { cpu: 2 } } });
const resources = { limits: { cpu: 2 } };

test('the pod, a container or a program gets it, and nothing else changes', () => {
  expect(change({})).toEqual({ ...manifest, spec: { ...manifest.spec, resources } });
  const [app, plain] = manifest.spec.containers as readonly Readonly<Record<string, unknown>>[];
  expect(change({ container: 'plain' }).spec.containers).toEqual([app, { ...plain, resources }]);
  const [web, db] = (app?.processes ?? []) as readonly Readonly<Record<string, unknown>>[];
  expect(change({ container: 'app', program: 'db' }).spec.containers).toEqual([
    { ...app, processes: [web, { ...db, resources }] },
    plain,
  ]);
});

test('resources of which nothing is left are not written', () => {
  const emptied = resourcesManifest(manifest, spec, { container: 'plain', resources: { limits: { cpu: null } } });
  expect(emptied).toEqual(aShop().manifest);
});

test.each([
  [{ container: 'nope' }, 'pod shop has no container "nope"', 'there is app, plain'],
  [{ container: 'app', program: 'nope' }, 'container shop/app has no program "nope"', 'there is web, db'],
  [
    { container: 'plain', program: 'main' },
    'container plain of pod shop has no processes to limit',
    'write its command as one of processes (podctl.dev/v1)',
  ],
])('%j is refused', (target, message, hint) => {
  expect(() => change(target)).toThrow(expect.objectContaining({ message, hint }));
});

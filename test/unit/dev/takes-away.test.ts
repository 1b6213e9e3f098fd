import { expect, test } from 'vitest';
import { takesAway } from '../../../src/dev/takes-away.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';
import type { PodManifest } from '../../../src/model/pod-spec.ts';

/** `app: a b` is a container with two programs. */
function wanted(pods: Readonly<Record<string, Readonly<Record<string, string>>>>) {
  const texts = Object.entries(pods).map(([name, containers]) =>
    JSON.stringify({
      ...{ apiVersion: 'podctl.dev/v1', kind: 'Pod', metadata: { name } },
      spec: { containers: Object.entries(containers).map(([container, programs]) => aContainer(container, programs)) },
    }),
  );
  const { pods: parsed, diagnostics } = parseManifest(texts.join('\n---\n'), 'pod.yaml');
  expect(diagnostics).toEqual([]);
  return { manifests: parsed.map(({ manifest }): PodManifest => manifest), specs: parsed.map(({ spec }) => spec) };
}

const aContainer = (name: string, programs: string) => ({
  ...{ name, image: 'host' },
  processes: programs.split(' ').map((program) => ({ name: program, command: ['true'] })),
});

const before = wanted({ shop: { app: 'web worker', log: 'ship' }, db: { db: 'db' } });

test.each<[string, ReturnType<typeof wanted>, boolean]>([
  ['the same takes nothing away', before, false],
  [
    'more takes nothing away',
    wanted({ shop: { app: 'web worker x', log: 'ship' }, db: { db: 'db' }, y: { z: 'z' } }),
    false,
  ],
  ['a pod that is missing', wanted({ shop: { app: 'web worker', log: 'ship' } }), true],
  ['a container that is missing', wanted({ shop: { app: 'web worker' }, db: { db: 'db' } }), true],
  ['a program that is missing', wanted({ shop: { app: 'web', log: 'ship' }, db: { db: 'db' } }), true],
  ['one that has another name', wanted({ shop: { app: 'web job', log: 'ship' }, db: { db: 'db' } }), true],
])('%s', (_, after, expected) => {
  expect(takesAway(before, after)).toBe(expected);
});

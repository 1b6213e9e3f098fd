import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseManifest } from '../../../src/manifest/parse.ts';
import { podPodctl, podV1 } from '../../../src/manifest/schema.ts';
import { schemaAt } from '../../../src/manifest/schema-problems.ts';
import { dataKinds } from '../../../src/model/object-kinds.ts';
import { kubernetesData, kubernetesExamples, verdictFields, whyNoExamples } from '../../support/kubernetes-examples.ts';

/** Refused by 1.20.2 for want of a field that Kubernetes has had since. */
const acceptedSince: Readonly<Record<string, string>> = {
  'website2026__pods--inject--envars-file-container__0.Pod.yaml': 'env[].valueFrom.fileKeyRef is newer',
  'website2026__pods--multi-container--startup-coordination__0.Pod.yaml':
    'sidecars (init containers with restartPolicy and startupProbe) are newer',
  'website__pods--probe--grpc-liveness__0.Pod.yaml': 'grpc probes are newer',
};

/** Accepted by 1.20.2, which drops fields that it does not know. */
const refusedSince: Readonly<Record<string, string>> = {
  'website__service--networking--dual-stack-ipv6-svc__0.Service.yaml': 'ipFamily is ipFamilies since 1.20',
};

/** Refused by both, for the same mistake at another place. */
const otherPlaces: Readonly<Record<string, { readonly fields: readonly string[]; readonly why: string }>> = {
  'website__application--job--job-tmpl__0.Job.yaml': {
    fields: ['metadata.name'],
    why: '$ITEM stands for a name; the labels are made from the name, and told of with it',
  },
  'website__deployments--deployment-with-capacity-reservation__0.Deployment.yaml': {
    fields: [
      'labelSelector',
      'podAffinityTerm.topologyKey',
      'podAffinityTerm.topologyKey',
      'topologyKey',
      'weight',
    ].map(
      (field) =>
        `spec.template.spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].${field}`,
    ),
    why: 'podAffinityTerm is missing: 1.20.2 drops the fields that it does not know there, today’s API names them too; a missing topologyKey is told of twice',
  },
  'website__pods--security--seccomp--fields__0.Pod.yaml': {
    fields: ['spec.ephemeralContainers'],
    why: 'a list that may not be there is told of once, not once more for what is in it',
  },
};

const why = whyNoExamples();
if (why !== undefined) console.log(`skipped: ${why}`);

describe.skipIf(why !== undefined)('Kubernetes’ own examples', () => {
  const names = why === undefined ? kubernetesExamples() : [];
  const kindOf = (name: string): string => /\.([A-Za-z]+)\.(?:yaml|json)$/.exec(name)?.[1] ?? '';
  const kinds: readonly string[] = ['Pod', ...dataKinds];
  const isOurs = (name: string): boolean => kinds.includes(kindOf(name));
  const judge = (name: string) => parseManifest(readFileSync(new URL(name, kubernetesData.examples), 'utf8'), name);

  test('are all there', () => {
    expect(names).toHaveLength(303);
    expect(names.filter((name) => kindOf(name) === 'Pod').length).toBeGreaterThan(150);
    const exceptions = [acceptedSince, refusedSince, otherPlaces].flatMap((table) => Object.keys(table));
    expect(exceptions.filter((name) => !names.includes(name))).toEqual([]);
  });

  test.each(names.filter(isOurs))('%s', (name) => {
    const { pods, data, diagnostics } = judge(name);
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    const theirs = verdictFields(name);
    const refused = (theirs.length > 0 && !(name in acceptedSince)) || name in refusedSince;
    expect(errors.length > 0, JSON.stringify(errors)).toBe(refused);
    expect([...pods, ...data]).toHaveLength(refused ? 0 : 1);
    if (!refused || name in refusedSince) return;
    expect(errors.map(({ field }) => field).sort()).toEqual([...(otherPlaces[name]?.fields ?? theirs)].sort());
  });

  test('of other kinds are named once, by their kind', () => {
    for (const name of names.filter((each) => !isOurs(each))) {
      const { pods, data, diagnostics } = judge(name);
      const fields = diagnostics.map(({ field }) => field);
      // what is in a List is judged one by one
      if (kindOf(name) === 'List')
        expect(new Set(fields.map((field) => field.split('.').at(-1)))).toEqual(new Set(['kind']));
      else expect([name, ...fields]).toEqual([name, 'kind']);
      expect([...pods, ...data], name).toEqual([]);
    }
  });
});

const hasFields = existsSync(kubernetesData.podFields);
describe.skipIf(!hasFields)('every field of Kubernetes’ newest Pod', () => {
  const paths = hasFields ? readFileSync(kubernetesData.podFields, 'utf8').trim().split('\n') : [];
  test.each([
    ['v1', podV1],
    ['podctl.dev/v1', podPodctl],
  ])('is known in %s', (_, schema) => {
    const unknown = paths.filter((path) => {
      const parts = path.split('.').flatMap((part) => (part.endsWith('[]') ? [part.slice(0, -2), 0] : [part]));
      return schemaAt(schema, parts) === undefined;
    });
    expect(unknown).toEqual([]);
    expect(paths.length).toBeGreaterThan(1000);
  });
});

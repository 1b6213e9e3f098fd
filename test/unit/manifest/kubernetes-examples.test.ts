import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseManifest } from '../../../src/manifest/parse.ts';
import { podPodctl, podV1 } from '../../../src/manifest/schema.ts';
import { schemaAt } from '../../../src/manifest/schema-problems.ts';

/** Kubernetes' documentation with the verdicts of its own code, and the field list of its newest Pod; kept beside the repository, not in it. */
const shared = new URL('../../../../shared/data/', import.meta.url);
const examples = new URL('kubernetes-examples/', shared);
const fieldList = new URL('kubernetes-pod-fields-1.37.txt', shared);

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

interface Verdict {
  readonly file: string;
  readonly errors: readonly { readonly Field: string }[];
}

if (!existsSync(examples)) console.log(`skipped: ${examples.pathname} is not there`);

describe.skipIf(!existsSync(examples))('Kubernetes’ own examples', () => {
  const lines = existsSync(examples)
    ? readFileSync(new URL('verdicts-1.20.2.jsonl', examples), 'utf8').trim().split('\n')
    : [];
  const verdicts = new Map(lines.map((line) => JSON.parse(line) as Verdict).map((verdict) => [verdict.file, verdict]));
  const isOurs = (name: string): boolean => /\.(Pod|ConfigMap|Secret|Service|NetworkPolicy)\./.test(name);
  const names = existsSync(examples) ? readdirSync(examples).filter(isOurs) : [];

  test('are many', () => {
    expect(names.length).toBeGreaterThan(100);
  });

  test.each(names)('%s', (name) => {
    const { pods, data, diagnostics } = parseManifest(readFileSync(new URL(name, examples), 'utf8'), name);
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    const wasRefused = (verdicts.get(name)?.errors.length ?? 0) > 0;
    const refused = (wasRefused && !(name in acceptedSince)) || name in refusedSince;
    expect(errors.length > 0, JSON.stringify(errors)).toBe(refused);
    expect([...pods, ...data]).toHaveLength(refused ? 0 : 1);
  });

  test('of other kinds are refused by name', () => {
    const others = readdirSync(examples).filter((name) => name.endsWith('.yaml') && !isOurs(name));
    for (const name of others) {
      const { pods, diagnostics } = parseManifest(readFileSync(new URL(name, examples), 'utf8'), name);
      expect(pods, name).toEqual([]);
      expect(
        diagnostics.map(({ field, severity }) => [field, severity]),
        name,
      ).toEqual([['kind', 'error']]);
    }
  });
});

describe.skipIf(!existsSync(fieldList))('every field of Kubernetes’ newest Pod', () => {
  const paths = existsSync(fieldList) ? readFileSync(fieldList, 'utf8').trim().split('\n') : [];
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

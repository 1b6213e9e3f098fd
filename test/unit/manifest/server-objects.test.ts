import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseManifest } from '../../../src/manifest/parse.ts';
import { dataKinds } from '../../../src/model/object-kinds.ts';

const file = new URL('../../support/server-objects.yaml', import.meta.url);

describe('what a cluster prints of its objects', () => {
  const { pods, data, diagnostics } = parseManifest(readFileSync(file, 'utf8'), 'cluster.yaml');

  test('is accepted as it is, of every kind', () => {
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(pods).toHaveLength(1);
    expect(new Set(data.map(({ manifest }) => manifest.kind))).toEqual(new Set(dataKinds));
  });

  test('is warned of where somebody asked for what is not here', () => {
    const warned = diagnostics.map(({ field }) => field).filter((field) => !field.endsWith('.image'));
    expect(warned).toEqual([
      'spec.imagePullSecrets',
      'spec.topologySpreadConstraints',
      'spec.template.spec.containers[0].imagePullPolicy',
      'spec.template.spec.containers[0].imagePullPolicy',
      'spec.template.spec.tolerations',
      'spec.type',
    ]);
  });
});

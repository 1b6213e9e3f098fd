import { describe, expect, test } from 'vitest';
import { aPod, errorsOf } from './a-manifest.ts';

describe('projected and downwardAPI volumes are refused', () => {
  const at = 'spec.volumes[0].projected';
  const withSources = (...sources: readonly object[]) => aPod({ volumes: [{ name: 'a', projected: { sources } }] });
  const field = (over: object) => aPod({ volumes: [{ name: 'a', downwardAPI: { items: [{ path: 'f', ...over }] } }] });
  const item = 'spec.volumes[0].downwardAPI.items[0]';
  test.each<[string, unknown, string[]]>([
    [
      'with two kinds in one source',
      withSources({ secret: { name: 'x' }, configMap: { name: 'y' } }),
      [`${at}.sources[0]: Forbidden: may not specify more than 1 volume type`],
    ],
    [
      'with two files of one path',
      withSources(
        { secret: { name: 'x', items: [{ key: 'a', path: 'p' }] } },
        { downwardAPI: { items: [{ path: 'p', fieldRef: { fieldPath: 'metadata.name' } }] } },
      ),
      [`${at}: Invalid value: "p": conflicting duplicate paths`],
    ],
    ['without a name', withSources({ secret: {} }), [`${at}.sources[0].secret.name: Required value`]],
    [
      'with a token that ends too soon',
      withSources({ serviceAccountToken: { expirationSeconds: 60, path: '../t' } }),
      [
        `${at}.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes`,
        `${at}.sources[0].serviceAccountToken.path: Invalid value: "../t": must not contain '..'`,
      ],
    ],
    [
      'with certificates of nobody',
      withSources({ clusterTrustBundle: { path: 'c' } }),
      [`${at}.sources[0].clusterTrustBundle: Required value: either name or signerName must be specified`],
    ],
    [
      'with a mode that is none',
      aPod({ volumes: [{ name: 'a', projected: { sources: [], defaultMode: 1000 } }] }),
      [
        `${at}.defaultMode: Invalid value: 1000: must be a number between 0 and 0777 (octal), both inclusive (write it in octal: 0644)`,
      ],
    ],
    [
      'with a field of nothing',
      field({}),
      [`${item}: Required value: one of fieldRef and resourceFieldRef is required`],
    ],
    [
      'with both kinds of field',
      field({
        fieldRef: { fieldPath: 'metadata.name' },
        resourceFieldRef: { containerName: 'a', resource: 'limits.cpu' },
      }),
      [`${item}: Invalid value: "resource": fieldRef and resourceFieldRef can not be specified simultaneously`],
    ],
    [
      'with a field that only variables know',
      field({ fieldRef: { fieldPath: 'status.podIP' } }),
      [
        `${item}.fieldRef.fieldPath: Unsupported value: "status.podIP": supported values: "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"`,
      ],
    ],
    [
      'with a resource of no container',
      field({ resourceFieldRef: { resource: 'limits.cpu' } }),
      [`${item}.resourceFieldRef.containerName: Required value`],
    ],
    [
      'with a path that climbs',
      field({ path: 'a/../../b', fieldRef: { fieldPath: 'metadata.name' } }),
      [`${item}.path: Invalid value: "a/../../b": must not contain '..'`],
    ],
  ])('%s', (_, pod, errors) => {
    expect(errorsOf(pod)).toEqual(errors);
  });

  test.each<[string, object, string[]]>([
    ['a claim without a name', { persistentVolumeClaim: {} }, ['persistentVolumeClaim.claimName: Required value']],
    ['a claim of no template', { ephemeral: {} }, ['ephemeral.volumeClaimTemplate: Required value']],
    [
      'an emptyDir with a mode that is none',
      { emptyDir: { mode: -1 } },
      [
        'emptyDir.mode: Invalid value: -1: must be a number between 0 and 01777 (octal), both inclusive (write it in octal: 01777)',
      ],
    ],
  ])('%s', (_, volume, errors) => {
    const pod = aPod({ volumes: [{ name: 'a', ...volume }] });
    expect(errorsOf(pod)).toEqual(errors.map((error) => `spec.volumes[0].${error}`));
  });
});

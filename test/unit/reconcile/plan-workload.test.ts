import { describe, expect, test } from 'vitest';
import type { DataKind, DataManifest } from '../../../src/model/object-manifest.ts';
import { checkDataUpdate, planData, storedForm } from '../../../src/reconcile/plan-data.ts';
import { aTemplate, aWorkload } from '../manifest/a-workload.ts';

type Spec = Readonly<Record<string, unknown>>;
const an = (kind: DataKind, spec: Spec = {}): DataManifest =>
  storedForm(aWorkload(kind, spec) as unknown as DataManifest);

describe('a change is refused', () => {
  const other = { matchLabels: { app: 'other' } };
  const template = aTemplate({ restartPolicy: 'OnFailure' });
  test.each<[DataKind, Spec, readonly string[]]>([
    [
      'Deployment',
      { selector: other },
      ['spec.selector: Invalid value: {"matchLabels":{"app":"other"}}: field is immutable'],
    ],
    ['Deployment', { replicas: 3, template: aTemplate({ hostname: 'x' }), paused: true }, []],
    [
      'ReplicaSet',
      { selector: other },
      ['spec.selector: Invalid value: {"matchLabels":{"app":"other"}}: field is immutable'],
    ],
    [
      'DaemonSet',
      { selector: other },
      ['spec.selector: Invalid value: {"matchLabels":{"app":"other"}}: field is immutable'],
    ],
    ['StatefulSet', { replicas: 3, template: aTemplate({ hostname: 'x' }), podManagementPolicy: 'OrderedReady' }, []],
    [
      'StatefulSet',
      { serviceName: 'other' },
      [
        "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
      ],
    ],
    ['Job', { parallelism: 3, suspend: true, completionMode: 'NonIndexed' }, []],
    ['Job', { completions: 3 }, ['spec.completions: Invalid value: 3: field is immutable']],
    [
      'Job',
      { completions: 3, parallelism: 3, completionMode: 'Indexed' },
      ['spec.completionMode: Invalid value: "Indexed": field is immutable'],
    ],
    ['CronJob', { schedule: '0 0 * * *', jobTemplate: { spec: { template } } }, []],
    ['PersistentVolumeClaim', { resources: { requests: { storage: '2Gi' } }, storageClassName: 'local' }, []],
    [
      'PersistentVolumeClaim',
      { resources: { requests: { storage: '1Mi' } } },
      ['spec.resources.requests.storage: Forbidden: field can not be less than status.capacity'],
    ],
    [
      'PersistentVolumeClaim',
      { accessModes: ['ReadOnlyMany'] },
      [
        'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
      ],
    ],
  ])('%s %j', (kind, spec, problems) => {
    const found = checkDataUpdate(an(kind), an(kind, spec));
    expect(found.map(({ field, message }) => `${field}: ${message}`)).toEqual(problems);
  });

  test('of the template of a Job', () => {
    expect(checkDataUpdate(an('Job'), an('Job', { template })).map(({ field }) => field)).toEqual(['spec.template']);
  });

  test('but an indexed Job may grow and shrink', () => {
    const indexed = { completionMode: 'Indexed', completions: 2, parallelism: 2 };
    expect(checkDataUpdate(an('Job', indexed), an('Job', { ...indexed, completions: 5, parallelism: 5 }))).toEqual([]);
  });
});

test('a change of a Deployment is told by its fields, with what it means', () => {
  const wanted = an('Deployment', { replicas: 3 });
  const { result } = planData(an('Deployment'), { manifest: wanted, warnings: [] });
  expect(result).toMatchObject({
    outcome: 'configured',
    changes: [{ field: 'spec.replicas', to: 3, why: 'pods are made or deleted, the others run on' }],
  });
});

test('what was got from the API is what there is', () => {
  const stored = an('Deployment');
  const shown = { ...stored, status: { replicas: 1 } } as unknown as DataManifest;
  expect(planData(stored, { manifest: shown, warnings: [] }).result.outcome).toBe('unchanged');
});

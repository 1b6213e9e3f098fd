import { describe, expect, test } from 'vitest';
import type { FieldProblem } from '../../../src/manifest/field-problem.ts';
import { inspectObject } from '../../../src/manifest/validate-object.ts';
import { dataKinds } from '../../../src/model/object-kinds.ts';
import type { DataKind } from '../../../src/model/object-manifest.ts';
import { aTemplate, aWorkload } from './a-workload.ts';

const words = ({ field, message }: FieldProblem): string => `${field}: ${message}`;
const errorsOf = (value: unknown): readonly string[] => inspectObject(value).errors.map(words);
const warningsOf = (value: unknown): readonly string[] => inspectObject(value).warnings.map(words);

const otherwise = ['ConfigMap', 'Secret', 'Service', 'NetworkPolicy', 'ControllerRevision'];
const kinds = dataKinds.filter((kind) => !otherwise.includes(kind));

test.each(kinds)('the plain %s is accepted, and what a server adds to it', (kind) => {
  const server = { uid: 'u', resourceVersion: '1', generation: 2, creationTimestamp: '2026-01-01T00:00:00Z' };
  const value = kind === 'Namespace' ? { apiVersion: 'v1', kind, metadata: { name: 'shop' } } : aWorkload(kind);
  expect(inspectObject(value)).toMatchObject({ errors: [], warnings: [] });
  const shown = { ...value, metadata: { ...(value.metadata as object), ...server }, status: { phase: 'x' } };
  expect(errorsOf(shown)).toEqual([]);
});

test('a ControllerRevision has data, and a number that is not negative', () => {
  const value = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { name: 'web-1' },
    revision: 1,
    data: {},
  };
  expect(inspectObject(value)).toMatchObject({ errors: [], warnings: [] });
  const { data: _data, ...without } = value;
  expect(errorsOf(without)).toEqual(['data: Required value: data is mandatory']);
  expect(errorsOf({ ...value, revision: -1, data: 'x' })).toEqual([
    'data: must be a map, not the string "x"',
    'revision: Invalid value: -1: must be greater than or equal to 0',
  ]);
  expect(errorsOf({ ...value, metadata: { name: 'a_b' } })).toEqual([expect.stringMatching(/^metadata.name: Invalid/)]);
});

test('podctl’s own fields stand in the template of a podctl.dev/v1 object alone', () => {
  const template = aTemplate({
    containers: [{ name: 'app', image: 'host', processes: [{ name: 'p', command: ['x'] }] }],
  });
  expect(errorsOf(aWorkload('Deployment', { template }, {}, { apiVersion: 'podctl.dev/v1' }))).toEqual([]);
  expect(errorsOf(aWorkload('Deployment', { template }))).toEqual([
    'spec.template.spec.containers[0].processes: unknown field "processes"',
  ]);
});

test('a template is judged by the rules of pods, warnings too', () => {
  const container = { name: 'App', image: 'host', command: ['x'] };
  const value = aWorkload('Deployment', { template: aTemplate({ containers: [container], nodeName: 'n' }) });
  expect(errorsOf(value)[0]).toContain('spec.template.spec.containers[0].name: Invalid value: "App": ');
  expect(warningsOf(value)).toContain('spec.template.spec.nodeName: means nothing on one machine, ignored');
});

const notNegative = 'Invalid value: -1: must be greater than or equal to 0';
const mismatch =
  'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`';

describe('is refused', () => {
  test.each<[DataKind, Readonly<Record<string, unknown>>, readonly string[]]>([
    ['Deployment', { replicas: -1 }, [`spec.replicas: ${notNegative}`]],
    ['Deployment', { selector: undefined }, ['spec.selector: Required value']],
    ['Deployment', { selector: {} }, ['spec.selector: Invalid value: {}: empty selector is invalid for deployment']],
    ['Deployment', { selector: { matchLabels: { app: 'db' } } }, [mismatch]],
    ['Deployment', { template: undefined }, ['spec.template: Required value']],
    [
      'Deployment',
      { template: aTemplate({ restartPolicy: 'Never' }) },
      ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
    ],
    [
      'Deployment',
      { template: aTemplate({ activeDeadlineSeconds: 5 }) },
      ['spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported'],
    ],
    [
      'Deployment',
      { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } } },
      ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0'],
    ],
    [
      'Deployment',
      { strategy: { rollingUpdate: { maxUnavailable: '101%' } } },
      ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
    ],
    [
      'Deployment',
      { strategy: { rollingUpdate: { maxSurge: 'x' } } },
      [
        "spec.strategy.rollingUpdate.maxSurge: Invalid value: \"x\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%', or '93%')",
      ],
    ],
    [
      'Deployment',
      { strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } },
      ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
    ],
    [
      'Deployment',
      { minReadySeconds: 60, progressDeadlineSeconds: 60 },
      ['spec.progressDeadlineSeconds: Invalid value: 60: must be greater than minReadySeconds'],
    ],
    ['Deployment', { replica: 1 }, ['spec.replica: unknown field "replica"']],
    ['ReplicaSet', { template: undefined }, ['spec.template: Required value']],
    [
      'DaemonSet',
      { updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } },
      ['spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0'],
    ],
    [
      'DaemonSet',
      { updateStrategy: { rollingUpdate: { maxSurge: 1 } } },
      ['spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero'],
    ],
    [
      'StatefulSet',
      { updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } } },
      [
        'spec.updateStrategy.rollingUpdate: Invalid value: {"partition":1}: only allowed for updateStrategy \'RollingUpdate\'',
      ],
    ],
    ['StatefulSet', { ordinals: { start: -1 } }, [`spec.ordinals.start: ${notNegative}`]],
    [
      'Job',
      { template: aTemplate() },
      ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    ],
    ['Job', { completionMode: 'Indexed' }, ['spec.completions: Required value: when completion mode is Indexed']],
    [
      'Job',
      { backoffLimitPerIndex: 1 },
      ['spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode'],
    ],
    [
      'Job',
      { podFailurePolicy: { rules: [{ action: 'Ignore', onExitCodes: { operator: 'In', values: [0, 3, 1] } }] } },
      [
        'spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator',
        'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [0,3,1]: must be ordered',
      ],
    ],
    [
      'Job',
      { podFailurePolicy: { rules: [{ action: 'FailJob' }] } },
      [
        'spec.podFailurePolicy.rules[0]: Invalid value: {"action":"FailJob"}: specifying one of OnExitCodes and OnPodConditions is required',
      ],
    ],
    [
      'Job',
      {
        template: aTemplate({ restartPolicy: 'OnFailure' }),
        podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }] },
      },
      [
        'spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified',
      ],
    ],
    [
      'CronJob',
      { schedule: '* * * *' },
      ['spec.schedule: Invalid value: "* * * *": expected exactly 5 fields, found 4'],
    ],
    ['CronJob', { schedule: '' }, ['spec.schedule: Required value']],
    [
      'CronJob',
      { schedule: 'TZ=UTC * * * * *' },
      [
        'spec.schedule: Invalid value: "TZ=UTC * * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
      ],
    ],
    ['CronJob', { timeZone: 'Mars' }, ['spec.timeZone: Invalid value: "Mars": is not the IANA name of a time zone']],
    [
      'CronJob',
      { concurrencyPolicy: 'Never' },
      ['spec.concurrencyPolicy: Unsupported value: "Never": supported values: "Allow", "Forbid", "Replace"'],
    ],
    [
      'CronJob',
      { jobTemplate: { spec: { template: aTemplate(), selector: { matchLabels: { a: 'b' } } } } },
      [
        'spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
        'spec.jobTemplate.spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: `selector` will be auto-generated',
      ],
    ],
    [
      'PersistentVolumeClaim',
      { accessModes: [] },
      ['spec.accessModes: Required value: at least 1 access mode is required'],
    ],
    [
      'PersistentVolumeClaim',
      { accessModes: ['RWO'] },
      [
        'spec.accessModes: Unsupported value: "RWO": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
      ],
    ],
    ['PersistentVolumeClaim', { resources: {} }, ['spec.resources[storage]: Required value']],
    [
      'PersistentVolumeClaim',
      { resources: { requests: { storage: '0' } } },
      ['spec.resources[storage]: Invalid value: "0": must be greater than zero'],
    ],
  ])('%s %j', (kind, spec, errors) => {
    expect(errorsOf(JSON.parse(JSON.stringify(aWorkload(kind, spec))))).toEqual(errors);
  });

  test('a CronJob whose jobs could not have its name', () => {
    const name = 'c'.repeat(53);
    expect(errorsOf(aWorkload('CronJob', {}, { name }))).toEqual([
      `metadata.name: Invalid value: "${name}": must be no more than 52 characters`,
    ]);
  });

  test('an older apiVersion, and a Namespace within a namespace', () => {
    expect(errorsOf(aWorkload('Deployment', {}, {}, { apiVersion: 'apps/v1beta1' }))).toEqual([
      'apiVersion: Unsupported value: "apps/v1beta1": supported values: "apps/v1", "podctl.dev/v1"',
    ]);
    expect(errorsOf({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a', namespace: 'b' } })).toEqual([
      'metadata.namespace: Forbidden: not allowed on this type',
    ]);
  });
});

test('what Kubernetes takes and one machine has not is warned of', () => {
  const spec = { storageClassName: 'fast', volumeMode: 'Block' };
  expect(warningsOf(aWorkload('PersistentVolumeClaim', spec))).toEqual([
    'spec.volumeMode: there are directories here alone, it becomes one',
    'spec.storageClassName: there is one class here, local: it is used instead',
  ]);
  const [warning] = warningsOf(
    aWorkload('StatefulSet', { volumeClaimTemplates: [{ metadata: { name: 'd' }, spec: {} }] }),
  );
  expect(warning).toContain('spec.volumeClaimTemplates[0].spec.accessModes: Required value');
});

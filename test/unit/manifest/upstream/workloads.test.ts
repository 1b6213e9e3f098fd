import { describe } from 'vitest';
import type { DataKind } from '../../../../src/model/object-manifest.ts';
import { aTemplate, aWorkload } from '../a-workload.ts';
import { duplicate, forbidden, invalid, required, testCases, unsupported } from './api-case.ts';

type Fields = Readonly<Record<string, unknown>>;
const of =
  (kind: DataKind) =>
  (spec: Fields, metadata: Fields = {}) =>
    aWorkload(kind, spec, metadata);

describe('a Deployment', () => {
  const deployment = of('Deployment');
  const rolling = (rollingUpdate: Fields) => deployment({ strategy: { rollingUpdate } });
  const at = 'spec.strategy.rollingUpdate';
  testCases([
    [
      'with everything',
      deployment({
        replicas: 0,
        paused: true,
        minReadySeconds: 0,
        revisionHistoryLimit: 0,
        strategy: { type: 'Recreate' },
      }),
    ],
    [
      'of a negative number',
      deployment({ replicas: -1, minReadySeconds: -1, revisionHistoryLimit: -1, progressDeadlineSeconds: -1 }),
      ...['replicas', 'minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds'].map((field) =>
        invalid(`spec.${field}`),
      ),
    ],
    ['of a strategy nobody knows', deployment({ strategy: { type: 'Blue' } }), unsupported('spec.strategy.type')],
    ['that rolls by percentages', rolling({ maxSurge: '200%', maxUnavailable: '100%' })],
    [
      'that rolls by words',
      rolling({ maxUnavailable: 'x', maxSurge: '1' }),
      invalid(`${at}.maxUnavailable`),
      invalid(`${at}.maxSurge`),
    ],
    ['that rolls backwards', rolling({ maxSurge: -1 }), invalid(`${at}.maxSurge`)],
    ['without a selector', deployment({ selector: undefined }), required('spec.selector')],
    ['of everything', deployment({ selector: {} }), invalid('spec.selector')],
    [
      'of a bad selector',
      deployment({ selector: { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'app', operator: 'Is' }] } }),
      invalid('spec.selector.matchExpressions[0].operator'),
    ],
    ['of a bad label', deployment({ selector: { matchLabels: { app: 'b c' } } }), invalid('spec.selector.matchLabels')],
  ]);
});

describe('a StatefulSet', () => {
  const set = of('StatefulSet');
  testCases([
    ['without a service', set({ serviceName: undefined })],
    ['of a bad service', set({ serviceName: 'A_b' }), invalid('spec.serviceName')],
    ['of a policy nobody knows', set({ podManagementPolicy: 'Any' }), unsupported('spec.podManagementPolicy')],
    ['of a strategy nobody knows', set({ updateStrategy: { type: 'Any' } }), unsupported('spec.updateStrategy.type')],
    [
      'of a negative partition',
      set({ updateStrategy: { rollingUpdate: { partition: -1 } } }),
      invalid('spec.updateStrategy.rollingUpdate.partition'),
    ],
    [
      'that may miss none',
      set({ updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } }),
      invalid('spec.updateStrategy.rollingUpdate.maxUnavailable'),
    ],
    [
      'of a retention nobody knows',
      set({ persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Keep' } }),
      unsupported('spec.persistentVolumeClaimRetentionPolicy.whenDeleted'),
    ],
    [
      'of pods that end',
      set({ template: aTemplate({ restartPolicy: 'Never' }) }),
      unsupported('spec.template.spec.restartPolicy'),
    ],
    ['that counts from below zero', set({ ordinals: { start: -1 } }), invalid('spec.ordinals.start')],
  ]);
});

describe('a DaemonSet', () => {
  const set = of('DaemonSet');
  const rolling = (rollingUpdate: Fields) => set({ updateStrategy: { rollingUpdate } });
  const at = 'spec.updateStrategy.rollingUpdate';
  testCases([
    ['that surges', rolling({ maxSurge: 1, maxUnavailable: 0 })],
    ['that surges and misses', rolling({ maxSurge: 1 }), invalid(`${at}.maxSurge`)],
    ['that does neither', rolling({ maxUnavailable: 0 }), required(`${at}.maxUnavailable`)],
    ['that may miss more than all', rolling({ maxUnavailable: '101%' }), invalid(`${at}.maxUnavailable`)],
    ['of a strategy nobody knows', set({ updateStrategy: { type: 'Any' } }), unsupported('spec.updateStrategy.type')],
    [
      'of pods with a deadline',
      set({ template: aTemplate({ activeDeadlineSeconds: 1 }) }),
      forbidden('spec.template.spec.activeDeadlineSeconds'),
    ],
  ]);
});

describe('a Job', () => {
  const job = of('Job');
  const indexed = (spec: Fields = {}) => job({ completionMode: 'Indexed', completions: 5, ...spec });
  const failing = (rule: Fields, spec: Fields = {}) => job({ podFailurePolicy: { rules: [rule] }, ...spec });
  const rule = 'spec.podFailurePolicy.rules[0]';
  const codes = (onExitCodes: Fields) => failing({ action: 'FailJob', onExitCodes });
  const succeeding = (...rules: readonly Fields[]) => indexed({ successPolicy: { rules } });
  const success = 'spec.successPolicy.rules[0]';
  testCases([
    [
      'of negative numbers',
      job({
        parallelism: -1,
        completions: -1,
        activeDeadlineSeconds: -1,
        backoffLimit: -1,
        ttlSecondsAfterFinished: -1,
      }),
      ...['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished'].map(
        (field) => invalid(`spec.${field}`),
      ),
    ],
    ['of a mode nobody knows', job({ completionMode: 'Any' }), unsupported('spec.completionMode')],
    ['indexed, without a number', job({ completionMode: 'Indexed' }), required('spec.completions')],
    ['indexed, too many at once', indexed({ parallelism: 100001 }), invalid('spec.parallelism')],
    [
      'indexed, too many that fail',
      indexed({ backoffLimitPerIndex: 1, maxFailedIndexes: 6 }),
      invalid('spec.maxFailedIndexes'),
    ],
    ['indexed, with failures by no index', indexed({ maxFailedIndexes: 1 }), required('spec.backoffLimitPerIndex')],
    [
      'indexed, very many',
      indexed({ completions: 100001, backoffLimitPerIndex: 1 }),
      required('spec.maxFailedIndexes'),
    ],
    [
      'indexed, very many, of many failures',
      indexed({ completions: 100001, backoffLimitPerIndex: 1, maxFailedIndexes: 10001, parallelism: 10001 }),
      invalid('spec.maxFailedIndexes'),
      invalid('spec.parallelism'),
    ],
    [
      'not indexed, by index',
      job({ backoffLimitPerIndex: 1, maxFailedIndexes: 1 }),
      invalid('spec.backoffLimitPerIndex'),
      invalid('spec.maxFailedIndexes'),
    ],
    ['managed elsewhere', job({ managedBy: 'example.com/a' })],
    ['managed by a word', job({ managedBy: 'me' }), invalid('spec.managedBy')],
    ['managed by a name too long', job({ managedBy: `example.com/${'a'.repeat(60)}` }), 'spec.managedBy: Too long'],
    ['of a replacement nobody knows', job({ podReplacementPolicy: 'Any' }), unsupported('spec.podReplacementPolicy')],
    ['of pods that run for good', job({ template: aTemplate() }), required('spec.template.spec.restartPolicy')],
    ['that fails by condition', failing({ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] })],
    ['that fails by no action', failing({ onPodConditions: [{ type: 'a' }] }), required(`${rule}.action`)],
    [
      'that fails by an action nobody knows',
      failing({ action: 'Explode', onPodConditions: [{ type: 'a' }] }),
      unsupported(`${rule}.action`),
    ],
    [
      'that fails by index without a limit',
      failing({ action: 'FailIndex', onPodConditions: [{ type: 'a' }] }),
      invalid(`${rule}.action`),
    ],
    [
      'that fails by a bad condition',
      failing({ action: 'Ignore', onPodConditions: [{ type: 'a b', status: 'Maybe' }] }),
      invalid(`${rule}.onPodConditions[0].type`),
      unsupported(`${rule}.onPodConditions[0].status`),
    ],
    [
      'that fails by a condition of no type',
      failing({ action: 'Ignore', onPodConditions: [{ status: 'True' }] }),
      invalid(`${rule}.onPodConditions[0].type`),
    ],
    [
      'that fails by too many conditions',
      failing({ action: 'Ignore', onPodConditions: Array(21).fill({ type: 'a' }) }),
      `${rule}.onPodConditions: Too many`,
    ],
    ['that fails by nothing', failing({ action: 'Count' }), invalid(rule)],
    ['that fails by no code', codes({ operator: 'In', values: [] }), invalid(`${rule}.onExitCodes.values`)],
    ['that fails by no operator', codes({ values: [1] }), required(`${rule}.onExitCodes.operator`)],
    [
      'that fails by an operator nobody knows',
      codes({ operator: 'Is', values: [1] }),
      unsupported(`${rule}.onExitCodes.operator`),
    ],
    [
      'that fails by a code twice',
      codes({ operator: 'In', values: [1, 1] }),
      duplicate(`${rule}.onExitCodes.values[1]`),
    ],
    ['that fails by zero, otherwise', codes({ operator: 'NotIn', values: [0] })],
    [
      'that fails by a container that is not there',
      codes({ containerName: 'x', operator: 'In', values: [1] }),
      invalid(`${rule}.onExitCodes.containerName`),
    ],
    ['that succeeds early', succeeding({ succeededIndexes: '0-2,4', succeededCount: 3 })],
    ['that succeeds early by no rule', succeeding(), required('spec.successPolicy.rules')],
    ['that succeeds early by an empty rule', succeeding({}), required(success)],
    [
      'that succeeds early by a bad index',
      succeeding({ succeededIndexes: '5' }),
      invalid(`${success}.succeededIndexes`),
    ],
    [
      'that succeeds early by indexes out of order',
      succeeding({ succeededIndexes: '2,1' }),
      invalid(`${success}.succeededIndexes`),
    ],
    ['that succeeds early by too many', succeeding({ succeededCount: 6 }), invalid(`${success}.succeededCount`)],
    [
      'that succeeds early by more than named',
      succeeding({ succeededIndexes: '0-1', succeededCount: 3 }),
      invalid(`${success}.succeededCount`),
    ],
    ['that succeeds early by less than none', succeeding({ succeededCount: -1 }), invalid(`${success}.succeededCount`)],
    [
      'that succeeds early, not indexed',
      job({ successPolicy: { rules: [{ succeededCount: 1 }] } }),
      invalid('spec.successPolicy'),
    ],
  ]);
});

describe('a CronJob', () => {
  const cron = of('CronJob');
  testCases([
    ['every hour', cron({ schedule: '@hourly' })],
    ['every so often', cron({ schedule: '@every 1h30m' })],
    ['by names', cron({ schedule: '0 0 * JAN-MAR sun,Mon' })],
    ['by a question mark', cron({ schedule: '0 0 ? * ?' })],
    ['never', cron({ schedule: '' }), required('spec.schedule')],
    ['by six fields', cron({ schedule: '* * * * * *' }), invalid('spec.schedule')],
    ['by an hour too late', cron({ schedule: '0 24 * * *' }), invalid('spec.schedule')],
    ['by a word nobody knows', cron({ schedule: '@often' }), invalid('spec.schedule')],
    ['in a zone of the schedule', cron({ schedule: 'CRON_TZ=UTC 0 * * * *' }), invalid('spec.schedule')],
    ['in a zone', cron({ timeZone: 'America/New_York' })],
    ['in no zone', cron({ timeZone: '' }), invalid('spec.timeZone')],
    ['in the machine’s zone', cron({ timeZone: 'Local' }), invalid('spec.timeZone')],
    ['in a zone nobody knows', cron({ timeZone: 'Europe/Atlantis' }), invalid('spec.timeZone')],
    [
      'of negative numbers',
      cron({ startingDeadlineSeconds: -1, successfulJobsHistoryLimit: -1, failedJobsHistoryLimit: -1 }),
      ...['startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit'].map((field) =>
        invalid(`spec.${field}`),
      ),
    ],
    ['of a policy nobody knows', cron({ concurrencyPolicy: 'Any' }), unsupported('spec.concurrencyPolicy')],
    ['of a name of 52 characters', cron({}, { name: 'a'.repeat(52) })],
    ['of a name of 53 characters', cron({}, { name: 'a'.repeat(53) }), invalid('metadata.name')],
    [
      'of jobs with a selector',
      cron({
        jobTemplate: {
          spec: {
            manualSelector: true,
            selector: { matchLabels: { a: 'b' } },
            template: aTemplate({ restartPolicy: 'Never' }),
          },
        },
      }),
      invalid('spec.jobTemplate.spec.selector'),
      unsupported('spec.jobTemplate.spec.manualSelector'),
    ],
  ]);
});

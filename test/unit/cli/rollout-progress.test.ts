import { describe, expect, it } from 'vitest';
import { type RolledOut, rolloutProgress } from '../../../src/cli/rollout-progress.ts';

const deployment = (status: object, spec: object = { replicas: 3 }): RolledOut => ({
  kind: 'Deployment',
  metadata: { name: 'web', generation: 2 },
  spec: spec as RolledOut['spec'],
  status: { observedGeneration: 2, ...status },
});
const daemonSet = (status: object, spec: object = {}) =>
  ({ ...deployment(status, spec), kind: 'DaemonSet', metadata: { name: 'log' } }) as const;
const statefulSet = (status: object, spec: object = { replicas: 3 }) =>
  ({ ...deployment(status, spec), kind: 'StatefulSet', metadata: { name: 'db' } }) as const;
const late = { conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }] };
const done = { updatedReplicas: 3, replicas: 3, availableReplicas: 3 };
const waiting = 'Waiting for deployment "web" rollout to finish: ';

describe('rolloutProgress', () => {
  it.each<[string, RolledOut, string, string]>([
    [
      'a spec that nobody saw',
      deployment({ observedGeneration: 1 }),
      'under way',
      'Waiting for deployment spec update to be observed...',
    ],
    [
      'too few new pods',
      deployment({ updatedReplicas: 1 }),
      'under way',
      `${waiting}1 out of 3 new replicas have been updated...`,
    ],
    [
      'old pods',
      deployment({ ...done, replicas: 4 }),
      'under way',
      `${waiting}1 old replicas are pending termination...`,
    ],
    [
      'pods not available',
      deployment({ ...done, availableReplicas: 2 }),
      'under way',
      `${waiting}2 of 3 updated replicas are available...`,
    ],
    ['the end', deployment(done), 'done', 'deployment "web" successfully rolled out'],
    ['none wanted', deployment({}, { replicas: 0 }), 'done', 'deployment "web" successfully rolled out'],
    [
      'one wanted by default',
      deployment({}, {}),
      'under way',
      `${waiting}0 out of 1 new replicas have been updated...`,
    ],
    [
      'a deadline that is over',
      deployment({ ...late, replicas: 3 }),
      'failed',
      'deployment "web" exceeded its progress deadline',
    ],
    [
      'a daemon set’s pod',
      daemonSet({ desiredNumberScheduled: 1, updatedNumberScheduled: 1 }),
      'under way',
      'Waiting for daemon set "log" rollout to finish: 0 of 1 updated pods are available...',
    ],
    [
      'a daemon set’s end',
      daemonSet({ desiredNumberScheduled: 1, updatedNumberScheduled: 1, numberAvailable: 1 }),
      'done',
      'daemon set "log" successfully rolled out',
    ],
    [
      'OnDelete',
      daemonSet({}, { updateStrategy: { type: 'OnDelete' } }),
      'failed',
      'rollout status is only available for RollingUpdate strategy type',
    ],
    ['a stateful set’s pods', statefulSet({ readyReplicas: 1 }), 'under way', 'Waiting for 2 pods to be ready...'],
    [
      'a stateful set’s revision',
      statefulSet({ readyReplicas: 3, updatedReplicas: 1, updateRevision: 'b', currentRevision: 'a' }),
      'under way',
      'waiting for statefulset rolling update to complete 1 pods at revision b...',
    ],
    [
      'a partition',
      statefulSet(
        { readyReplicas: 3, updatedReplicas: 1 },
        { replicas: 3, updateStrategy: { rollingUpdate: { partition: 1 } } },
      ),
      'under way',
      'Waiting for partitioned roll out to finish: 1 out of 2 new pods have been updated...',
    ],
    [
      'a stateful set’s end',
      statefulSet({ readyReplicas: 3, currentReplicas: 3, updateRevision: 'b', currentRevision: 'b' }),
      'done',
      'statefulset rolling update complete 3 pods at revision b...',
    ],
  ])('tells of %s', (_, object, state, message) => {
    expect(rolloutProgress(object)).toEqual({ state, message });
  });

  it('knows no updates of other kinds', () => {
    expect(rolloutProgress({ ...deployment({}), kind: 'Job' })).toBeUndefined();
  });
});

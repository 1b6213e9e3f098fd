import { describe, expect, test } from 'vitest';
import type { RevisionView } from '../../../src/model/workload.ts';
import { forgetRevisions, planHistory } from '../../../src/workload/controller-history.ts';
import { planDaemonSet } from '../../../src/workload/plan-daemon-set.ts';
import { templateHash } from '../../../src/workload/template-hash.ts';
import { aDaemonSet, aPod, aRevision, aTemplate, noonMs } from './builders.ts';
import { aStatefulSet } from './job-builders.ts';

const hash = templateHash(aTemplate());
const others = { ...aPod('x').owner, uid: 'other' } as NonNullable<RevisionView['owner']>;
const { owner: _owner, ...free } = aRevision('1', 4);
const set = aStatefulSet();

describe('planHistory', () => {
  test.each<[string, readonly RevisionView[], readonly object[], string?]>([
    ['makes the first revision', [], [{ action: 'createObject', manifest: { revision: 1 } }]],
    ['is content with the newest', [aRevision('0', 1), aRevision('1', 2)], []],
    ['numbers on from the highest', [aRevision('0', 7)], [{ action: 'createObject', manifest: { revision: 8 } }]],
    [
      'gives a template that is there again its revision back, as the newest',
      [aRevision('1', 1), aRevision('0', 2)],
      [{ action: 'updateRevision', uid: 'revision-1', revision: 3 }],
    ],
    [
      'of two with one number makes its own the newest',
      [aRevision('1', 2, { createdMs: 1 }), aRevision('0', 2, { createdMs: 2 })],
      [{ action: 'updateRevision', uid: 'revision-2', revision: 3 }],
    ],
    [
      'takes up a revision that nobody owns',
      [free],
      [{ action: 'updateRevision', uid: 'revision-4', owner: { uid: 'owner', controller: true } }],
    ],
    [
      'gives no name twice: that of another set’s revision has other letters',
      [aRevision('1', 1, { owner: others })],
      [
        {
          action: 'createObject',
          manifest: { metadata: { name: `web-${templateHash(aTemplate(), 1)}` }, revision: 1 },
        },
      ],
      templateHash(aTemplate(), 1),
    ],
    [
      'counts one that is being deleted as gone',
      [aRevision('1', 1, { isDeleting: true, name: 'web-other' })],
      [{ action: 'createObject', manifest: { revision: 1 } }],
    ],
  ])('%s', (_name, revisions, actions, expected = hash) => {
    const history = planHistory(set, revisions);
    expect(history.actions).toHaveLength(actions.length);
    expect(history.actions).toMatchObject(actions);
    expect(history.update).toMatchObject({ name: `web-${expected}`, hash: expected });
  });

  test('keeps the template as the patch that Kubernetes keeps, with labels, causes and the owner', () => {
    const annotations = {
      'kubernetes.io/change-cause': 'why',
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
    };
    expect(planHistory({ ...set, annotations }, []).actions).toEqual([
      {
        action: 'createObject',
        manifest: {
          ...{ apiVersion: 'apps/v1', kind: 'ControllerRevision', revision: 1 },
          metadata: {
            ...{ name: `web-${hash}`, namespace: 'default', annotations: { 'kubernetes.io/change-cause': 'why' } },
            labels: { app: 'web', 'controller.kubernetes.io/hash': hash },
            ownerReferences: [
              {
                ...{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 'owner' },
                ...{ controller: true, blockOwnerDeletion: true },
              },
            ],
          },
          data: { spec: { template: { ...aTemplate(), $patch: 'replace' } } },
        },
      },
    ]);
    const [daemons] = planHistory(aDaemonSet(), []).actions;
    expect(daemons).toMatchObject({ manifest: { metadata: { labels: { 'controller-revision-hash': hash } } } });
  });
});

describe('forgetRevisions', () => {
  const all = [aRevision('0', 1), aRevision('2', 2), aRevision('3', 3), aRevision('1', 4)];
  test.each<readonly [string, number, readonly string[], readonly string[]]>([
    ['keeps as many as are to be kept', 3, ['1'], []],
    ['forgets the lowest first', 1, ['1'], ['revision-1', 'revision-2']],
    ['never what is live', 0, ['0', '1'], ['revision-2', 'revision-3']],
  ])('%s', (_name, revisionHistoryLimit, live, gone) => {
    const keeper = aStatefulSet({ revisionHistoryLimit });
    const isLive = (name: string) => live.some((version) => name === aRevision(version, 1).name);
    const actions = forgetRevisions(keeper, planHistory(keeper, all), ({ name }) => isLive(name));
    expect(actions.map((action) => 'uid' in action && action.uid)).toEqual(gone);
  });

  test('a DaemonSet’s pod keeps its revision', () => {
    const daemons = aDaemonSet({ revisionHistoryLimit: 1, updateStrategy: { type: 'OnDelete' } });
    const pod = aPod('old', { labels: aRevision('0', 1).labels });
    const { actions } = planDaemonSet(daemons, { pods: [pod], objects: [], revisions: all }, noonMs);
    expect(actions).toMatchObject([{ action: 'deleteObject', kind: 'ControllerRevision', uid: 'revision-2' }]);
  });
});

import { describe, expect, it } from 'vitest';
import type { OwnedPod } from '../../../src/model/workload.ts';
import { revisionHashLabel } from '../../../src/workload/controller-history.ts';
import { planDaemonSet } from '../../../src/workload/plan-daemon-set.ts';
import { templateHash } from '../../../src/workload/template-hash.ts';
import { aDaemonSet, aPod, aRevision, aTemplate, noonMs } from './builders.ts';

const labels = (version = '1') => ({ app: 'web', [revisionHashLabel]: templateHash(aTemplate(version)) });
const current = aPod('new', { labels: labels() });
const old = aPod('old', { labels: labels('0') });
const revisions = [aRevision('0', 1), aRevision('1', 2)];
const surging = aDaemonSet({ updateStrategy: { type: 'RollingUpdate', maxSurge: '10%', maxUnavailable: 0 } });
const onDelete = aDaemonSet({ updateStrategy: { type: 'OnDelete' } });

describe('planDaemonSet', () => {
  it.each<[string, ReturnType<typeof aDaemonSet>, readonly OwnedPod[], readonly string[]]>([
    ['makes its one pod', aDaemonSet(), [], ['createPod']],
    ['is content with it', aDaemonSet(), [current], []],
    ['deletes a pod of an older template', aDaemonSet(), [old], ['deletePod old']],
    ['waits for the older pod to be gone', aDaemonSet(), [{ ...old, isDeleting: true }], []],
    ['leaves the older pod with OnDelete', onDelete, [old], []],
    ['makes a new pod when the older one is gone, with OnDelete', onDelete, [], ['createPod']],
    ['with maxSurge makes the new pod first', surging, [old], ['createPod']],
    ['with maxSurge waits for the new pod', surging, [old, { ...current, isReady: false }], []],
    ['with maxSurge deletes the older pod when the new one is available', surging, [old, current], ['deletePod old']],
    [
      'with maxSurge deletes an older pod that is of no use',
      surging,
      [
        { ...old, isReady: false },
        { ...current, isReady: false },
      ],
      ['deletePod old'],
    ],
    [
      'keeps the oldest of several',
      aDaemonSet(),
      [current, aPod('second', { labels: labels(), createdMs: noonMs - 5 })],
      ['deletePod second'],
    ],
    [
      'deletes a pod that failed',
      aDaemonSet(),
      [{ ...current, phase: 'Failed' }],
      ['event FailedDaemonPod', 'deletePod new'],
    ],
    [
      'lets one that failed just now be for a moment',
      aDaemonSet(),
      [{ ...current, phase: 'Failed', createdMs: noonMs }],
      [],
    ],
    ['does nothing while it is being deleted', aDaemonSet({}, { isDeleting: true }), [], []],
  ])('%s', (_, set, pods, expected) => {
    const { actions } = planDaemonSet(set, { pods, objects: [], revisions }, noonMs);
    const words = actions.map((action) => {
      if (action.action === 'event') return `event ${action.reason}`;
      return action.action === 'deletePod' ? `deletePod ${action.name}` : action.action;
    });
    expect(words).toEqual(expected);
  });

  it('tells of its pod as Kubernetes does', () => {
    const status = (pods: readonly OwnedPod[]) =>
      planDaemonSet(aDaemonSet(), { pods, objects: [], revisions }, noonMs).status;
    const always = { numberMisscheduled: 0, desiredNumberScheduled: 1, observedGeneration: 1 };
    expect(status([])).toEqual({ ...always, currentNumberScheduled: 0, numberReady: 0, numberUnavailable: 1 });
    expect(status([current])).toEqual({
      ...{ ...always, currentNumberScheduled: 1, numberReady: 1, updatedNumberScheduled: 1, numberAvailable: 1 },
    });
    expect(status([old]).updatedNumberScheduled).toBeUndefined();
  });
});

import { describe, expect, test } from 'vitest';
import type { OwnerReference } from '../../../src/model/workload.ts';
import { type Collectable, planCollection } from '../../../src/reconcile/plan-collection.ts';

const an = (kind: Collectable['kind'], name: string, more: Partial<Collectable> = {}): Collectable => ({
  ...{ kind, name, namespace: 'default', uid: `uid-${name}`, owners: [], isDeleting: false },
  ...more,
});
const ownedBy = (name: string): readonly OwnerReference[] => [
  { apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid: `uid-${name}`, controller: true },
];
const aNamespace = (name: string, more: Partial<Collectable> = {}): Collectable =>
  an('Namespace', name, { namespace: '', ...more });

const steps = (...objects: readonly Collectable[]): readonly string[] =>
  planCollection(objects).map(({ step, object, ...how }) =>
    [step, object.kind, object.name, ...('isForeground' in how && how.isForeground ? ['foreground'] : [])].join(' '),
  );

describe('planCollection', () => {
  const ending = { isDeleting: true } as const;
  test.each<[string, readonly Collectable[], readonly string[]]>([
    ['leaves alone what has no owner', [an('Pod', 'web'), an('ConfigMap', 'c')], []],
    ['leaves alone what has one', [an('ReplicaSet', 'rs'), an('Pod', 'a', { owners: ownedBy('rs') })], []],
    ['deletes what lost its owner', [an('Pod', 'a', { owners: ownedBy('rs') })], ['delete Pod a']],
    [
      'keeps what one of two owners is left of',
      [an('ReplicaSet', 'rs'), an('Pod', 'a', { owners: [...ownedBy('rs'), ...ownedBy('gone')] })],
      [],
    ],
    ['says nothing of what is being deleted', [an('Pod', 'a', { owners: ownedBy('rs'), ...ending })], []],
    [
      'takes an owner of another namespace for none',
      [an('ReplicaSet', 'rs', { namespace: 'other' }), an('Pod', 'a', { owners: ownedBy('rs') })],
      ['delete Pod a'],
    ],
    [
      'deletes what is owned before an owner that is deleted in the foreground, and so on down',
      [
        an('Deployment', 'd', { ...ending, finalizer: 'foregroundDeletion' }),
        an('ReplicaSet', 'rs', { owners: ownedBy('d') }),
        an('Pod', 'a', { owners: ownedBy('rs') }),
      ],
      ['delete ReplicaSet rs foreground'],
    ],
    [
      'finishes such an owner when nothing of it is left',
      [an('Deployment', 'd', { ...ending, finalizer: 'foregroundDeletion' }), an('Pod', 'other')],
      ['finish Deployment d'],
    ],
    [
      'waits for what is left of it',
      [
        an('ReplicaSet', 'rs', { ...ending, finalizer: 'foregroundDeletion' }),
        an('Pod', 'a', { owners: ownedBy('rs'), ...ending }),
      ],
      [],
    ],
    [
      'empties a namespace: first what makes pods, and pods',
      [
        aNamespace('shop', { ...ending, finalizer: 'kubernetes' }),
        an('ConfigMap', 'c', { namespace: 'shop' }),
        an('Deployment', 'd', { namespace: 'shop' }),
        an('Pod', 'p', { namespace: 'shop' }),
        an('Pod', 'other'),
      ],
      ['delete Deployment d', 'delete Pod p'],
    ],
    [
      'then the rest, while the pods end',
      [
        aNamespace('shop', { ...ending, finalizer: 'kubernetes' }),
        an('ConfigMap', 'c', { namespace: 'shop' }),
        an('Pod', 'p', { namespace: 'shop', ...ending }),
      ],
      ['delete ConfigMap c'],
    ],
    [
      'finishes a namespace that is empty',
      [aNamespace('shop', { ...ending, finalizer: 'kubernetes' })],
      ['finish Namespace shop'],
    ],
    [
      'keeps a claim while a pod shows it',
      [
        an('PersistentVolumeClaim', 'data', { ...ending, finalizer: 'kubernetes.io/pvc-protection' }),
        an('Pod', 'p', { claims: ['data'], ...ending }),
      ],
      [],
    ],
    [
      'lets it go afterwards; one of that name in another namespace does not count',
      [
        an('PersistentVolumeClaim', 'data', { ...ending, finalizer: 'kubernetes.io/pvc-protection' }),
        an('Pod', 'p', { namespace: 'other', claims: ['data'] }),
      ],
      ['finish PersistentVolumeClaim data'],
    ],
  ])('%s', (_, objects, expected) => {
    expect(steps(...objects)).toEqual(expected);
  });
});

import { describe, expect, test } from 'vitest';
import { planLaunch } from '../../../src/launch/plan-launch.ts';
import { planNamespaces, withUsers } from '../../../src/launch/plan-namespaces.ts';
import type { LaunchPlan } from '../../../src/model/launch-plan.ts';
import { aContainer, aContext, aPod, aProcess } from './a-pod.ts';

const users = { base: 1_879_048_192, size: 65_536 };
const mounts = [
  { volume: 'data', source: { kind: 'emptyDir' as const }, mountPath: '/data', readOnly: false },
  {
    volume: 'src',
    source: { kind: 'hostPath' as const, path: '/srv', type: '' as const },
    mountPath: '/src',
    readOnly: false,
  },
];
const container = aContainer('web', { mounts });
const own = planLaunch(aPod([container], { hostUsers: false }), container, aContext({ users }));
const machines = planLaunch(aPod([container]), container, aContext());

const mapsOf = ({ sources }: LaunchPlan) => Object.fromEntries(sources.map(({ id, idMap }) => [id, idMap]));

describe('a pod with users of its own', () => {
  test('sees the owners of volumes and of the machine’s programs as its own', () => {
    expect(mapsOf(own)).toMatchObject({
      'volume:/data': 'required',
      'volume:/src': 'required',
      'host:/usr': 'wish',
      'dev:null': undefined,
    });
    expect(Object.values(mapsOf(machines)).filter((map) => map !== undefined)).toEqual([]);
  });

  test('has terminals of its own group tty', () => {
    const dataOf = ({ rootOps }: LaunchPlan) =>
      rootOps.flatMap((op) => (op.op === 'mount' && op.type === 'devpts' ? [op.data] : []));
    expect(dataOf(own)).toEqual(['newinstance,ptmxmode=0666,mode=0620,gid=1879048197']);
    expect(dataOf(machines)).toEqual(['newinstance,ptmxmode=0666,mode=0620,gid=5']);
  });

  test('has a PID 1 whose OOM score none of its programs can get below', () => {
    const programs = [aProcess({ oomScoreAdj: 300 }), aProcess({ name: 'b', oomScoreAdj: 100 })];
    const two = aContainer('web', { programs });
    const plan = planLaunch(aPod([two], { hostUsers: false }), two, aContext({ users }));
    expect(plan.oomScoreAdj).toBe(100);
    expect(planLaunch(aPod([two]), two, aContext()).oomScoreAdj).toBe(-998);
  });

  test('has its namespaces held, also where each container has its own', () => {
    const alone = aContainer('web', { namespaces: { net: 'private', ipc: 'private', uts: 'private' } });
    const planOf = (over: { readonly hostUsers?: false }) => {
      const planned = planNamespaces(aPod([alone], over), alone, {}, 'uid');
      if (!planned.ok) throw new Error('waits');
      return planned.value;
    };
    expect(planOf({}).sandbox).toBeUndefined();
    expect(withUsers(planOf({ hostUsers: false }), users).sandbox).toMatchObject({ key: 'uid', kinds: [], users });
    expect(withUsers(planOf({}), users).sandbox).toBeUndefined();
  });
});

import { describe, expect, test } from 'vitest';
import { parseOomVictim } from '../../../src/cgroup/oom-victims.ts';
import { newKills, noKills, toldWith } from '../../../src/cgroup/read-memory-counts.ts';

describe('new kills', () => {
  test.each([
    ['nothing happened', noKills, noKills, []],
    ['the first in a leaf', noKills, { total: 1, leaves: { web: 1 } }, [{ leaf: 'web', kills: 1 }]],
    [
      'more in one of two',
      { total: 3, leaves: { a: 1, b: 2 } },
      { total: 5, leaves: { a: 1, b: 4 } },
      [{ leaf: 'b', kills: 2 }],
    ],
    [
      'in no leaf',
      noKills,
      { total: 2, leaves: { a: 1 } },
      [
        { leaf: 'a', kills: 1 },
        { leaf: undefined, kills: 1 },
      ],
    ],
    ['a leaf is gone, v2: its kills stay in the total', { total: 2, leaves: { a: 2 } }, { total: 2, leaves: {} }, []],
    ['a leaf is gone, v1: the total shrinks', { total: 2, leaves: { a: 2 } }, noKills, []],
    ['a leaf came again', { total: 2, leaves: {} }, { total: 3, leaves: { a: 1 } }, [{ leaf: 'a', kills: 1 }]],
  ])('%s', (_, told, now, expected) => {
    expect(newKills(told, now)).toEqual(expected);
  });
});

describe('a look between the leaf’s count and the total’s, v2', () => {
  const told = { total: 1, leaves: { main: 1 } };
  const between = { total: 1, leaves: { main: 2 } };
  const after = { total: 2, leaves: { main: 2 } };
  const layout = { kind: 'v2', unified: '/sys/fs/cgroup', v1: {}, controllers: [] } as never;

  test('tells the kill once', () => {
    const news = newKills(told, between);
    expect(news).toEqual([{ leaf: 'main', kills: 1 }]);
    expect(newKills(toldWith(layout, told, between, news), after)).toEqual([]);
  });
});

describe('the kernel’s word on a victim', () => {
  test('is read, whatever the process is called', () => {
    const line = (name: string) =>
      `oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/podctl/u/app/app,task_memcg=/podctl/u/app/app/web,task=${name},pid=2541,uid=0`;
    expect(parseOomVictim(line('payload'))).toEqual({ cgroup: '/podctl/u/app/app/web', name: 'payload' });
    expect(parseOomVictim(line('a,task=b c'))?.name).toContain('b c');
  });

  test('is none of the other lines', () => {
    expect(parseOomVictim('Memory cgroup out of memory: Killed process 2541 (payload) total-vm:1kB')).toBeUndefined();
    expect(
      parseOomVictim('payload invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0'),
    ).toBeUndefined();
  });
});

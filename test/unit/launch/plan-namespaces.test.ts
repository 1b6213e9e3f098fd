import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planLaunch } from '../../../src/launch/plan-launch.ts';
import { planNamespaces, planPodInitNamespaces } from '../../../src/launch/plan-namespaces.ts';
import { startOrder } from '../../../src/launch/start-order.ts';
import { type NamespaceKind, type NamespaceMode, namespaceKinds } from '../../../src/model/pod-spec.ts';
import { aContainer, aContext, aPod } from './a-pod.ts';

const plan = (
  modes: Partial<Record<NamespaceKind, NamespaceMode>>,
  living: Record<string, number> = {},
  other: Partial<Record<NamespaceKind, NamespaceMode>> = {},
) => {
  const container = aContainer('web', { namespaces: modes });
  return planNamespaces(aPod([container, aContainer('db', { namespaces: other })]), container, living, 'uid');
};

describe('sysctls', () => {
  const sysctls = { 'net/core/somaxconn': '9', 'kernel/sem': '1' };

  test('are the sandbox’s where it has their namespace, the container’s own where that is', () => {
    const container = aContainer('web', { namespaces: { net: 'private' } });
    const pod = aPod([container, aContainer('db')], { sysctls });
    const planned = planNamespaces(pod, container, {}, 'uid');
    if (!planned.ok) throw new Error('waits');
    expect(planned.value.sandbox?.sysctls).toEqual(sysctls);
    const context = aContext({ namespaces: planned.value.namespaces });
    expect(planLaunch(pod, container, context).sysctls).toEqual({ 'net/core/somaxconn': '9' });
  });

  test('of a namespace that is the machine’s are nobody’s', () => {
    const pod = aPod([aContainer('web', { namespaces: { net: 'host' } })], { sysctls });
    const planned = planNamespaces(pod, aContainer('web', { namespaces: { net: 'host' } }), {}, 'uid');
    expect(planned.ok && planned.value.sandbox?.sysctls).toEqual({ 'kernel/sem': '1' });
  });
});

describe('planNamespaces', () => {
  test('gives Kubernetes defaults: net, ipc, uts from the sandbox, the rest new', () => {
    expect(plan({})).toEqual({
      ok: true,
      value: {
        namespaces: {
          net: { from: 'sandbox' },
          ipc: { from: 'sandbox' },
          uts: { from: 'sandbox' },
          pid: { from: 'new' },
          mnt: { from: 'new' },
          cgroup: { from: 'new' },
          time: { from: 'host' },
        },
        sandbox: { key: 'uid', kinds: ['net', 'ipc', 'uts'], hostname: 'demo-host' },
      },
    });
  });

  test('has no sandbox when nothing is shared in the pod', () => {
    const result = plan({ net: 'private', ipc: 'host', uts: 'private' });
    expect(result.ok && result.value.sandbox).toBeUndefined();
  });

  test('takes a shared time namespace from the sandbox', () => {
    const result = plan({ time: 'pod' });
    expect(result.ok && result.value.namespaces.time).toEqual({ from: 'sandbox' });
    expect(result.ok && result.value.sandbox?.kinds).toEqual(['net', 'ipc', 'uts', 'time']);
  });

  test('joins the pod init for a shared pid namespace, and waits for it', () => {
    expect(plan({ pid: 'pod' })).toEqual({ ok: false, error: { waitingFor: '_pod' } });
    const result = plan({ pid: 'pod' }, { _pod: 77 });
    expect(result.ok && result.value.namespaces.pid).toEqual({ from: 'pid', pid: 77 });
  });

  test.each(namespaceKinds.filter((kind) => kind !== 'net'))(
    'joins %s of a named container, and waits for it',
    (kind) => {
      expect(plan({ [kind]: 'container:db' })).toEqual({ ok: false, error: { waitingFor: 'db' } });
      const result = plan({ [kind]: 'container:db' }, { db: 42 });
      expect(result.ok && result.value.namespaces[kind]).toEqual({ from: 'pid', pid: 42 });
    },
  );

  test.each(['mnt', 'cgroup'] as const)('joins a living container that shares %s, else makes it', (kind) => {
    const alone = plan({ [kind]: 'pod' }, {}, { [kind]: 'pod' });
    expect(alone.ok && alone.value.namespaces[kind]).toEqual({ from: 'new' });
    const second = plan({ [kind]: 'pod' }, { db: 42, web: 41 }, { [kind]: 'pod' });
    expect(second.ok && second.value.namespaces[kind]).toEqual({ from: 'pid', pid: 42 });
    const otherIsPrivate = plan({ [kind]: 'pod' }, { db: 42 });
    expect(otherIsPrivate.ok && otherIsPrivate.value.namespaces[kind]).toEqual({ from: 'new' });
  });

  test('adopts the sandbox from a living init that is in all of it', () => {
    const adopted = plan({}, { db: 42 });
    expect(adopted.ok && adopted.value.sandbox?.adoptFromPid).toBe(42);
    const partly = plan({}, { db: 42 }, { net: 'private' });
    expect(partly.ok && partly.value.sandbox?.adoptFromPid).toBeUndefined();
    const podInit = plan({ pid: 'pod' }, { _pod: 7, db: 42 });
    expect(podInit.ok && podInit.value.sandbox?.adoptFromPid).toBe(7);
  });

  test('never joins the host when the manifest does not say so', () => {
    const mode = fc.constantFrom<NamespaceMode>('private', 'pod', 'container:db');
    const modes = fc.record(Object.fromEntries(namespaceKinds.map((kind) => [kind, mode])));
    fc.assert(
      fc.property(modes, (some) => {
        const result = plan(some, { db: 42, _pod: 7 });
        return result.ok && namespaceKinds.every((kind) => result.value.namespaces[kind].from !== 'host');
      }),
    );
  });
});

test('planPodInitNamespaces holds what the pod shares and makes the pid namespace', () => {
  const pod = aPod([aContainer('web', { namespaces: { pid: 'pod', ipc: 'host' } })]);
  expect(planPodInitNamespaces(pod, {}, 'uid')).toEqual({
    namespaces: {
      net: { from: 'sandbox' },
      ipc: { from: 'host' },
      uts: { from: 'sandbox' },
      pid: { from: 'new' },
      mnt: { from: 'new' },
      cgroup: { from: 'new' },
      time: { from: 'host' },
    },
    sandbox: { key: 'uid', kinds: ['net', 'uts'], hostname: 'demo-host' },
  });
});

describe('startOrder', () => {
  const order = (...containers: Parameters<typeof aContainer>[]) =>
    startOrder(aPod(containers.map((args) => aContainer(...args))));

  test('starts everything at once when nothing is joined', () => {
    expect(order(['a'], ['b'])).toEqual([['a', 'b']]);
  });

  test('starts the pod init first', () => {
    expect(order(['a', { namespaces: { pid: 'pod' } }], ['b'])).toEqual([['_pod'], ['a', 'b']]);
  });

  test('starts an owner before who joins it, in chains', () => {
    expect(
      order(['a', { namespaces: { pid: 'container:b' } }], ['b', { namespaces: { time: 'container:c' } }], ['c']),
    ).toEqual([['c'], ['b'], ['a']]);
  });

  test('lets the first of a shared mount namespace make it', () => {
    expect(order(['a', { namespaces: { mnt: 'pod' } }], ['b', { namespaces: { mnt: 'pod' } }], ['c'])).toEqual([
      ['a', 'c'],
      ['b'],
    ]);
  });

  test('says bug for a ring', () => {
    expect(() =>
      order(['a', { namespaces: { pid: 'container:b' } }], ['b', { namespaces: { mnt: 'container:a' } }]),
    ).toThrow(/bug: a, b wait for each other/);
  });
});

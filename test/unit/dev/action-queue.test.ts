import { expect, test } from 'vitest';
import { createActionQueue, type DevAction } from '../../../src/dev/action-queue.ts';
import { aRule, changed } from './a-rule.ts';

interface Begun {
  readonly action: DevAction;
  readonly superseded: AbortSignal;
  readonly finish: () => void;
}

function aQueue() {
  const begun: Begun[] = [];
  const queue = createActionQueue(
    (action, superseded) => new Promise((finish) => begun.push({ action, superseded, finish })),
  );
  const names = (): string[] =>
    begun.map(({ action }) => `${action.rule.id}: ${action.changes.map(({ path }) => path).join()}`);
  const next = async (index: number): Promise<void> => {
    begun[index]?.finish();
    await new Promise(setImmediate);
  };
  return { queue, begun, names, next };
}

const one = aRule();
const two = aRule({}, 1);
const three = aRule({}, 2);
const act = (rule = one, ...paths: readonly string[]): DevAction => ({
  rule,
  changes: changed(...paths),
  whole: false,
});

test('actions of one container come one after the other', async () => {
  const { queue, names, next } = aQueue();
  queue.add(act(one, '/a'));
  queue.add(act(two, '/b'));
  expect(names()).toEqual([`${one.id}: /a`]);
  await next(0);
  expect(names()).toEqual([`${one.id}: /a`, `${two.id}: /b`]);
});

test('other containers and pods do not wait', () => {
  const { queue, begun } = aQueue();
  for (const owner of [{}, { container: 'db' }, { pod: 'other' }, { namespace: 'prod' }]) queue.add(act(aRule(owner)));
  expect(begun).toHaveLength(4);
});

test('all changes that come while a rule acts are one more round', async () => {
  const { queue, names, next, begun } = aQueue();
  queue.add(act(one, '/a'));
  for (const path of ['/b', '/c', '/b']) queue.add(act(one, path));
  await next(0);
  expect(names()).toEqual([`${one.id}: /a`, `${one.id}: /b,/c`]);
  await next(1);
  expect(begun).toHaveLength(2);
});

test('more work ends the waiting of the action under way', async () => {
  const { queue, begun, next } = aQueue();
  queue.add(act(one, '/a'));
  expect(begun[0]?.superseded.aborted).toBe(false);
  queue.add(act(two, '/b'));
  expect(begun[0]?.superseded.aborted).toBe(true);
  await next(0);
  expect(begun[1]?.superseded.aborted).toBe(false);
});

test('an action that others wait behind already does not wait for its effect', async () => {
  const { queue, begun, next } = aQueue();
  queue.add(act(one, '/a'));
  queue.add(act(two, '/b'));
  queue.add(act(three, '/c'));
  await next(0);
  expect(begun[1]?.superseded.aborted).toBe(true);
  await next(1);
  expect(begun[2]?.superseded.aborted).toBe(false);
});

test('what came and went meanwhile is no round', async () => {
  const { queue, begun, next } = aQueue();
  queue.add(act(one, '/a'));
  queue.add({ rule: one, changes: [{ path: '/x', kind: 'added' }], whole: false });
  queue.add({ rule: one, changes: [{ path: '/x', kind: 'removed' }], whole: false });
  await next(0);
  expect(begun).toHaveLength(1);
});

test('a whole sync stays whole', async () => {
  const { queue, begun, next } = aQueue();
  queue.add(act(one, '/a'));
  queue.add({ rule: one, changes: [], whole: true });
  queue.add(act(one, '/b'));
  await next(0);
  expect(begun[1]?.action).toEqual({ rule: one, changes: changed('/b'), whole: true });
});

test('waiting rules that are no more are forgotten, changed ones are taken as they are now', async () => {
  const { queue, begun, next } = aQueue();
  queue.add(act(one, '/a'));
  queue.add(act(one, '/b'));
  queue.add(act(two, '/c'));
  const now = { ...one, cascade: true };
  queue.keep([now]);
  await next(0);
  await next(1);
  expect(begun.map(({ action }) => action.rule)).toEqual([one, now]);
});

test('close waits for what is under way and begins nothing more', async () => {
  const { queue, begun, next } = aQueue();
  queue.add(act(one, '/a'));
  queue.add(act(two, '/b'));
  let isClosed = false;
  const closing = queue.close().then(() => {
    isClosed = true;
  });
  await new Promise(setImmediate);
  expect([isClosed, begun[0]?.superseded.aborted]).toEqual([false, true]);
  await next(0);
  await closing;
  queue.add(act(one, '/c'));
  expect(begun).toHaveLength(1);
});

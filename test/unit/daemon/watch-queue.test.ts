import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createWatchQueue, type WatchQueue } from '../../../src/daemon/watch-queue.ts';
import type { WatchEvent } from '../../../src/protocol/objects.ts';

interface Thing {
  readonly metadata: { readonly namespace: string; readonly name: string; readonly resourceVersion: string };
  readonly chosen: boolean;
}

const thing = (name: string, version: number, chosen = true): Thing => ({
  metadata: { namespace: 'default', name, resourceVersion: String(version) },
  chosen,
});
const isChosen = ({ chosen }: Thing): boolean => chosen;

function takeAll(queue: WatchQueue<Thing>): WatchEvent<Thing>[] {
  const events: WatchEvent<Thing>[] = [];
  for (let event = queue.take(); event !== undefined; event = queue.take()) events.push(event);
  return events;
}

function setPresent(things: Map<string, Thing>, object: Thing, isPresent: boolean): void {
  if (isPresent) things.set(object.metadata.name, object);
  else things.delete(object.metadata.name);
}

const shown = (events: readonly WatchEvent<Thing>[]): string[] =>
  events.map(({ type, object }) => `${type} ${object.metadata.name}@${object.metadata.resourceVersion}`);

describe('watch queue', () => {
  test('tells only the newest of several changes that waited', () => {
    const queue = createWatchQueue(isChosen);
    queue.push(thing('a', 1), false);
    queue.push(thing('a', 2), false);
    queue.push(thing('b', 3), false);
    queue.push(thing('a', 4), false);
    expect(shown(takeAll(queue))).toEqual(['ADDED b@3', 'ADDED a@4']);
    queue.push(thing('a', 5), false);
    expect(shown(takeAll(queue))).toEqual(['MODIFIED a@5']);
  });

  test('never tells of an object that came and went unseen', () => {
    const queue = createWatchQueue(isChosen);
    queue.push(thing('a', 1), false);
    queue.push(thing('a', 2), true);
    expect(takeAll(queue)).toEqual([]);
  });

  test('tells that an object left or entered the selection', () => {
    const queue = createWatchQueue(isChosen);
    queue.push(thing('a', 1, false), false);
    expect(takeAll(queue)).toEqual([]);
    queue.push(thing('a', 2), false);
    expect(shown(takeAll(queue))).toEqual(['ADDED a@2']);
    queue.push(thing('a', 3, false), false);
    expect(shown(takeAll(queue))).toEqual(['DELETED a@3']);
  });

  test('a watcher that applies the events knows what is there, whenever it reads', () => {
    const step = fc.oneof(
      fc.record({ name: fc.constantFrom('a', 'b', 'c'), deleted: fc.boolean(), chosen: fc.boolean() }),
      fc.constant('read' as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const queue = createWatchQueue(isChosen);
        const actual = new Map<string, Thing>();
        const seen = new Map<string, Thing>();
        const read = (): void => {
          for (const event of takeAll(queue)) {
            expect(seen.has(event.object.metadata.name)).toBe(event.type !== 'ADDED');
            setPresent(seen, event.object, event.type !== 'DELETED');
          }
        };
        for (const [version, change] of steps.entries()) {
          if (change === 'read') {
            read();
            continue;
          }
          const object = thing(change.name, version, change.chosen);
          setPresent(actual, object, !change.deleted && change.chosen);
          queue.push(object, change.deleted);
        }
        read();
        expect(seen).toEqual(actual);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Machine, newMachine, type SuperviseEvent, supervise } from '../../../src/init/supervise.ts';

const one = [{ name: 'main', essential: true }];

const play = (events: readonly SuperviseEvent[], machine: Machine = newMachine(one)) => {
  const effects = [];
  let current = machine;
  for (const event of events) {
    const step = supervise(current, event);
    current = step.machine;
    effects.push(...step.effects);
  }
  return { machine: current, effects };
};

const begin: SuperviseEvent = { type: 'begin' };
const spawned: SuperviseEvent = { type: 'spawned', program: 'main', pid: 2, at: '2026-01-01T00:00:00Z' };
const exited = (exitCode: number, extra: { signal?: number; oomKilled?: boolean } = {}): SuperviseEvent => ({
  type: 'exited',
  program: 'main',
  exitCode,
  oomKilled: false,
  ...extra,
});
const empty: SuperviseEvent = { type: 'treeEmpty' };
const stop = (graceMs: number): SuperviseEvent => ({ type: 'stopRequested', graceMs });

describe('supervise', () => {
  test('spawns every program when it begins', () => {
    const { machine, effects } = play([begin]);
    expect(machine.phase).toBe('running');
    expect(effects).toEqual([{ effect: 'spawn', program: 'main' }]);
    expect(play([begin, spawned]).machine.programs.main).toMatchObject({ state: 'RUNNING', pid: 2 });
  });

  test.each([
    { name: 'exit 0', event: exited(0), end: { exitCode: 0, reason: 'Completed' } },
    { name: 'exit 3', event: exited(3), end: { exitCode: 3, reason: 'Error' } },
    { name: 'a signal', event: exited(143, { signal: 15 }), end: { exitCode: 143, signal: 15, reason: 'Error' } },
    {
      name: 'the OOM killer',
      event: exited(137, { signal: 9, oomKilled: true }),
      end: { exitCode: 137, signal: 9, reason: 'OOMKilled' },
    },
  ])('ends with the essential program: $name', ({ event, end }) => {
    const { machine, effects } = play([begin, spawned, event, empty]);
    expect(machine.phase).toBe('ended');
    expect(effects.slice(1)).toEqual([{ effect: 'killTree' }, { effect: 'finish', end }]);
  });

  test('ends as ContainerCannotRun when the essential program cannot be spawned', () => {
    const { effects } = play([
      begin,
      { type: 'spawnFailed', program: 'main', exitCode: 127, message: 'not found' },
      empty,
    ]);
    expect(effects.at(-1)).toEqual({
      effect: 'finish',
      end: { exitCode: 127, reason: 'ContainerCannotRun', message: 'not found' },
    });
  });

  test('waits for the whole tree when stopped and reports the exit of the essential program', () => {
    const { machine, effects } = play([begin, spawned, stop(3000), exited(0)]);
    expect(machine.phase).toBe('stopping');
    expect(effects.slice(1)).toEqual([{ effect: 'armGrace', ms: 3000 }, { effect: 'termTree' }]);
    expect(supervise(machine, empty).effects).toEqual([
      { effect: 'finish', end: { exitCode: 0, reason: 'Completed' } },
    ]);
  });

  test('kills what is left when the grace is over', () => {
    expect(play([begin, spawned, stop(10), { type: 'graceOver' }]).effects.at(-1)).toEqual({ effect: 'killTree' });
  });

  test('passes a second stop on as a possibly shorter grace', () => {
    expect(play([begin, spawned, stop(3000), stop(0)]).effects.at(-1)).toEqual({ effect: 'armGrace', ms: 0 });
  });

  test('ignores an empty tree while it runs, as a pod init without programs has it', () => {
    const { machine, effects } = play([begin, empty], newMachine([]));
    expect(machine.phase).toBe('running');
    expect(effects).toEqual([]);
    expect(play([begin, stop(0), empty], newMachine([])).machine.phase).toBe('ended');
  });

  test('lets a program that is not essential end without ending the container', () => {
    const machine = newMachine([...one, { name: 'side', essential: false }]);
    const after = play([begin, { type: 'exited', program: 'side', exitCode: 1, oomKilled: false }], machine);
    expect(after.machine.phase).toBe('running');
    expect(after.machine.programs.side).toMatchObject({ state: 'EXITED', exitCode: 1 });
  });
});

const anyEvent: fc.Arbitrary<SuperviseEvent> = fc.oneof(
  fc.constant(begin),
  fc.constant(spawned),
  fc.integer({ min: 0, max: 255 }).map((code) => exited(code)),
  fc.constant<SuperviseEvent>({ type: 'spawnFailed', program: 'main', exitCode: 126, message: 'x' }),
  fc.nat(5000).map(stop),
  fc.constant<SuperviseEvent>({ type: 'graceOver' }),
  fc.constant(empty),
);

test('any sequence of events spawns each program at most once and finishes at most once, with nothing after', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => {
      const { effects } = play(events);
      expect(effects.filter(({ effect }) => effect === 'spawn').length).toBeLessThanOrEqual(1);
      const finish = effects.findIndex(({ effect }) => effect === 'finish');
      if (finish >= 0) expect(finish).toBe(effects.length - 1);
    }),
  );
});

test('a first exit is never lost: it is what the container ends with', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 20 }), fc.integer({ min: 0, max: 255 }), (events, code) => {
      const before = play([begin, spawned]).machine;
      const { effects } = play([exited(code), ...events, empty], before);
      const finish = effects.find((effect) => effect.effect === 'finish');
      expect(finish).toMatchObject({ end: { exitCode: code } });
    }),
  );
});

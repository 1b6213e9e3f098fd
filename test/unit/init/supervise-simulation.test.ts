import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SuperviseEvent } from '../../../src/init/machine.ts';
import { selectPrograms } from '../../../src/init/select-programs.ts';
import { historyOf, newMachine, phaseOf, programStates, supervise } from '../../../src/init/supervise.ts';
import type { ProgramPlan } from '../../../src/model/launch-plan.ts';
import type { ProgramReloadSpec, ReadinessSpec, ScheduleSpec } from '../../../src/model/pod-spec.ts';
import { programVerbs } from '../../../src/protocol/init.ts';
import { aPlan, aProbe, aRestart, instances } from './a-machine.ts';
import { World } from './supervise-world.ts';

const conditions = ['started', 'ready', 'completed', 'succeeded'] as const;

/** `key` with the drawn value, or nothing of it. */
const optional = <K extends string, T>(key: K, values: fc.Arbitrary<T | undefined>): fc.Arbitrary<{ [P in K]?: T }> =>
  values.map((value) => (value === undefined ? {} : ({ [key]: value } as { [P in K]?: T })));

const restartArbitrary = fc
  .record({
    policy: fc.constantFrom('always' as const, 'onFailure' as const, 'unexpected' as const, 'never' as const),
    startMs: fc.constantFrom(0, 1000),
    startRetries: fc.nat(3),
    initialMs: fc.constantFrom(0, 1000),
  })
  .map(({ initialMs, ...rest }) =>
    aRestart({ ...rest, backoff: { initialMs, maxMs: 8000, factor: 2, jitter: 0.5, resetAfterMs: 10_000 } }),
  );

const stopArbitrary = fc
  .tuple(
    fc.constantFrom(true, true, false),
    optional('graceMs', fc.constantFrom(10_000, undefined)),
    optional('command', fc.constantFrom(['stop'], undefined)),
  )
  .map(([wholeTree, grace, command]) => ({ signal: 15, wholeTree, ...grace, ...command }));

const extrasArbitrary = fc
  .tuple(
    optional(
      'readiness',
      fc.constantFrom<ReadinessSpec | undefined>({ kind: 'probe', probe: aProbe() }, { kind: 'notify' }, undefined),
    ),
    optional('liveness', fc.constantFrom(aProbe(), undefined)),
    optional(
      'schedule',
      fc.constantFrom<ScheduleSpec | undefined>(
        undefined,
        undefined,
        undefined,
        { everyMs: 5000, concurrency: 'forbid' },
        { everyMs: 5000, concurrency: 'replace' },
      ),
    ),
    optional(
      'reload',
      fc.constantFrom<ProgramReloadSpec | undefined>(
        undefined,
        { kind: 'signal', signal: 1 },
        { kind: 'command', argv: ['reload'] },
      ),
    ),
  )
  .map(([readiness, liveness, schedule, reload]) => ({ ...readiness, ...liveness, ...schedule, ...reload }));

const dependsOnArbitrary = (index: number) =>
  fc
    .array(
      fc.record({
        on: fc.nat(Math.max(0, index - 1)),
        condition: fc.constantFrom(...conditions),
        cascade: fc.boolean(),
      }),
      {
        maxLength: index === 0 ? 0 : 3,
      },
    )
    .map((list) => Object.fromEntries(list.map(({ on, ...how }) => [`p${on}`, how])));

/** A program that depends at most on those numbered below it: the graph has no cycle. */
const programArbitrary = (index: number): fc.Arbitrary<readonly ProgramPlan[]> =>
  fc
    .record({
      count: fc.constantFrom(undefined, undefined, 0, 1, 3),
      essential: fc.constantFrom(false, false, false, true),
      autostart: fc.constantFrom(true, true, true, false),
      restart: restartArbitrary,
      stop: stopArbitrary,
      dependsOn: dependsOnArbitrary(index),
      extras: extrasArbitrary,
    })
    .map(({ count, extras, ...rest }) => {
      const over = { ...rest, ...extras };
      return count === undefined ? [aPlan(`p${index}`, over)] : instances(`p${index}`, count, over);
    });

const plansArbitrary = fc
  .integer({ min: 1, max: 6 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => programArbitrary(index))));

const happeningArbitrary = fc.record({
  what: fc.constantFrom(
    ...[
      'exit',
      'exit',
      'exit',
      'kill',
      'others',
      'daemon',
      'timer',
      'timer',
      'timer',
      'ready',
      'ready',
      'unready',
      'due',
      'command',
    ],
    ...['start', 'stop', 'restart', 'reload', 'signal', 'update', 'run', 'run', 'run', 'pass'],
    ...['pause', 'resume', 'resume', 'pauseAll', 'resumeAll', 'resumeAll', 'frozen', 'frozen'],
  ),
  /** which program, and what else is to be chosen */
  which: fc.nat(30),
  how: fc.nat(7),
});

type Happening = { readonly what: string; readonly which: number; readonly how: number };

const verbs: ReadonlySet<string> = new Set(programVerbs);

function happen(world: World, { what, which, how }: Happening, spare: readonly (readonly ProgramPlan[])[]): void {
  const keys = world.keys();
  const key = keys[which % Math.max(1, keys.length)] ?? 'p0';
  const all: Readonly<Record<string, () => void>> = {
    exit: () => world.exit(key, how < 4 ? 0 : how),
    kill: () => world.exit(key, 137, 9),
    others: () => world.othersExit(key),
    daemon: () => world.daemonise(key),
    timer: () => world.fireTimer(key),
    ready: () => world.probe(key, true),
    unready: () => world.probe(key, false),
    due: () => world.due(key),
    command: () => world.commandEnds(key, how),
    update: () =>
      world.push({ type: 'updated', programs: changed(world.plans(), which, how, spare), cascade: how % 2 === 0 }),
    pass: () => world.pass(how === 7 ? 31_536_000_000 : how * 3000),
    run: () => world.run(1 + how),
    pauseAll: () => world.push({ type: 'pauseRequested' }),
    resumeAll: () => world.push({ type: 'resumeRequested' }),
    frozen: () => world.freezer.answer(),
  };
  if (verbs.has(what)) {
    const programs = programStates(world.machine).map(({ name }) => name);
    const targets = how === 0 ? programs : programs.slice(which % programs.length).slice(0, how);
    world.push({ type: 'requested', verb: what as 'start', programs: targets, signal: 10, cascade: how % 3 === 0 });
  } else {
    all[what]?.();
  }
}

/** Another set of plans: one fewer, one as it was first, or one changed in place or for a restart. */
function changed(
  plans: readonly ProgramPlan[],
  which: number,
  how: number,
  spare: readonly (readonly ProgramPlan[])[],
): readonly ProgramPlan[] {
  const target = plans[which % Math.max(1, plans.length)];
  const without = plans.filter(({ name }) => name !== target?.name);
  if (target === undefined || how === 0) return without;
  if (how < 3) {
    const back = spare.flat().filter(({ name }) => plans.every((plan) => plan.name !== name));
    return [...plans, ...back.slice(0, how)];
  }
  const change: Partial<ProgramPlan> =
    how < 5
      ? { exec: { ...target.exec, argv: [...target.exec.argv, `${which}`] } }
      : how === 5
        ? { dependsOn: [], liveness: aProbe() }
        : { schedule: { everyMs: which, concurrency: 'replace' } };
  return plans.map((plan) => (plan === target ? { ...plan, ...change } : plan));
}

/** A reproducible stream of [0, 1): mulberry32. */
function diceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const runs = { numRuns: 500 };

test('whatever happens, it runs no program twice, none before its dependencies hold, loses no exit, settles, and ends when stopped', () => {
  let spawns = 0;
  fc.assert(
    fc.property(
      plansArbitrary,
      fc.array(happeningArbitrary, { maxLength: 120 }),
      fc.integer(),
      (plans, happenings, seed) => {
        const world = new World(plans.flat(), diceOf(seed));
        for (const happening of happenings) happen(world, happening, plans);
        world.run();
        world.push({ type: 'stopRequested', graceMs: 30_000 });
        world.dieOut();
        expect(phaseOf(world.machine)).toBe('ended');
        expect(world.end).toBeDefined();
        spawns += world.spawns;
      },
    ),
    runs,
  );
  expect(spawns).toBeGreaterThan(runs.numRuns); // it did run something
});

test('in any acyclic graph of programs that become ready, all of them come to run, in the order of their dependencies', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.nat(20), { maxLength: 4 }), { minLength: 1, maxLength: 20 }),
      fc.integer(),
      (graph, seed) => {
        const plans = graph.map((on, index) =>
          aPlan(`p${index}`, {
            restart: aRestart({ policy: 'always', startRetries: 100 }),
            dependsOn: Object.fromEntries(on.filter((other) => other < index).map((other) => [`p${other}`, 'ready'])),
          }),
        );
        const world = new World(plans, diceOf(seed));
        for (let round = 0; round < 500; round++) {
          world.run();
          for (const key of world.keys()) world.fireTimer(key);
        }
        expect(programStates(world.machine).filter(({ state }) => state !== 'RUNNING')).toEqual([]);
      },
    ),
    { numRuns: 100 },
  );
});

/** Any event about any program, whether it can happen now or not. */
const nonsenseArbitrary = fc.record({ kind: fc.nat(27), which: fc.nat(8), how: fc.nat(3) });

function nonsense(
  { kind, which, how }: { kind: number; which: number; how: number },
  plans: readonly ProgramPlan[],
): SuperviseEvent {
  const program = plans[which]?.name ?? 'nobody';
  const ok = how % 2 === 0;
  const events: readonly SuperviseEvent[] = [
    { type: 'begin' },
    { type: 'spawned', program, pid: 2 + how },
    { type: 'spawnFailed', program, exitCode: 126, message: 'x' },
    { type: 'exited', program, pid: 2 + how, exitCode: how, oomKilled: ok },
    { type: 'cleared', program },
    { type: 'timer', program, timer: (['start', 'backoff', 'grace', 'start'] as const)[how] ?? 'start' },
    { type: 'probed', program, probe: how < 2 ? 'readiness' : 'liveness', ok, message: 'x' },
    { type: 'planned', program, next: ok ? undefined : '2027-01-01T00:00:00.000Z' },
    { type: 'due', program },
    { type: 'commandEnded', program, purpose: ok ? 'stop' : 'reload', exitCode: how },
    { type: 'updated', programs: plans.slice(which), cascade: ok },
    { type: 'frozen', program },
    { type: 'pauseRequested' },
    { type: 'resumeRequested' },
    { type: 'allFrozen' },
    ...programVerbs.map((verb) => ({ type: 'requested', verb, programs: [program, 'nobody'], cascade: ok }) as const),
    ...(how === 3
      ? ([{ type: 'stopRequested', graceMs: 1 }, { type: 'graceOver' }, { type: 'childless' }] as const)
      : []),
  ];
  return events[kind % events.length] ?? { type: 'begin' };
}

test('it is total: events that cannot happen do not confuse it, and at every moment it can be asked about everything', () => {
  fc.assert(
    fc.property(plansArbitrary, fc.array(nonsenseArbitrary, { maxLength: 60 }), (programs, events) => {
      const plans = programs.flat();
      let machine = newMachine(plans);
      for (const drawn of events) {
        const event = nonsense(drawn, plans);
        const step = supervise(machine, event, { nowMs: drawn.which, at: '2026-01-01T00:00:00.000Z', random: 0.5 });
        const states = programStates(step.machine);
        expect(new Set(states.map(({ name }) => name)).size).toBe(states.length);
        for (const { name } of states) expect(historyOf(step.machine, name).length).toBeLessThanOrEqual(50);
        expect(selectPrograms(step.machine, []).ok).toBe(true);
        if (step.machine === machine) expect(programStates(machine)).toEqual(states);
        machine = step.machine;
      }
    }),
    runs,
  );
});

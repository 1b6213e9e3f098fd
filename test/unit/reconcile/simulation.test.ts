import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { programLeaves } from '../../../src/launch/plan-programs.ts';
import type { ContainerSpec, PodSpec } from '../../../src/model/pod-spec.ts';
import { isFinished } from '../../../src/reconcile/restart-policy.ts';
import { aContainer, aProgram, aSpec } from './builders.ts';
import { type Happening, Simulation } from './simulation.ts';

const names = ['a', 'b', 'c'] as const;

/** Namespaces are joined only towards containers before it, as validation demands that there is no ring. */
const containerOf = (index: number): fc.Arbitrary<ContainerSpec> => {
  const before = names.slice(0, index).map((name) => `container:${name}` as const);
  const mode = fc.constantFrom('private' as const, 'pod' as const, ...before);
  return fc
    .record({
      restartPolicy: fc.constantFrom('Always', 'OnFailure', 'Never'),
      cpuLimitMillis: fc.constantFrom(100, 200),
      argv: fc.constantFrom(['x'], ['y']),
      ns: fc.record({ pid: mode, net: mode, mnt: mode }),
      programs: fc.option(fc.uniqueArray(fc.constantFrom('web', 'db', 'job'), { maxLength: 3, minLength: 1 })),
      instances: fc.option(fc.nat(3), { nil: undefined }),
    })
    .map(({ restartPolicy, cpuLimitMillis, argv, ns, programs, instances }) => {
      const base = aContainer({ name: names[index] ?? 'a', restartPolicy, resources: { cpuLimitMillis }, ns });
      const more = instances === undefined ? {} : { instances };
      if (programs !== null)
        return { ...base, isPlain: false, programs: programs.map((name) => aProgram(name, { argv, ...more })) };
      return { ...base, programs: base.programs.map((program) => ({ ...program, argv })) };
    });
};

const anySpec: fc.Arbitrary<PodSpec> = fc
  .integer({ min: 1, max: names.length })
  .chain((count) => fc.tuple(...names.slice(0, count).map((_, index) => containerOf(index))))
  .map((containers) => aSpec({ containers }));

const index = fc.nat(3);
const exitCode = fc.constantFrom(0, 1, 137);
const verb = fc.constantFrom('start' as const, 'stop' as const, 'restart' as const);
const anyHappening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('ready' as const), index, exitCode }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('exit' as const), index, exitCode }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(400_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('change' as const), spec: anySpec }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('ask' as const), verb, index }) },
);
const aDeletion: fc.Arbitrary<Happening> = fc.record({
  kind: fc.constant('delete' as const),
  graceMs: fc.constantFrom(0, 5_000, 30_000),
});

/** first ─▶ log ─▶ second ─▶ helper ─▶ a, b */
const stagedSpec: fc.Arbitrary<PodSpec> = fc
  .record({
    podPolicy: fc.constantFrom('Always' as const, 'OnFailure' as const, 'Never' as const),
    mains: fc.integer({ min: 1, max: 2 }),
    hasFirst: fc.boolean(),
    rule: fc.constantFrom(undefined, 'Restart' as const, 'RestartAllContainers' as const),
    activeDeadlineMs: fc.constantFrom(undefined, 600_000),
  })
  .map(({ podPolicy, mains, hasFirst, rule, activeDeadlineMs }) => {
    const ofInit = podPolicy === 'Never' ? ('Never' as const) : ('OnFailure' as const);
    const restartRules = rule === undefined ? [] : [{ action: rule, operator: 'In' as const, values: [42] }];
    const init = (name: string) => aContainer({ name, role: 'init', restartPolicy: ofInit });
    const sidecar = (name: string) => aContainer({ name, role: 'sidecar' });
    const app = (name: string) => aContainer({ name, restartPolicy: podPolicy, restartRules });
    const staged = [...(hasFirst ? [init('first')] : []), sidecar('log'), init('second'), sidecar('helper')];
    const containers = [...staged, ...['a', 'b'].slice(0, mains).map(app)];
    return aSpec({ containers, ...(activeDeadlineMs === undefined ? {} : { activeDeadlineMs }) });
  });

const anyEvent: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('ready' as const), index: fc.nat(6), exitCode }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('exit' as const),
      index: fc.nat(6),
      exitCode: fc.constantFrom(0, 0, 0, 1, 42),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(60_000) }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'podd' as const }) },
);

function play(spec: PodSpec, happenings: readonly Happening[]): Simulation {
  const simulation = new Simulation(spec);
  for (const happening of happenings) {
    expect(simulation.settle()).toBeLessThan(10);
    simulation.happen(happening);
  }
  return simulation;
}

describe('a pod with init containers and sidecars', () => {
  test('keeps the order of starts and ends, whatever ends when and however often podd is killed', () => {
    fc.assert(
      fc.property(stagedSpec, fc.array(anyEvent, { maxLength: 60 }), (spec, happenings) => {
        const simulation = play(spec, happenings);
        expect(simulation.runDry()).toBeLessThan(80);
        expect(simulation.violations).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  test('is gone when it was deleted at any time', () => {
    fc.assert(
      fc.property(stagedSpec, fc.array(anyEvent, { maxLength: 40 }), aDeletion, (spec, happenings, deletion) => {
        const simulation = play(spec, [...happenings, deletion]);
        expect(simulation.runDry()).toBeLessThan(60);
        expect([simulation.forgotten, simulation.violations]).toEqual([true, []]);
      }),
      { numRuns: 500 },
    );
  });

  test('comes to its main containers when init containers succeed, each run once', () => {
    const spec = aSpec({
      containers: [
        aContainer({ name: 'first', role: 'init', restartPolicy: 'OnFailure' }),
        aContainer({ name: 'log', role: 'sidecar' }),
        aContainer({ name: 'second', role: 'init', restartPolicy: 'OnFailure' }),
        aContainer({ name: 'a' }),
      ],
    });
    const simulation = new Simulation(spec);
    const ready = { kind: 'ready', index: 0, exitCode: 0 } as const;
    const exit = (index: number) => ({ kind: 'exit', index, exitCode: 0 }) as const;
    for (const happening of [ready, exit(0), ready, { ...ready, index: 1 }, exit(1), ready] as const) {
      simulation.settle();
      simulation.happen(happening);
      simulation.happen({ kind: 'podd' });
    }
    simulation.settle();
    const attempts = [...simulation.slots].map(([name, { run, instance }]) => [name, run.attempt, instance?.state]);
    expect(attempts).toEqual([
      ['first', 0, undefined],
      ['log', 0, 'running'],
      ['second', 0, undefined],
      ['a', 0, 'launching'],
    ]);
  });
});

describe('the reconciler on a model of the machine', () => {
  test('settles whatever happens, with every container running as wanted, ended for good or stopped by request', () => {
    fc.assert(
      fc.property(anySpec, fc.array(anyHappening, { maxLength: 40 }), (spec, happenings) => {
        const simulation = play(spec, happenings);
        expect(simulation.runDry()).toBeLessThan(60);
        expect(simulation.violations).toEqual([]);
        for (const container of simulation.spec.containers) expectSettled(container, simulation);
      }),
      { numRuns: 500 },
    );
  });

  test('a deleted pod ends, and nothing of it is started again', () => {
    fc.assert(
      fc.property(
        anySpec,
        fc.array(anyHappening, { maxLength: 20 }),
        aDeletion,
        fc.array(fc.oneof(anyHappening, aDeletion), { maxLength: 20 }),
        (spec, before, deletion, after) => {
          const simulation = play(spec, [...before, deletion, ...after]);
          expect(simulation.runDry()).toBeLessThan(60);
          expect(simulation.forgotten).toBe(true);
          expect(simulation.violations).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('stays settled: a second look changes nothing', () => {
    fc.assert(
      fc.property(anySpec, fc.array(anyHappening, { maxLength: 20 }), (spec, happenings) => {
        const simulation = play(spec, happenings);
        simulation.runDry();
        expect(simulation.settle()).toBe(0);
      }),
    );
  });
});

function expectSettled(container: ContainerSpec, simulation: Simulation): void {
  const slot = simulation.slots.get(container.name);
  const isStopped = slot?.run.stopped === true;
  const isOver = slot !== undefined && isFinished(container, slot.run);
  if (slot?.instance === undefined) {
    expect(isStopped || isOver || waitsForever(container, simulation)).toBe(true);
    return;
  }
  const { state, spec, leaves = [] } = slot.instance;
  expect({ state, isStopped }).toEqual({ state: 'running', isStopped: false });
  expect(spec).toEqual({ ...container, restartPolicy: spec?.restartPolicy });
  expect([...leaves].sort()).toEqual([...programLeaves(container)].sort());
}

/** Its namespace's owner ended for good (or waits for one that did). */
function waitsForever(container: ContainerSpec, simulation: Simulation): boolean {
  const owners = Object.values(container.namespaces).filter((mode) => mode.startsWith('container:'));
  return owners.some((mode) => {
    const owner = simulation.spec.containers.find(({ name }) => mode === `container:${name}`);
    const slot = owner === undefined ? undefined : simulation.slots.get(owner.name);
    return (
      owner === undefined ||
      slot === undefined ||
      slot.run.stopped === true ||
      isFinished(owner, slot.run) ||
      waitsForever(owner, simulation)
    );
  });
}

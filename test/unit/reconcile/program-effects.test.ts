import { describe, expect, test } from 'vitest';
import type { ContainerSpec } from '../../../src/model/pod-spec.ts';
import type { ProgramState } from '../../../src/protocol/init.ts';
import { type EffectsContext, planProgramEffects } from '../../../src/reconcile/program-effects.ts';
import { aContainer, aHost, aProgram, aSpec, aState, withPrograms } from './builders.ts';

const web = aProgram('web');
const db = aProgram('db');
const dependsOn = (program: string, cascade: boolean) => ({
  dependsOn: [{ program, condition: 'ready', cascade }] as const,
});

function effects(
  before: readonly ContainerSpec[],
  after: readonly ContainerSpec[],
  change: Partial<EffectsContext> = {},
) {
  const context = { host: aHost, cascade: false, recreates: false, stopped: [], presence: {}, ...change };
  return planProgramEffects(aSpec({ containers: before }), aSpec({ containers: after }), context).map(
    ({ container, program, effect, why }) => `${container}/${program} ${effect}: ${why}`,
  );
}

type Case = readonly [
  name: string,
  before: ContainerSpec,
  after: ContainerSpec,
  expected: readonly string[],
  context?: Partial<EffectsContext>,
];
const chain = (argv: readonly string[], cascade: boolean) =>
  withPrograms({ ...db, argv }, { ...web, ...dependsOn('db', cascade) }, aProgram('log', dependsOn('web', true)));

const cases: readonly Case[] = [
  ['nothing for equal programs', withPrograms(web), withPrograms(web), []],
  [
    'the fields in the manifest’s words',
    withPrograms(web),
    withPrograms({ ...web, argv: ['x'], uid: 5, gid: 6, nice: 1 }),
    ['app/web restart: nice, command, user, group'],
  ],
  [
    'a change in place',
    withPrograms(web),
    withPrograms({ ...web, autostart: false, logs: { ...web.logs, maxFiles: 3 } }),
    ['app/web change: autostart, logs'],
  ],
  [
    'resources, which no plan shows',
    withPrograms(web),
    withPrograms({ ...web, resources: { pidsLimit: 1 } }),
    ['app/web change: resources'],
  ],
  ['what comes and goes', withPrograms(web), withPrograms(db), ['app/db start: added', 'app/web stop: removed']],
  [
    'what comes and waits for a start',
    withPrograms(web),
    withPrograms(web, { ...db, autostart: false }),
    ['app/db change: added; it starts on request (autostart: false)'],
  ],
  [
    'only the instances that come',
    withPrograms({ ...web, instances: 2 }),
    withPrograms({ ...web, instances: 3 }),
    ['app/web:2 start: instances'],
  ],
  [
    'only the instances that go',
    withPrograms({ ...web, instances: 3 }),
    withPrograms({ ...web, instances: 1 }),
    ['app/web:1 stop: instances', 'app/web:2 stop: instances'],
  ],
  [
    'the first one with instances keeps its process',
    withPrograms(web),
    withPrograms({ ...web, instances: 2 }),
    ['app/web:0 change: instances', 'app/web:1 start: instances'],
  ],
  ['no one who depends without cascade', chain(['a'], false), chain(['b'], false), ['app/db restart: command']],
  [
    'who depends with cascade, through any number of steps',
    chain(['a'], true),
    chain(['b'], true),
    ['app/db restart: command', 'app/web restart: restarts with db', 'app/log restart: restarts with web'],
  ],
  [
    'who depends when the apply asks for it',
    chain(['a'], false),
    chain(['b'], false),
    ['app/db restart: command', 'app/web restart: restarts with db', 'app/log restart: restarts with web'],
    { cascade: true },
  ],
  ['nothing where the container is stopped', withPrograms(web), withPrograms(db), [], { stopped: ['app'] }],
  ['nothing of plain containers', aContainer(), aContainer({ programs: [web] }), []],
  [
    'all of a container that restarts',
    withPrograms(web, db),
    { ...withPrograms(web, aProgram('new')), root: { kind: 'rootfs', path: '/x' } },
    [
      'app/web restart: its container restarts',
      'app/new start: its container restarts',
      'app/db stop: its container restarts',
    ],
  ],
  [
    'all of a pod that is recreated',
    withPrograms(web),
    withPrograms(web),
    ['app/web restart: its container restarts'],
    { recreates: true },
  ],
];

describe('planProgramEffects tells', () => {
  const complete = cases.map(([name, before, after, expected, context = {}]) => ({
    name,
    before,
    after,
    expected,
    context,
  }));
  test.each(complete)('$name', ({ before, after, expected, context }) => {
    expect(effects([before], [after], context)).toEqual(expected);
  });

  test('what containers bring and take with them', () => {
    const named = (name: string) => ({ ...withPrograms(web), name });
    expect(effects([named('a')], [named('b')])).toEqual([
      'b/web start: its container is added',
      'a/web stop: its container is removed',
    ]);
  });

  test('who lives in the namespaces of a container that starts anew, a plain one too', () => {
    const joins = (container: ContainerSpec, name: string) => ({
      ...container,
      name,
      namespaces: { ...container.namespaces, pid: 'container:app' as const },
    });
    const side = joins(aContainer(), 'side');
    const many = joins(withPrograms(web), 'many');
    const changed = { ...withPrograms(db), root: { kind: 'rootfs', path: '/x' } as const };
    expect(effects([withPrograms(db), side, many], [changed, side, many])).toEqual([
      'app/db restart: its container restarts',
      'side/main restart: its container is in namespaces of app',
      'many/web restart: its container is in namespaces of app',
    ]);
  });

  const running = (...programs: readonly ProgramState[]) =>
    ({ presence: { app: { state: 'running', programs } } }) as const;

  test('that a program at rest goes on resting, that one that failed starts, and whom neither takes along', () => {
    const states = (state: ProgramState['state']) => running(aState('db', { state }), aState('web'), aState('log'));
    const change = (state: ProgramState['state']) => effects([chain(['a'], true)], [chain(['b'], true)], states(state));
    expect(change('STOPPED')).toEqual(['app/db change: command; it is STOPPED: from its next start on']);
    expect(change('FATAL')).toEqual([
      'app/db start: command',
      'app/web restart: restarts with db',
      'app/log restart: restarts with web',
    ]);
  });

  test('that a dependant at rest goes on resting, and the next one restarts all the same', () => {
    const states = running(aState('db'), aState('web', { state: 'STOPPED' }), aState('log'));
    expect(effects([chain(['a'], true)], [chain(['b'], true)], states)).toEqual([
      'app/db restart: command',
      'app/log restart: restarts with web',
    ]);
  });

  test('that a program starts that waited for a request', () => {
    const { startedAt: _, ...never } = aState('web', { state: 'STOPPED' });
    const waits = withPrograms({ ...web, autostart: false });
    expect(effects([waits], [withPrograms(web)], running(never))).toEqual(['app/web start: autostart']);
  });

  test('a container that ended, and starts anew for a changed program', () => {
    const ended = { presence: { app: { state: 'ended', programs: [] } } } as const;
    const changed = withPrograms({ ...web, argv: ['x'] }, db);
    expect(effects([withPrograms(web, db)], [changed], ended)).toEqual([
      'app/web start: its container starts anew',
      'app/db start: its container starts anew',
    ]);
    const rules = withPrograms({ ...web, essential: true }, db);
    expect(effects([withPrograms(web, db)], [rules], ended)).toEqual([]);
  });

  test('no restart when only the container’s resources changed, from which oom_score_adj is computed', () => {
    const small = { ...withPrograms(web), resources: { memoryRequestBytes: 1e8 } };
    const large = { ...withPrograms({ ...web, nice: 0 }, db), resources: { memoryRequestBytes: 5e8 } };
    expect(effects([small], [large])).toEqual(['app/db start: added']);
  });
});

import { describe, expect, test } from 'vitest';
import type { PodSpec } from '../../../src/model/pod-spec.ts';
import { type Decision, decide } from '../../../src/reconcile/decide.ts';
import type { PodView } from '../../../src/reconcile/pod-view.ts';
import { aContainer, anExit, anInstance, aProgram, aRun, aSpec, aState, aView, withPrograms } from './builders.ts';

interface Case {
  readonly name: string;
  readonly spec?: PodSpec;
  readonly view: PodView;
  readonly expected: Decision;
}

const now = 100_000;
const id = '00000000000000bb';
const settled: Decision = { kind: 'settled' };
const act = (...actions: Extract<Decision, { kind: 'act' }>['actions']): Decision => ({ kind: 'act', actions });
const stop = (container: string, why: string) =>
  ({ action: 'stopContainer', container, id, graceMs: 30_000, why }) as const;
const ended = (attempt: number, exitCode: number) =>
  aRun({ attempt, lastExit: anExit({ attempt, exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' }) });
const web = aProgram('web');
const db = aProgram('db');
const { spec: _spec, ...podInit } = anInstance();

const cases: readonly Case[] = [
  {
    name: 'ends a container that a user stopped',
    view: aView({ app: { run: aRun({ attempt: 0, stopped: true }), instance: anInstance() } }),
    expected: act(stop('app', 'stopped by request')),
  },
  {
    name: 'does not start a container that a user stopped, nor wait for it',
    view: aView({ app: { run: { ...ended(0, 1), stopped: true }, restartAtMs: now + 500 } }),
    expected: settled,
  },
  {
    name: 'does not start a stopped container that never ran',
    view: aView({ app: { run: aRun({ stopped: true }) } }),
    expected: settled,
  },
  {
    name: 'drops the sandbox of a pod that is stopped as a whole',
    view: aView({ app: { run: { ...ended(0, 143), stopped: true } } }, { sandboxHeld: true }),
    expected: act({ action: 'dropSandbox' }),
  },
  {
    name: 'ends the shared PID 1 when all who need it are stopped',
    spec: aSpec({ containers: [aContainer({ ns: { pid: 'pod' } })] }),
    view: aView({
      _pod: { instance: podInit },
      app: { run: { ...ended(0, 143), stopped: true } },
    }),
    expected: act(stop('_pod', 'no container needs it any more')),
  },
  {
    name: 'ends a run that a user wants to be followed by a new one',
    view: aView({ app: { run: aRun({ attempt: 0, restartId: id }), instance: anInstance() } }),
    expected: act(stop('app', 'restarted by request')),
  },
  {
    name: 'leaves the new run of a restart by request alone',
    view: aView({ app: { run: aRun({ attempt: 1, restartId: 'older' }), instance: anInstance() } }),
    expected: settled,
  },
  {
    name: 'tells the init of changed programs, and changes resources beside',
    spec: aSpec({ containers: [{ ...withPrograms(web), resources: { pidsLimit: 1 } }] }),
    view: aView({ app: { instance: anInstance({ spec: withPrograms(db) }) } }),
    expected: act(
      { action: 'updateResources', container: 'app', id },
      { action: 'updatePrograms', container: 'app', id, cascade: false },
    ),
  },
  {
    name: 'tells the init to restart what depends on them where an apply asked for it',
    spec: aSpec({ containers: [withPrograms(web)] }),
    view: aView({ app: { run: aRun({ cascade: true }), instance: anInstance({ spec: withPrograms(db) }) } }),
    expected: act({ action: 'updatePrograms', container: 'app', id, cascade: true }),
  },
  {
    name: 'tells an init nothing that is not ready for it',
    spec: aSpec({ containers: [withPrograms(web)] }),
    view: aView({ app: { instance: anInstance({ spec: withPrograms(db), state: 'launching' }) } }),
    expected: settled,
  },
  {
    name: 'restarts a container whose processes become a command',
    view: aView({ app: { instance: anInstance({ spec: withPrograms(web) }) } }),
    expected: act(stop('app', 'its spec changed')),
  },
  {
    name: 'restarts a plain container whose command changed',
    view: aView({ app: { instance: anInstance({ spec: aContainer({ programs: [aProgram('main')] }) }) } }),
    expected: act(stop('app', 'its spec changed')),
  },
  {
    name: 'restarts a container whose program needs a user that its /etc does not have',
    spec: aSpec({ containers: [withPrograms({ ...web, userName: 'www-data' })] }),
    view: aView({ app: { instance: anInstance({ spec: withPrograms(web) }) } }),
    expected: act(stop('app', 'its spec changed')),
  },
  {
    name: 'removes the leaves of programs that are gone',
    spec: aSpec({ containers: [withPrograms(web)] }),
    view: aView({
      app: {
        instance: anInstance({
          spec: withPrograms(web),
          leaves: ['web', 'db', 'job'],
          programs: [aState('web'), aState('job')],
        }),
      },
    }),
    expected: act({ action: 'removeLeaves', container: 'app', id, leaves: ['db'] }),
  },
  {
    name: 'removes no leaf before the init told what it has',
    spec: aSpec({ containers: [withPrograms(web)] }),
    view: aView({ app: { instance: anInstance({ spec: withPrograms(web), leaves: ['web', 'db'] }) } }),
    expected: settled,
  },
];

describe('decide, of requests and programs', () => {
  test.each(cases)('$name', ({ spec = aSpec(), view, expected }) => {
    expect(decide(spec, view, now)).toEqual(expected);
  });
});

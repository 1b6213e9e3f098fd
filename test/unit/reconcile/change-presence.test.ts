/** What a change costs where not everything runs. */
import { describe, expect, test } from 'vitest';
import type { ProgramState } from '../../../src/protocol/init.ts';
import { planChange } from '../../../src/reconcile/diff.ts';
import type { ContainerPresence, Presence } from '../../../src/reconcile/presence.ts';
import { aShop, db, type Parts, web } from './a-shop.ts';
import { aHost, aState } from './builders.ts';

const told = (from: Parts, to: Parts, presence: Presence) =>
  planChange(aShop(from), aShop(to), { host: aHost, presence }).map(({ cost, why }) => `${cost}: ${why}`);

const is = (state: ContainerPresence['state'], more: Partial<ContainerPresence> = {}): ContainerPresence => ({
  ...{ state, programs: [] },
  ...more,
});
const running = (...programs: readonly ProgramState[]) => ({ app: is('running', { programs }) });

const later = 'it counts from the next start on';
const command: Parts = { web: { command: ['x'] } };

describe('a change of a container that', () => {
  test.each([
    ['is stopped', 'stopped', { plain: { command: ['x'] } }, `nothing: container plain is stopped: ${later}`],
    [
      'is stopped, in place',
      'stopped',
      { plain: { restartPolicy: 'Never' } },
      `nothing: container plain is stopped: ${later}`,
    ],
    [
      'has ended',
      'ended',
      { plain: { command: ['x'] } },
      'restart-container: container plain has ended, and starts anew with it',
    ],
    [
      'has ended, in place',
      'ended',
      { plain: { resources: { limits: { cpu: '1' } } } },
      `nothing: container plain has ended: ${later}`,
    ],
    [
      'waits for its back-off',
      'waiting',
      { plain: { command: ['x'] } },
      'restart-container: container plain waits for its restart: it starts at once',
    ],
    [
      'waits, in place',
      'waiting',
      { plain: { restartPolicy: 'Never' } },
      `nothing: container plain does not run: ${later}`,
    ],
  ] as const)('%s', (_, state, to, expected) => {
    expect(told({}, to, { plain: is(state) })).toEqual([expected]);
  });

  test.each([
    ['has ended: a changed program starts it', 'ended', command, /^restart-container: .*has ended, and starts anew/],
    ['waits: a changed program starts it', 'waiting', command, /^restart-container: .*starts at once/],
    [
      'has ended: an added program starts it',
      'ended',
      { app: { processes: [web, db, { name: 'new', command: ['x'] }] } },
      /^restart-container/,
    ],
    ['has ended: rules of a program do not', 'ended', { web: { stop: { signal: 'INT' } } }, /^nothing: .*has ended/],
  ] as const)('%s', (_, state, to, expected) => {
    expect(told({}, to, { app: is(state) })).toEqual([expect.stringMatching(expected)]);
  });

  test('has ended, and by its new policy starts again', () => {
    const ended = { plain: is('ended', { exit: { exitCode: 1, reason: 'Error' } }) };
    const policy = (restartPolicy: string): Parts => ({ plain: { restartPolicy } });
    expect(told(policy('Never'), policy('OnFailure'), ended)).toEqual([
      'restart-container: container plain has ended, and by this policy starts again',
    ]);
    const well = { plain: is('ended', { exit: { exitCode: 0, reason: 'Completed' } }) };
    expect(told(policy('Never'), policy('OnFailure'), well)).toEqual([`nothing: container plain has ended: ${later}`]);
  });

  test('is stopped says so beside one that runs', () => {
    expect(told({}, { pod: { securityContext: { runAsUser: 5 } } }, { plain: is('stopped') })).toEqual([
      `restart-program: the user is fixed when app/web, app/db start; container plain is stopped: ${later}`,
    ]);
  });

  test('lives in the namespaces of another starts anew with that only when it runs', () => {
    const joins = { name: 'side', image: 'host', command: ['x'], namespaces: { pid: 'container:plain' } };
    const change = (presence: Presence) =>
      told({ more: [joins] }, { plain: { command: ['x'] }, more: [joins] }, presence);
    expect(change({})[0]).toMatch(/; side, in its namespaces, starts anew with it$/);
    expect(change({ side: is('stopped') })[0]).not.toMatch(/side/);
  });
});

describe('a change of a program that', () => {
  test.each([
    ['runs', aState('web'), 'restart-program: the command line is fixed when app/web starts'],
    ['was stopped', aState('web', { state: 'STOPPED' }), `nothing: app/web is STOPPED: ${later}`],
    [
      'has ended as it should',
      aState('web', { state: 'EXITED', lastExit: { exitCode: 0, at: '', expected: true } }),
      `nothing: app/web is EXITED: ${later}`,
    ],
    [
      'has ended as it should not',
      aState('web', { state: 'EXITED', lastExit: { exitCode: 1, at: '', expected: false } }),
      'restart-program: app/web is EXITED, and starts anew with it',
    ],
    ['is FATAL', aState('web', { state: 'FATAL' }), 'restart-program: app/web is FATAL, and starts anew with it'],
    ['waits for another', aState('web', { state: 'WAITING' }), `nothing: app/web is WAITING: ${later}`],
  ])('%s', (_, state, expected) => {
    expect(told({}, command, running(state, aState('db')))).toEqual([expected]);
  });

  test('has an instance that runs restarts that one', () => {
    const two = (words: string[]): Parts => ({ web: { instances: 2, command: words } });
    const second = aState('web:1', { program: 'web', instance: 1 });
    const states = running(aState('web', { state: 'STOPPED' }), second);
    expect(told(two(['a']), two(['b']), states)[0]).toMatch(/^restart-program: the command line/);
  });

  test('waited for a request starts when it waits for none any more', () => {
    const waits: Parts = { web: { autostart: false } };
    const { startedAt: _, ...never } = aState('web', { state: 'STOPPED' });
    expect(told(waits, {}, running(never))).toEqual([
      'restart-program: app/web did not run, and starts by itself from now on',
    ]);
    const stopped = aState('web', { state: 'STOPPED', startedAt: '2026-01-02T03:04:00Z' });
    expect(told(waits, {}, running(stopped))[0]).toMatch(/^in-place/);
  });

  test('waited for its schedule starts when it has none any more', () => {
    const scheduled: Parts = { web: { schedule: { every: '10m' }, restart: 'never' } };
    const [schedule] = told(
      scheduled,
      { web: { restart: 'never' } },
      running(aState('web', { state: 'WAITING', scheduled: true })),
    );
    expect(schedule).toBe('restart-program: app/web did not run, and starts by itself from now on');
  });
});

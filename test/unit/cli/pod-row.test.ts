import { describe, expect, test } from 'vitest';
import { eventHeaders, eventRow, podHeaders, podRow, podStatusWord } from '../../../src/cli/pod-row.ts';
import { createTable } from '../../../src/cli/tab-columns.ts';
import type { PodObject } from '../../../src/protocol/objects.ts';
import { aContainer, ago, anEvent, aPod, now, running, terminated, waiting } from './pod-builder.ts';

describe('STATUS', () => {
  const cases: readonly { readonly name: string; readonly pod: PodObject; readonly word: string }[] = [
    { name: 'a pod that runs', pod: aPod(), word: 'Running' },
    {
      name: 'a pod without container statuses yet',
      pod: aPod({ containers: [], status: { phase: 'Pending' } }),
      word: 'Pending',
    },
    {
      name: 'a container that is being made',
      pod: aPod({ containers: [aContainer('app', waiting('ContainerCreating'))], status: { phase: 'Pending' } }),
      word: 'ContainerCreating',
    },
    {
      name: 'a pod of which all that runs is paused',
      pod: aPod({
        containers: [aContainer('done', terminated('Completed', 0)), aContainer('app', running)],
        status: { reason: 'Paused' },
      }),
      word: 'Paused',
    },
    {
      name: 'a paused pod with a container in back-off',
      pod: aPod({
        containers: [aContainer('app', running), aContainer('other', waiting('CrashLoopBackOff'))],
        status: { reason: 'Paused' },
      }),
      word: 'CrashLoopBackOff',
    },
    {
      name: 'a container in back-off',
      pod: aPod({ containers: [aContainer('app', waiting('CrashLoopBackOff'))] }),
      word: 'CrashLoopBackOff',
    },
    {
      name: 'a waiting container without a reason',
      pod: aPod({ containers: [aContainer('app', waiting(''))] }),
      word: 'Running',
    },
    {
      name: 'a container that completed',
      pod: aPod({ containers: [aContainer('app', terminated('Completed', 0))], status: { phase: 'Succeeded' } }),
      word: 'Completed',
    },
    {
      name: 'a container that failed',
      pod: aPod({ containers: [aContainer('app', terminated('Error', 3))], status: { phase: 'Failed' } }),
      word: 'Error',
    },
    {
      name: 'a container over its memory limit',
      pod: aPod({ containers: [aContainer('app', terminated('OOMKilled', 137))] }),
      word: 'OOMKilled',
    },
    {
      name: 'the first of several reasons',
      pod: aPod({
        containers: [aContainer('a', waiting('CrashLoopBackOff')), aContainer('b', terminated('Error', 1))],
      }),
      word: 'CrashLoopBackOff',
    },
    {
      name: 'a completed container beside a ready one',
      pod: aPod({
        containers: [aContainer('a', terminated('Completed', 0)), aContainer('b', running)],
        status: { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: ago(1) }] },
      }),
      word: 'Running',
    },
    {
      name: 'a completed container beside a ready one in a pod that is not ready',
      pod: aPod({ containers: [aContainer('a', terminated('Completed', 0)), aContainer('b', running)] }),
      word: 'NotReady',
    },
    {
      name: 'an end without reason by a signal',
      pod: aPod({
        containers: [aContainer('app', { terminated: { reason: '', exitCode: 137, signal: 9, finishedAt: ago(1) } })],
      }),
      word: 'Signal:9',
    },
    {
      name: 'an end without reason',
      pod: aPod({ containers: [aContainer('app', terminated('', 4))] }),
      word: 'ExitCode:4',
    },
    {
      name: 'a pod behind gates',
      pod: aPod({
        containers: [],
        status: {
          phase: 'Pending',
          conditions: [
            { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', lastTransitionTime: ago(1) },
          ],
        },
      }),
      word: 'SchedulingGated',
    },
    { name: 'a pod with its own reason', pod: aPod({ status: { reason: 'Evicted' } }), word: 'Evicted' },
    {
      name: 'a pod that is being deleted',
      pod: aPod({ metadata: { deletionTimestamp: ago(1000) } }),
      word: 'Terminating',
    },
    {
      name: 'a finished pod that is being deleted',
      pod: aPod({
        metadata: { deletionTimestamp: ago(1000) },
        containers: [aContainer('app', terminated('Completed', 0))],
        status: { phase: 'Succeeded' },
      }),
      word: 'Completed',
    },
  ];
  test.each(cases)('$name shows as $word', ({ pod, word }) => {
    expect(podStatusWord(pod)).toBe(word);
  });
});

describe('RESTARTS and READY', () => {
  test('restarts are summed, with the age of the latest end', () => {
    const pod = aPod({
      containers: [
        aContainer('a', running, { restartCount: 2, lastState: terminated('Error', 1, 5000) }),
        aContainer('b', running, { restartCount: 1, lastState: terminated('Error', 1, 90_000) }),
      ],
    });
    expect(podRow(pod, { nowMs: now })).toEqual(['web', '2/2', 'Running', '3 (5s ago)', '5m']);
  });

  test('a last state without restarts shows no age', () => {
    const pod = aPod({ containers: [aContainer('a', running, { lastState: terminated('Error', 1) })] });
    expect(podRow(pod, { nowMs: now })[3]).toBe('0');
  });

  test('a container that runs but is not ready does not count', () => {
    const pod = aPod({ containers: [aContainer('a', running, { ready: false }), aContainer('b', running)] });
    expect(podRow(pod, { nowMs: now })[1]).toBe('1/2');
  });

  test('containers without a status count in the total', () => {
    const pod = aPod({ spec: { containers: [{ name: 'a' }, { name: 'b' }] }, containers: [] });
    expect(podRow(pod, { nowMs: now })[1]).toBe('0/2');
  });
});

describe('the table', () => {
  test('looks as kubectl prints it', () => {
    const table = createTable(podHeaders({}));
    const crashing = aPod({
      name: 'a-longer-name',
      containers: [
        aContainer('app', waiting('CrashLoopBackOff'), { restartCount: 3, lastState: terminated('Error', 1) }),
      ],
    });
    expect(table([aPod(), crashing].map((pod) => podRow(pod, { nowMs: now })))).toBe(
      [
        'NAME            READY   STATUS             RESTARTS     AGE',
        'web             1/1     Running            0            5m',
        'a-longer-name   0/1     CrashLoopBackOff   3 (5s ago)   5m',
        '',
      ].join('\n'),
    );
  });

  test('keeps its widths in a watch and lets them grow', () => {
    const table = createTable(['NAME', 'READY']);
    expect(table([['long-name', '1/1']])).toBe('NAME        READY\nlong-name   1/1\n');
    expect(table([['x', '0/1']])).toBe('x           0/1\n');
    expect(table([['a-much-longer-name', '0/1']])).toBe('a-much-longer-name   0/1\n');
    expect(table([['x', '0/1']])).toBe('x                    0/1\n');
  });

  test('wide, all namespaces and labels add columns', () => {
    const options = { nowMs: now, wide: true, showNamespace: true, showLabels: true, node: 'here' };
    const pod = aPod({ metadata: { labels: { app: 'web', tier: 'front' } } });
    expect(podHeaders(options)).toHaveLength(podRow(pod, options).length);
    expect(podRow(pod, options)).toEqual([
      'default',
      'web',
      '1/1',
      'Running',
      '0',
      '5m',
      '<none>',
      'here',
      '<none>',
      '<none>',
      'app=web,tier=front',
    ]);
  });

  test('a cell holds no line break and no terminal escape', () => {
    const table = createTable(['A', 'B'], false);
    expect(table([['x\u001b[31m', 'first\nsecond']])).toBe('x^[[31m   first...\n');
  });
});

describe('events', () => {
  test('an event is a row of kubectl get events', () => {
    const event = anEvent({ count: 3, firstTimestamp: ago(120_000), message: 'Started container app\n' });
    expect(eventRow(event, now, false)).toEqual([
      '10s (x3 over 2m)',
      'Normal',
      'Started',
      'pod/web',
      'Started container app',
    ]);
    expect(eventHeaders(true)).toHaveLength(eventRow(event, now, true).length);
  });
});

describe('a pod with init containers', () => {
  const spec = {
    initContainers: [
      { name: 'setup', image: 'host' },
      { name: 'log', image: 'host', restartPolicy: 'Always' },
      { name: 'warm', image: 'host' },
    ],
    containers: [{ name: 'app', image: 'host' }],
  };
  const initialised = { type: 'Initialized', status: 'True', lastTransitionTime: ago(0) } as const;
  const staged = (
    initContainerStatuses: PodObject['status']['initContainerStatuses'] & object,
    app: Parameters<typeof aContainer>[1],
    isInitialised = false,
  ): PodObject =>
    aPod({
      spec,
      containers: [aContainer('app', app)],
      status: { phase: 'Pending', initContainerStatuses, ...(isInitialised ? { conditions: [initialised] } : {}) },
    });
  const setup = (state = terminated('Completed', 0), restartCount = 0) => aContainer('setup', state, { restartCount });
  const log = (more = {}) => aContainer('log', running, more);
  const waits = waiting('PodInitializing');
  const cells = (pod: PodObject) => podRow(pod, { nowMs: now }).slice(1, 4).join(' ');

  test.each([
    ['nothing ran yet', [setup(waits), aContainer('log', waits), aContainer('warm', waits)], '0/2 Init:0/3 0'],
    ['the first runs', [setup(running), aContainer('log', waits), aContainer('warm', waits)], '0/2 Init:0/3 0'],
    ['the first failed for good', [setup(terminated('Error', 1))], '0/2 Init:Error 0'],
    ['the first is in back-off', [setup(waiting('CrashLoopBackOff'), 3)], '0/2 Init:CrashLoopBackOff 3'],
    ['the sidecar is not started', [setup(), log({ started: false, ready: false })], '0/2 Init:1/3 0'],
    ['the last runs', [setup(), log(), aContainer('warm', running)], '1/2 Init:2/3 0'],
  ])('%s', (_name, statuses, expected) => {
    expect(cells(staged(statuses, waits))).toBe(expected);
  });

  test('its containers are to start, run, or wait for their sidecar', () => {
    const done = [setup(undefined, 4), log({ restartCount: 2 }), aContainer('warm', terminated('Completed', 0))];
    expect(cells(staged(done, waits))).toBe('1/2 PodInitializing 2');
    expect(cells(staged(done, running, true))).toBe('2/2 Pending 2');
    expect(cells(staged([setup(), log({ started: false, ready: false })], running, true))).toBe('1/2 Pending 0');
  });

  test('has a column for its readiness gates', () => {
    const pod = aPod({
      spec: { readinessGates: [{ conditionType: 'a/b' }, { conditionType: 'c/d' }] },
      status: { conditions: [{ type: 'a/b', status: 'True', lastTransitionTime: ago(0) }] },
    });
    expect(podRow(pod, { nowMs: now, wide: true }).at(-1)).toBe('1/2');
  });
});

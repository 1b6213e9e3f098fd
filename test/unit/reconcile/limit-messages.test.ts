import { describe, expect, test } from 'vitest';
import type { ContainerState, ContainerStatus } from '../../../src/model/pod-status.ts';
import { limitMessages } from '../../../src/reconcile/limit-messages.ts';
import { derivePodStatus } from '../../../src/reconcile/pod-status.ts';
import { aContainer, anExit, aRun, aSpec, aView, finishedAt, startedAt } from './builders.ts';

const ended = (message?: string): ContainerState => ({
  terminated: { exitCode: 1, reason: 'Error', finishedAt, ...(message === undefined ? {} : { message }) },
});
const aStatus = (state: ContainerState, lastState?: ContainerState): ContainerStatus => ({
  ...{ name: 'app', image: 'host', imageID: '', ready: false, started: false, restartCount: 0, state },
  ...(lastState === undefined ? {} : { lastState }),
});

describe('the messages of a pod', () => {
  test.each([
    ['of three containers are whole', 3, 'x'.repeat(4096), 4096],
    ['of four are cut to 3 KiB', 4, 'x'.repeat(4096), 3072],
    ['of fifty are cut to 245 bytes', 50, 'x'.repeat(4096), 245],
    ['are not cut within a character', 50, 'ü'.repeat(200), 244],
    ['are not cut within a longer one', 50, '🙂'.repeat(100), 244],
  ])('%s', (_name, containers, message, bytes) => {
    const limited = limitMessages(aStatus(ended(message), ended(message)), containers);
    for (const state of [limited.state, limited.lastState]) {
      const kept = state !== undefined && 'terminated' in state ? (state.terminated.message ?? '') : '';
      expect([Buffer.byteLength(kept), message.startsWith(kept)]).toEqual([bytes, true]);
    }
  });

  test('that are short or none leave the status as it is', () => {
    for (const status of [aStatus(ended()), aStatus(ended('short'), ended('x')), aStatus({ running: { startedAt } })])
      expect(limitMessages(status, 50)).toBe(status);
  });

  test('are 12 KiB at most in its status, init containers counted', () => {
    const names = Array.from({ length: 8 }, (_, i) => `c${i}`);
    const exit = anExit({ exitCode: 1, reason: 'Error', message: 'x'.repeat(4096) });
    const containers = names.map((name, i) =>
      aContainer({ name, restartPolicy: 'Never', ...(i < 2 ? { role: 'init' as const } : {}) }),
    );
    const view = aView(Object.fromEntries(names.map((name) => [name, { run: aRun({ attempt: 0, lastExit: exit }) }])));
    const status = derivePodStatus(aSpec({ containers }), view, {
      ...{ uid: 'u-1', creationTimestamp: startedAt, nowMs: 0, now: finishedAt, hostAddresses: [], conditions: [] },
    });
    const all = [...(status.initContainerStatuses ?? []), ...status.containerStatuses];
    const sizes = all.map(({ state }) => ('terminated' in state ? state.terminated.message?.length : undefined));
    expect(sizes).toEqual(names.map(() => 1536));
  });
});

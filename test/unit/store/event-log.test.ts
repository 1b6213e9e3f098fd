import { describe, expect, test } from 'vitest';
import { createEventLog } from '../../../src/store/event-log.ts';

const subject = { namespace: 'default', name: 'web', uid: 'u-1' };

function aLog() {
  let version = 0;
  let seconds = 0;
  return createEventLog(
    () => new Date(1_700_000_000_000 + 1_000 * seconds++),
    () => String(++version),
  );
}

describe('the event log', () => {
  test('counts equal events together and moves them to the end', () => {
    const log = aLog();
    log.record('Warning', 'BackOff', 'again', subject);
    log.record('Normal', 'Started', 'app', { ...subject, container: 'app' });
    log.record('Warning', 'BackOff', 'again', subject);
    const [started, backOff] = log.list();
    expect(started?.involvedObject.fieldPath).toBe('spec.containers{app}');
    expect(backOff).toMatchObject({ reason: 'BackOff', count: 2, metadata: { name: 'web.1', resourceVersion: '3' } });
    expect(backOff?.firstTimestamp).not.toBe(backOff?.lastTimestamp);
  });

  test('keeps the newest 1000', () => {
    const log = aLog();
    for (let index = 0; index < 1_005; index++) log.record('Normal', 'Started', `n${index}`, subject);
    expect(log.list()).toHaveLength(1_000);
    expect(log.list()[0]?.message).toBe('n5');
  });

  test('tells listeners of changes until they leave', () => {
    const log = aLog();
    const seen: string[] = [];
    const leave = log.subscribe(({ type }) => seen.push(type));
    log.record('Normal', 'A', 'a', subject);
    log.record('Normal', 'A', 'a', subject);
    leave();
    log.record('Normal', 'A', 'a', subject);
    expect(seen).toEqual(['ADDED', 'MODIFIED']);
  });
});

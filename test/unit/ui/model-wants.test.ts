import { describe, expect, test } from 'vitest';
import { wantedLogs, wantsFigures } from '../../../src/ui/model-wants.ts';
import { afterEvents, aView, shop, type } from './a-view.ts';

const streamsAt = (keys: string) => {
  const wanted = wantedLogs(type(aView(), keys).state);
  return wanted?.streams.map(({ container, program, prefix }) => ({ container, program, prefix }));
};

describe('the logs wanted', () => {
  test('of a pod are those of all its containers, each behind its name', () => {
    expect(streamsAt('')).toEqual([
      { container: 'app', prefix: 'app | ' },
      { container: 'side', prefix: 'side | ' },
    ]);
  });

  test('of a container and of a program are one', () => {
    expect(streamsAt('j')).toEqual([{ container: 'app', prefix: '' }]);
    expect(streamsAt('jjjj')).toEqual([{ container: 'app', program: 'worker:1', prefix: '' }]);
  });

  test('another run of the container is another stream of the same log, a stopped container none', () => {
    const before = wantedLogs(aView());
    const groups = shop.map((group) => ({ ...group, restarts: 1, startedAt: '2026-01-02T11:59:59Z' }));
    const next = wantedLogs(afterEvents(aView(), { kind: 'read', groups, atMs: 3000, nowMs: 1 }));
    expect(next?.source).toBe(before?.source);
    expect(next?.streams[0]?.run).not.toBe(before?.streams[0]?.run);
    const stopped = shop.map((group) => ({ ...group, state: 'terminated', programs: [] }));
    expect(
      wantedLogs(afterEvents(aView(), { kind: 'read', groups: stopped, atMs: 3000, nowMs: 1 }))?.streams[0],
    ).toMatchObject({
      place: 'default/shop/app',
      run: undefined,
    });
  });

  test('none while podd is away or nothing is selected', () => {
    expect(wantedLogs(afterEvents(aView(), { kind: 'lost', why: '' }))).toBeUndefined();
    expect(wantedLogs(afterEvents(aView(), { kind: 'read', groups: [], atMs: 3000, nowMs: 1 }))).toBeUndefined();
  });
});

test('figures are wanted only while they are seen', () => {
  expect(wantsFigures(aView())).toBe(true);
  expect(wantsFigures(type(aView(), '?').state)).toBe(false);
  expect(wantsFigures(type(aView(), '\r').state)).toBe(false);
  expect(wantsFigures(type(aView(), '/').state)).toBe(true);
  expect(wantsFigures(afterEvents(aView(), { kind: 'lost', why: '' }))).toBe(false);
});

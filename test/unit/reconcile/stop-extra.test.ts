import { expect, test } from 'vitest';
import { stopExtraMs } from '../../../src/reconcile/stop-extra.ts';
import { aHealth, aHook, HealthWorld } from '../init/a-health.ts';
import { aContainer } from './builders.ts';

/** When PID 1 kills the programs of a container whose preStop does not end. */
function killedAtMs(graceMs: number): number {
  const world = new HealthWorld(aHealth({ preStop: aHook })).emit({ type: 'begin' });
  const stop = world.emit({ type: 'stopRequested', graceMs }).runTo(100_000).told().at(-1);
  const [, atMs, restMs] = /^(\d+) stop within (\d+)$/.exec(stop ?? '') ?? [];
  return Number(atMs) + Number(restMs);
}

test('a container without preStop has two seconds beyond its grace', () => {
  const containers = [undefined, aContainer(), aContainer({ health: aHealth() })];
  expect(containers.map(stopExtraMs)).toEqual([2_000, 2_000, 2_000]);
});

test.each([1_000, 30_000])('podd kills two seconds after PID 1 where preStop overruns a grace of %i ms', (graceMs) => {
  const container = aContainer({ health: aHealth({ preStop: aHook }) });
  expect(graceMs + stopExtraMs(container) - killedAtMs(graceMs)).toBe(2_000);
});

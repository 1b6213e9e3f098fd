import { describe, expect, test } from 'vitest';
import { healthState } from '../../../src/init/container-health.ts';
import type { HealthEvent } from '../../../src/init/health-machine.ts';
import type { HealthSpec } from '../../../src/model/lifecycle-spec.ts';
import { aHealth, aHook, aProbe, HealthWorld } from './a-health.ts';

const begun = (spec: Partial<HealthSpec>, answer?: ConstructorParameters<typeof HealthWorld>[1], takesMs?: number) =>
  new HealthWorld(aHealth(spec), answer, takesMs).emit({ type: 'begin' });

const stateOf = (world: HealthWorld) => healthState(world.health);

describe('a probe', () => {
  test('is asked at once, then from start to start', () => {
    const world = begun({ readiness: aProbe() }, () => true, 300).runTo(30_000);
    expect(world.asked('readiness')).toEqual([0, 10_000, 20_000, 30_000]);
  });

  test('is asked after its initial delay', () => {
    const world = begun({ readiness: aProbe({ initialDelayMs: 4_000 }) }).runTo(15_000);
    expect(world.asked('readiness')).toEqual([4_000, 14_000]);
  });

  test('is never asked twice at once, however long it takes', () => {
    const world = begun({ readiness: aProbe({ periodMs: 1_000, timeoutMs: 3_000 }) }, () => true, 2_500).runTo(8_000);
    expect(world.asked('readiness')).toEqual([0, 2_500, 5_000, 7_500]);
  });

  test('that fails within the first second is asked again when that is over, and nothing is counted', () => {
    const world = begun({ readiness: aProbe({ failureThreshold: 1 }) }, (now) => now >= 1_000).runTo(12_000);
    expect(world.asked('readiness')).toEqual([0, 1_000, 11_000]);
    expect(world.told()).toEqual([]);
    expect(stateOf(world)).toEqual({ started: true, ready: true });
  });

  test('that cannot be asked counts neither way', () => {
    const world = begun({ liveness: aProbe({ failureThreshold: 1 }), readiness: aProbe() }, () => undefined).runTo(
      5_000,
    );
    expect(stateOf(world)).toMatchObject({ ready: false, message: 'Readiness probe errored: broken' });
    expect(world.told()).toEqual([
      '0 Unhealthy: Readiness probe errored: broken',
      '1000 Unhealthy: Liveness probe errored: broken',
    ]);
  });
});

describe('a success that is no proof', () => {
  test.each(['readiness', 'liveness', 'startup'] as const)('of %s counts, with a warning', (probe) => {
    const world = begun({ [probe]: aProbe() }, () => undefined, 100).runTo(probe === 'liveness' ? 1_000 : 0);
    world.emit({ type: 'answered', probe, ok: true, message: 'HTTP 302', warning: 'gone elsewhere' });
    const word = { readiness: 'Readiness', liveness: 'Liveness', startup: 'Startup' }[probe];
    expect(world.told()).toEqual([`${world.nowMs} ProbeWarning: ${word} probe warning: gone elsewhere`]);
    expect(stateOf(world)).toEqual({ started: true, ready: true });
  });
});

describe('readiness', () => {
  test('turns by its thresholds, and goes on to be asked', () => {
    const isUp = (now: number): boolean => now < 20_000 || now >= 60_000;
    const world = begun({ readiness: aProbe({ successThreshold: 2, failureThreshold: 2 }) }, isUp);
    const ready = (at: number) => stateOf(world.runTo(at)).ready;
    expect([5_000, 15_000, 25_000, 35_000, 65_000, 75_000].map(ready)).toEqual([false, true, true, false, false, true]);
    expect(world.told()).toHaveLength(4);
  });

  test('says why it is not', () => {
    const world = begun({ readiness: aProbe() }, (now) => now < 2_000 && undefined);
    expect(stateOf(world)).toMatchObject({ ready: false });
    expect(stateOf(world.runTo(10_000)).message).toBe('Readiness probe failed: broken');
    expect(world.told()).toContain('10000 Unhealthy: Readiness probe failed: broken');
  });

  test('is asked until the end, while the container stops', () => {
    const world = begun({ readiness: aProbe(), liveness: aProbe() }).runTo(500);
    world.emit({ type: 'stopRequested', graceMs: 30_000 }).runTo(20_000);
    expect(world.asked('readiness')).toEqual([0, 10_000, 20_000]);
    expect(world.asked('liveness')).toEqual([]);
  });
});

describe('liveness', () => {
  test('ends the container after failures in a row, within its own grace', () => {
    const flaky = (now: number) => now >= 11_000 && now < 20_000;
    const world = begun({ liveness: aProbe({ graceMs: 7_000 }) }, flaky).runTo(100_000);
    expect(world.told().slice(1)).toEqual([
      '21000 Unhealthy: Liveness probe failed: broken',
      '31000 Unhealthy: Liveness probe failed: broken',
      '41000 Unhealthy: Liveness probe failed: broken',
      '41000 Killing: Container app failed liveness probe, will be restarted',
      '41000 stop within 7000',
    ]);
    expect(world.health.isUnhealthy).toBe(true);
    expect(world.pending()).toEqual([]);
  });

  test('without a grace of its own gives the pod’s, at least two seconds', () => {
    const probe = aProbe({ failureThreshold: 1 });
    const stops = [30_000, 0].map((graceMs) =>
      begun({ graceMs, liveness: probe }, () => false)
        .runTo(1_000)
        .log.at(-1),
    );
    expect(stops).toEqual(['1000 stop within 30000', '1000 stop within 2000']);
  });

  test('does not promise a restart that the policy does not give', () => {
    const world = begun({ restarts: false, liveness: aProbe({ failureThreshold: 1 }) }, () => false).runTo(1_000);
    expect(world.told()).toContain('1000 Killing: Container app failed liveness probe');
  });

  test('runs preStop first', () => {
    const world = begun({ liveness: aProbe({ failureThreshold: 1, graceMs: 5_000 }), preStop: aHook }, () => false);
    world.runTo(2_000).emit({ type: 'hookEnded', hook: 'preStop', ok: true });
    expect(world.told().slice(-2)).toEqual(['1000 run preStop', '2000 stop within 4000']);
  });
});

describe('startup', () => {
  const all = { startup: aProbe({ periodMs: 5_000 }), readiness: aProbe(), liveness: aProbe() };

  test('gates the others until it has succeeded once, and is not asked any more', () => {
    const world = begun(all, (now) => now >= 11_000);
    expect(stateOf(world.runTo(6_000))).toEqual({
      started: false,
      ready: false,
      message: 'Startup probe failed: broken',
    });
    world.runTo(40_000);
    expect(world.asked('startup')).toEqual([0, 1_000, 6_000, 11_000]);
    expect(world.asked('readiness')).toEqual([11_000, 21_000, 31_000]);
    expect(world.asked('liveness')).toEqual([11_000, 21_000, 31_000]);
    expect(stateOf(world)).toEqual({ started: true, ready: true });
  });

  test('that fails too often ends the container', () => {
    const world = begun(all, () => false).runTo(60_000);
    expect(world.asked('startup')).toEqual([0, 1_000, 6_000, 11_000]);
    expect(world.told().slice(-2)).toEqual([
      '11000 Killing: Container app failed startup probe, will be restarted',
      '11000 stop within 30000',
    ]);
    expect(world.asked('liveness')).toEqual([]);
  });
});

describe('postStart', () => {
  test('comes before probes, and before the container counts as running', () => {
    const world = begun({ postStart: aHook, readiness: aProbe() }).runTo(3_000);
    expect(world.log).toEqual(['0 run postStart']);
    expect([stateOf(world), world.health.isUp]).toEqual([
      { started: false, ready: false, message: 'postStart runs' },
      false,
    ]);
    world.emit({ type: 'hookEnded', hook: 'postStart', ok: true }).runTo(3_500);
    expect([stateOf(world).ready, world.health.isUp]).toEqual([true, true]);
  });

  test('that fails ends the container, after preStop', () => {
    const world = begun({ postStart: aHook, preStop: aHook, graceMs: 9_000 });
    world.emit({ type: 'hookEnded', hook: 'postStart', ok: false });
    expect(world.told().slice(1)).toEqual([
      '0 FailedPostStartHook: PostStartHook failed',
      '0 Killing: FailedPostStartHook',
      '0 run preStop',
    ]);
    expect([world.health.isUnhealthy, world.health.isUp]).toEqual([false, false]);
  });

  test('is ended by a stop, which runs preStop', () => {
    const world = begun({ postStart: aHook, preStop: aHook }).emit({ type: 'stopRequested', graceMs: 5_000 });
    expect(world.log).toEqual(['0 run postStart', '0 cancel the hook', '0 run preStop']);
  });
});

describe('preStop', () => {
  const stopping = (graceMs: number) => begun({ preStop: aHook }).runTo(100).emit({ type: 'stopRequested', graceMs });
  const ended: HealthEvent = { type: 'hookEnded', hook: 'preStop', ok: true };

  test.each<[string, number, number, string]>([
    ['leaves the rest of the grace to the programs', 10_000, 4_000, '4000 stop within 6100'],
    ['leaves them two seconds at least', 10_000, 9_500, '9500 stop within 2000'],
  ])('%s', (_, graceMs, endsMs, last) => {
    expect(stopping(graceMs).runTo(endsMs).emit(ended).log.at(-1)).toBe(last);
  });

  test('that uses up the grace is waited for no longer', () => {
    const world = stopping(10_000).runTo(60_000);
    expect(world.told().slice(-1)).toEqual(['10100 stop within 2000']);
    expect(world.emit(ended).told()).toHaveLength(2);
  });

  test('that fails is told of, and the stop goes on', () => {
    const world = stopping(10_000).emit({ ...ended, ok: false });
    expect(world.told().slice(-2)).toEqual(['100 FailedPreStopHook: PreStopHook failed', '100 stop within 10000']);
  });

  test('is not run without a grace', () => {
    expect(stopping(0).log).toEqual(['100 stop within 0']);
  });

  test('is cut short by a second stop', () => {
    const shorter = stopping(10_000).runTo(1_000).emit({ type: 'stopRequested', graceMs: 3_000 }).runTo(20_000);
    expect(shorter.told().slice(-1)).toEqual(['4000 stop within 2000']);
    const longer = stopping(10_000).runTo(1_000).emit({ type: 'stopRequested', graceMs: 30_000 }).runTo(20_000);
    expect(longer.told().slice(-1)).toEqual(['10100 stop within 2000']);
    const now = stopping(10_000).emit({ type: 'stopRequested', graceMs: 0 });
    expect(now.told().slice(-2)).toEqual(['100 cancel the hook', '100 stop within 0']);
    expect(now.emit(ended).told()).toHaveLength(3);
  });

  test('is not run for a container that ends by itself', () => {
    const world = begun({ preStop: aHook, readiness: aProbe() }).runTo(100).emit({ type: 'ending' });
    expect(world.emit({ type: 'stopRequested', graceMs: 5_000 }).told()).toEqual(['100 stop within 5000']);
    expect(world.pending()).toEqual([]);
  });

  test('of a paused container is run in a thawed one', () => {
    const world = begun({ preStop: aHook }).emit({ type: 'paused' }).emit({ type: 'stopRequested', graceMs: 5_000 });
    expect(world.told()).toEqual(['0 resume', '0 run preStop']);
  });
});

describe('a pause', () => {
  test('asks nothing, and readiness has to answer again', () => {
    const world = begun({ readiness: aProbe(), liveness: aProbe({ initialDelayMs: 5_000 }) }).runTo(2_000);
    world.emit({ type: 'paused' }).runTo(100_000);
    expect(world.pending()).toEqual([]);
    expect(stateOf(world).ready).toBe(false);
    world.emit({ type: 'resumed' }).runTo(120_000);
    expect(world.asked('readiness')).toEqual([0, 108_000, 118_000]);
    expect(world.asked('liveness')).toEqual([103_000, 113_000]);
  });

  test('asks at once who was being asked', () => {
    const world = begun({ readiness: aProbe() }, () => true, 500)
      .runTo(100)
      .emit({ type: 'paused' });
    world.runTo(7_000).emit({ type: 'resumed' }).runTo(7_600);
    expect(world.asked('readiness')).toEqual([0, 7_000]);
    expect(stateOf(world).ready).toBe(true);
  });
});

describe('an update', () => {
  const updated = (world: HealthWorld, spec: Partial<HealthSpec>) =>
    world.emit({ type: 'updated', spec: aHealth(spec) });

  test('asks a changed probe anew and leaves the others alone; it stays as ready as it was', () => {
    const world = begun({ readiness: aProbe(), liveness: aProbe() }).runTo(4_000);
    updated(world, { readiness: aProbe({ periodMs: 3_000 }), liveness: aProbe() });
    expect(stateOf(world).ready).toBe(true);
    world.runTo(12_000);
    expect(world.asked('readiness')).toEqual([0, 4_000, 7_000, 10_000]);
    expect(world.asked('liveness')).toEqual([1_000, 11_000]);
  });

  test('that takes the readiness probe away makes it ready', () => {
    const world = begun({ readiness: aProbe() }, () => false).runTo(4_000);
    expect(stateOf(updated(world, {}))).toEqual({ started: true, ready: true });
    expect(world.pending()).toEqual([]);
  });

  test('that takes the startup probe away starts it', () => {
    const world = begun({ startup: aProbe(), readiness: aProbe() }, (_, probe) => probe === 'readiness').runTo(4_000);
    updated(world, { readiness: aProbe() }).runTo(4_100);
    expect(stateOf(world)).toEqual({ started: true, ready: true });
  });

  test('that adds a startup probe to who has started asks it of the next run', () => {
    const world = updated(begun({ readiness: aProbe() }).runTo(100), { startup: aProbe(), readiness: aProbe() });
    expect(world.runTo(20_000).asked('startup')).toEqual([]);
  });

  test('changes the preStop of the stop to come', () => {
    const world = updated(begun({}), { preStop: aHook }).emit({ type: 'stopRequested', graceMs: 5_000 });
    expect(world.told()).toEqual(['0 run preStop']);
  });
});

/** podinit's Supervisor with very many programs and orphans, without podd around it. */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, expect, test } from 'vitest';
import type { ProgramPlan } from '../../src/model/launch-plan.ts';
import { describeReal } from '../support/describe-real.ts';
import { aPlan, type Direct, removeDriver, superviseDirectly } from '../support/direct-supervisor.ts';
import { waitFor } from '../support/wait-for.ts';

describeReal('very many processes under a Supervisor', () => {
  let direct: Direct | undefined;
  afterEach(async () => {
    await direct?.close();
    direct = undefined;
  });
  afterAll(removeDriver);

  const supervise = async (...programs: readonly ProgramPlan[]): Promise<Direct> => {
    direct = await superviseDirectly(programs);
    return direct;
  };

  test('10,000 orphans are reaped', async () => {
    const d = await supervise(aPlan('many', ['grandchildren', '10000']));
    await waitFor('they were made', () => d.log('many').includes('made 10000'), 60_000);
    await waitFor('none is left', () => d.processes('many').length === 1);
    expect(childrenOf(d.pid)).toEqual([d.program('many').pid]);
  });

  test('500 programs start, restart and stop', async () => {
    const plans = Array.from({ length: 500 }, (_, instance) => aPlan('w', ['sleep'], { instance }));
    const startedMs = performance.now();
    const d = await supervise(...plans);
    await waitFor('all run', () => {
      const running = d.states.at(-1)?.programs.filter(({ state }) => state === 'RUNNING') ?? [];
      return running.length === plans.length;
    });
    const ranMs = performance.now();
    const states = d.states.length;
    process.kill(d.program('w:250').pid ?? -1, 'SIGKILL');
    await d.until('w:250', 'has restarted', ({ restarts }) => restarts === 1);
    const stoppingMs = performance.now();
    d.init.stop(10_000);
    expect(await d.end()).toMatchObject({ exitCode: 0 });
    console.log(
      `500 programs: run after ${(ranMs - startedMs).toFixed(0)} ms, ${states} states; gone ${(performance.now() - stoppingMs).toFixed(0)} ms after stop`,
    );
    expect(states).toBeLessThan(100);
  });
});

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);

/** A zygote that ends before it is ready does not keep podd from starting. */
import { afterAll, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { allPids, readProc } from '../support/processes.ts';
import { waitFor } from '../support/wait-for.ts';

describeReal('zygote at the start of podd', () => {
  let instance: Instance;
  afterAll(() => instance.stop());

  test('podd starts another one when it is killed under way', async () => {
    instance = await startInstance({ podd: false });
    const starting = instance.startPodd();
    const killed = await waitFor('a zygote is being started', () => {
      const pids = allPids().filter((pid) => readProc(pid, 'cmdline')?.includes(`podinit.cjs\0${instance.base}/`));
      for (const pid of pids) tryKill(pid);
      return pids.length > 0 && pids;
    });
    await starting;
    expect(killed).not.toContain(await instance.zygotePid());
    expect(instance.poddOutput()).not.toContain('cannot start');
  });
});

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // gone in between: it forks itself at its start
  }
}

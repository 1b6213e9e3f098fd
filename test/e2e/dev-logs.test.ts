/** The output of programs under `podctl dev`: every line once. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { useWorkshop } from '../support/dev-workshop.ts';
import { aContainer, aPod, aProgram, yamlOf } from '../support/manifest.ts';
import { waitFor } from '../support/wait-for.ts';

describeReal('logs of podctl dev', () => {
  const shop = useWorkshop();
  const { dev, save, edit } = shop;

  test('no line is lost or printed twice over restarts of the program, of its container, of podd and of the pod', async () => {
    const count = 'n=$((n+1)); echo line $run $n; sleep 0.005';
    const script = `run=$(date +%s%N); n=0; trap 'echo end $run $n; exit 0' TERM; while :; do ${count}; done`;
    mkdirSync(join(shop.dir, 'src'));
    const watch = [{ paths: ['src'], action: 'restart', debounce: '20ms' }];
    const web = aProgram('web', { command: ['/usr/bin/sh', '-c', script], dev: { watch } });
    const containers = [aContainer({ name: 'app', processes: [web] })];
    // Each run has the time to say its end, on any machine.
    save('pod.yaml', yamlOf(aPod({ name: 'shop', containers, terminationGracePeriodSeconds: 60 })));
    const process = dev();
    const lines = /line \d+ 20\b/;
    await process.says(lines);
    save('src/a', '1');
    await process.says(/restarted shop\/app\/web/);
    await process.says(lines);
    process.mark();
    await shop.instance.podctlOk(['restart', 'shop/app']);
    await process.says(/end \d+/);
    await process.says(lines);
    await shop.instance.killPodd();
    // The session starts another one.
    await waitFor('another podd answers', () => shop.instance.isHealthy());
    save('src/a', '2');
    await process.says(/restarted shop\/app\/web/);
    await process.says(lines);
    edit('pod.yaml', '  terminationGracePeriodSeconds: 60', '  hostname: another\n  terminationGracePeriodSeconds: 60');
    await process.says(/pod\/shop configured \(recreate pod\)/);
    await process.says(/end \d+/);
    await process.says(lines);
    expect(await process.interrupt()).toBe(0);
    const ends = [...process.out.matchAll(/\| end (\d+) (\d+)\n/g)];
    expect(ends).toHaveLength(5);
    for (const [, run, last] of ends) {
      const numbers = [...process.out.matchAll(new RegExp(`\\| line ${run} (\\d+)\n`, 'g'))].map(([, n]) => Number(n));
      expect(numbers).toEqual(numbers.map((_, index) => index + 1));
      // The signal may come between counting and printing.
      expect(Number(last) - numbers.length).toBeLessThanOrEqual(1);
    }
  });

  test('the log of a container that is taken out and put in again is printed once', async () => {
    const chatty = (name: string) =>
      aContainer({ name, command: ['/usr/bin/sh', '-c', `echo up $(date +%N); exec sleep 1000`] });
    const podOf = (...names: readonly string[]) => yamlOf(aPod({ name: 'shop', containers: names.map(chatty) }));
    save('pod.yaml', podOf('one', 'two'));
    const process = dev();
    await process.says(/shop\/two \| up/);
    save('pod.yaml', podOf('one'));
    await process.says(/pod\/shop configured/);
    await process.complains(/ready 1\/1/);
    save('pod.yaml', podOf('one', 'two'));
    await process.says(/shop\/two \| up/);
    save('pod.yaml', podOf('one', 'two', 'three'));
    await process.says(/shop\/three \| up/);
    expect(await process.interrupt()).toBe(0);
    const lines = process.out.match(/\| up \d+/g) ?? [];
    expect([lines.length, new Set(lines).size]).toEqual([4, 4]);
    expect(process.err).not.toMatch(/log of/);
  });
});

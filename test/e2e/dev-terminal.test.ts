/** `podctl dev` on a terminal: the line that stays, the keys, and a terminal that goes away. */
import { expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { shopOf, useWorkshop } from '../support/dev-workshop.ts';
import { aProgram } from '../support/manifest.ts';
import { startTmux, type TmuxScreen, whyNoTmux } from '../support/tmux.ts';
import { waitFor } from '../support/wait-for.ts';

const refusal = whyNoTmux();
if (refusal !== undefined) console.warn(`podctl dev is not tried on a terminal: ${refusal}`);

describeReal('podctl dev on a terminal', () => {
  const shop = useWorkshop();
  const { save, pids } = shop;

  /** Shows podctl's exit code and the terminal's modes when it has ended. */
  const open = (): TmuxScreen => {
    const command = `cd ${shop.dir}; ${shop.podctl} dev; echo "exit $?"; stty -a | grep -o '[-]*icanon'; exec sleep 1000`;
    return startTmux(command, { ...shop.instance.env, NO_COLOR: '1', TERM: 'screen' });
  };
  const chatty = aProgram('web', { command: ['/usr/bin/sh', '-c', 'echo up; exec sleep 1000'] });

  test.skipIf(refusal !== undefined)('status, resize, keys and Ctrl-C', async () => {
    save('pod.yaml', shopOf(chatty, aProgram('db')));
    const terminal = open();
    try {
      await terminal.expect(/shop\/app\/web \| up/);
      await terminal.expect(/\nready 1\/1\s*$/);
      const before = await pids('shop');
      terminal.press('r');
      const restarted = await terminal.expect(/» restarted shop\/app\/web, shop\/app\/db, running \(\d+ ms\)/);
      expect(restarted).toMatch(/keys: r restarts all/);
      const after = await pids('shop');
      expect([after.web === before.web, after.db === before.db]).toEqual([false, false]);
      await terminal.expect(/\nready 1\/1 · restarted shop\/app\/web.*\s*$/);
      terminal.resize(30, 24);
      await terminal.expect(/^ready 1\/1 · restarted shop\/a…$/m);
      terminal.resize(100, 30);
      await terminal.expect(/^ready 1\/1 · restarted shop\/app\/web, shop\/app\/db, running \(\d+ ms\)$/m);
      terminal.press('l');
      await terminal.expect('logs are hidden');
      save('pod.yaml', shopOf({ ...chatty, env: { A: 'b' } }, aProgram('db')));
      await terminal.expect(/pod\/shop configured/);
      // The new run has spoken, and the session has done what came with it, before logs are shown again.
      const spoken = async () => (await shop.instance.podctlOk(['logs', 'shop/app/web'])).match(/\bup$/gm)?.length;
      await waitFor('the new run speaks', async () => (await spoken()) === 3);
      terminal.press('?');
      await terminal.expect(/» keys: [\s\S]*» keys: /);
      terminal.press('l');
      await terminal.expect('logs are shown');
      expect(terminal.capture().match(/\| up/g)).toHaveLength(2);
      terminal.press('C-c');
      await terminal.expect(/» pod\/shop deleted\nexit 0\nicanon/);
      expect(await shop.instance.getPod('shop')).toBeUndefined();
    } finally {
      terminal.end();
    }
  });

  test.skipIf(refusal !== undefined)(
    'Ctrl-Z stops it, bg lets it run on without the terminal, fg gives it the keys again',
    async () => {
      save('pod.yaml', shopOf(chatty));
      const terminal = startTmux(`cd ${shop.dir}; exec bash --norc -i`, { ...shop.instance.env, TERM: 'screen' });
      try {
        terminal.press(`${shop.podctl} dev`, 'Enter');
        await terminal.expect('ready 1/1');
        terminal.press('C-z');
        await terminal.expect('Stopped');
        terminal.press('bg; stty -a | grep -o "[-]*icanon"', 'Enter');
        // The status line may stand before it.
        await terminal.expect(/(^|[^-\n])icanon$/m);
        save('pod.yaml', shopOf({ ...chatty, env: { A: 'b' } }));
        await terminal.expect('pod/shop configured');
        terminal.press('fg', 'Enter');
        await waitFor('the terminal is raw again', () => {
          terminal.press('?');
          return (terminal.capture().match(/» keys: /g)?.length ?? 0) > 1;
        });
        terminal.press('q');
        await terminal.expect('pod/shop deleted');
      } finally {
        terminal.end();
      }
    },
  );

  test.skipIf(refusal !== undefined)('a terminal that is closed takes the pods with it', async () => {
    save('pod.yaml', shopOf(chatty));
    const terminal = open();
    try {
      await terminal.expect('ready 1/1');
    } finally {
      terminal.end();
    }
    await shop.instance.waitUntilDeleted('shop');
  });
});

/** `podctl dev --ui` in tmux: the session of `podctl dev` in the view of `podctl ui`. */
import { mkdirSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { shopOf, useWorkshop } from '../support/dev-workshop.ts';
import { aPod, aProgram, yamlOf } from '../support/manifest.ts';
import { whyNoRealKernel } from '../support/real-kernel.ts';
import { inRepository } from '../support/repository.ts';
import { startTmux, type TmuxScreen, tellNoTmux, whyNoTmux } from '../support/tmux.ts';
import { waitFor } from '../support/wait-for.ts';

tellNoTmux();

describe.skipIf(whyNoRealKernel() !== undefined || whyNoTmux() !== undefined)('podctl dev --ui', () => {
  const shop = useWorkshop();
  const { save, edit, pids } = shop;
  let screen: TmuxScreen | undefined;
  afterEach(() => {
    screen?.end();
    screen = undefined;
  });

  const start = (args = ''): TmuxScreen => {
    const script = `cd ${shop.dir}; ${inRepository('bin/podctl')} dev --ui ${args}; echo "code $?"; exec cat`;
    screen = startTmux(script, { ...shop.instance.env, LANG: 'C.UTF-8' });
    return screen;
  };
  const web = (more = {}) =>
    aProgram('web', { command: ['/bin/sh', '-c', 'echo web is up; exec sleep 1000'], ...more });
  const rule = { paths: ['src'], action: 'restart', debounce: '20ms' };

  test('shows the pods of the session, what saves lead to, and takes them down when it is quit', async () => {
    await shop.instance.apply(aPod({ name: 'somebody-else' }));
    mkdirSync(`${shop.dir}/src`);
    save('pod.yaml', shopOf(web({ dev: { watch: [rule] } }), aProgram('db')));
    const view = start();
    await view.expect(
      /^podctl .* 1 pod, 1 running[\s\S]*web +RUNNING[\s\S]*db +RUNNING[\s\S]*watching for changes; q takes everything down/,
    );
    await view.expect(/── logs shop {2}following[\s\S]*web is up/);
    const before = await pids('shop');

    save('src/a.js', '1');
    await view.expect(/restarted shop\/app\/web.*src\/a\.js added/);
    await view.expect(/web +RUNNING +yes +1 /);
    const after = await pids('shop');
    expect([after.web === before.web, after.db]).toEqual([false, before.db]);

    edit('pod.yaml', 'kind: Pod', 'kind: Pood');
    await view.expect('kind: Unsupported value: "Pood"');
    edit('pod.yaml', 'kind: Pood', 'kind: Pod');
    await view.expect('the manifests are good again');
    view.press('m');
    await view.expect(
      /── messages[\s\S]*restarted shop\/app\/web[\s\S]*Pood[\s\S]*the manifests cannot be used as they are/,
    );
    view.press('q');
    await view.expect(/^NAME/m);

    save('pod.yaml', `${shopOf(web(), aProgram('db'))}---\n${yamlOf(aPod({ name: 'cache' }))}`);
    await view.expect(/▾ cache +Running/);

    view.press('q');
    const end = await view.expect('code 0');
    expect(end).toMatch(/pod\/shop created[\s\S]*stopping pod\/shop[\s\S]*pod\/shop deleted/);
    expect(end).not.toContain('somebody-else');
    const { body } = await shop.instance.api('GET', '/api/v1/pods');
    expect((body as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name)).toEqual([
      'somebody-else',
    ]);
  });

  test('a signal while a shell is open takes everything down too', async () => {
    save('pod.yaml', shopOf(web()));
    const view = start();
    await view.expect(/web +RUNNING/);
    view.press('x');
    await view.expect(/leads back\n.*[#$]/);
    process.kill(view.childPid(), 'SIGTERM');
    await view.expect(/pod\/shop deleted[\s\S]*code 0/);
    expect(await shop.instance.getPod('shop')).toBeUndefined();
  });

  test('--keep leaves everything running', async () => {
    save('pod.yaml', shopOf(web()));
    const view = start('--keep');
    await view.expect(/web +RUNNING[\s\S]*q leaves everything running/);
    const before = await pids('shop');
    view.press('q');
    await view.expect(/left running: pod\/shop[\s\S]*code 0/);
    expect(await pids('shop')).toEqual(before);
  });

  test('manifests that are wrong at the start are said on the plain terminal', async () => {
    save('pod.yaml', shopOf(web()).replace('kind: Pod', 'kind: Pood'));
    const end = await start().expect('code 2');
    expect(end).toMatch(/pod\.yaml:2:7: kind: Unsupported value/);
  });

  test('without a terminal it is podctl dev, and says so', async () => {
    save('pod.yaml', shopOf(web()));
    const process = shop.dev('--ui');
    await process.complains(/podctl dev --ui: standard output is no terminal; this is podctl dev\n/);
    await process.says(/\| web is up/);
    expect(await process.interrupt()).toBe(0);
    await waitFor('it is gone', async () => (await shop.instance.getPod('shop')) === undefined);
  });
});

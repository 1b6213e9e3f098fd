/** What the actions of dev rules do, under `podctl dev` as a black box. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { shopOf, useWorkshop } from '../support/dev-workshop.ts';
import { aContainer, aPod, aProgram, yamlOf } from '../support/manifest.ts';
import { isReady } from '../support/pods.ts';
import { waitFor } from '../support/wait-for.ts';

describeReal('dev rules', () => {
  const shop = useWorkshop();
  const { dev, save, pids } = shop;

  test('exec runs a build in the container: a good one restarts what it names, a failing one nothing', async () => {
    mkdirSync(join(shop.dir, 'src'));
    save('src/build.sh', 'echo building; exit 3\n');
    const rule = {
      paths: ['src'],
      action: 'exec',
      command: ['sh', '/src/build.sh'],
      restart: ['db'],
      debounce: '20ms',
    };
    const containers = [
      aContainer({
        name: 'app',
        volumeMounts: [{ name: 'src', mountPath: '/src' }],
        processes: [aProgram('web', { dev: { watch: [rule] } }), aProgram('db')],
      }),
    ];
    save('pod.yaml', yamlOf(aPod({ name: 'shop', containers, volumes: [{ name: 'src', hostPath: { path: 'src' } }] })));
    const process = dev();
    await process.complains(/ready 1\/1/);
    const before = await pids('shop');
    save('src/a.c', '1');
    await process.says(/running sh \/src\/build\.sh \(src\/a\.c added\)\nshop\/app\/web exec \| building/);
    await process.complains(/failed: the command exited with code 3: nothing was restarted/);
    expect(await pids('shop')).toEqual(before);
    save('src/build.sh', 'echo built\n');
    await process.says(/exec \| built/);
    await process.says(/restarted shop\/app\/db, running/);
    const after = await pids('shop');
    expect([after.web, after.db === before.db]).toEqual([before.web, false]);
    expect(await process.interrupt()).toBe(0);
  });

  test('rebuild runs on this machine beside the manifest, then the container starts anew', async () => {
    mkdirSync(join(shop.dir, 'src'));
    const rule = { paths: ['src'], action: 'rebuild', command: 'pwd; touch built', debounce: '20ms' };
    const containers = [
      aContainer({ name: 'app', dev: { watch: [rule] }, processes: [aProgram('web')] }),
      aContainer(),
    ];
    save('pod.yaml', yamlOf(aPod({ name: 'shop', containers })));
    const process = dev();
    await process.complains(/ready 2\/2/);
    const before = await pids('shop');
    save('src/a', '1');
    await process.says(new RegExp(`shop/app build \\| ${shop.dir}\n`));
    await process.says(/restarted shop\/app, running/);
    expect(readFileSync(join(shop.dir, 'built'), 'utf8')).toBe('');
    const after = await pids('shop');
    expect([after.main, after.web === before.web]).toEqual([before.main, false]);
    expect(await process.interrupt()).toBe(0);
  });

  test('commands that do not end are ended with the session, whatever they ignore', async () => {
    mkdirSync(join(shop.dir, 'src'));
    const hang = 'trap "" TERM; echo $$ > pid; sleep 1000 & wait; sleep 1000';
    const watch = (action: string, command: string) => [{ paths: ['src'], action, command, debounce: '20ms' }];
    const containers = [
      aContainer({
        name: 'app',
        processes: [aProgram('web', { dev: { watch: watch('exec', 'echo hangs; sleep 1000') } })],
      }),
      aContainer({ dev: { watch: watch('rebuild', hang) } }),
    ];
    save('pod.yaml', yamlOf(aPod({ name: 'shop', containers })));
    const process = dev();
    await process.complains(/ready 2\/2/);
    save('src/a', '1');
    await process.says(/exec \| hangs/);
    const pidFile = join(shop.dir, 'pid');
    const group = await waitFor(
      'the build runs',
      () => (existsSync(pidFile) && Number(readFileSync(pidFile, 'utf8'))) || undefined,
    );
    expect(await process.interrupt()).toBe(0);
    await waitFor('nothing of the build is left', () => !existsSync(`/proc/${group}`));
  });

  test('a build that leaves something in the background is over when it has ended itself', async () => {
    mkdirSync(join(shop.dir, 'src'));
    const rule = { paths: ['src'], action: 'rebuild', command: 'sleep 1000 & echo $! > pid', debounce: '20ms' };
    save('pod.yaml', yamlOf(aPod({ name: 'shop', containers: [aContainer({ dev: { watch: [rule] } })] })));
    const process = dev();
    await process.complains(/ready 1\/1/);
    save('src/a', '1');
    await process.says(/restarted shop\/main, running/);
    globalThis.process.kill(Number(readFileSync(join(shop.dir, 'pid'), 'utf8')));
    expect(await process.interrupt()).toBe(0);
  });

  test('reload and signal tell the program, and it runs on', async () => {
    mkdirSync(join(shop.dir, 'a'));
    mkdirSync(join(shop.dir, 'b'));
    const script = 'trap "echo got HUP" HUP; trap "echo got USR1" USR1; echo up; while :; do sleep 0.05; done';
    const watch = [
      { paths: ['a'], action: 'reload', debounce: '20ms' },
      { paths: ['b'], action: 'signal', signal: 'USR1', debounce: '20ms' },
    ];
    save(
      'pod.yaml',
      shopOf(aProgram('web', { command: ['/usr/bin/sh', '-c', script], reload: { signal: 'HUP' }, dev: { watch } })),
    );
    const process = dev();
    await process.says(/\| up/);
    await process.complains(/ready 1\/1/);
    const before = await pids('shop');
    save('a/x', '1');
    await process.says(/reloaded shop\/app\/web \(/);
    await process.says(/got HUP/);
    save('b/x', '1');
    await process.says(/sent SIGUSR1 to shop\/app\/web \(/);
    await process.says(/got USR1/);
    expect(await pids('shop')).toEqual(before);
    expect(await process.interrupt()).toBe(0);
  });

  test('a program that a user stopped is left alone, one of a container that has crashed is started anew', async () => {
    mkdirSync(join(shop.dir, 'src'));
    const watch = [{ paths: ['src'], action: 'restart', debounce: '20ms' }];
    const crash = aContainer({
      name: 'crash',
      command: ['/usr/bin/sh', '-c', 'test -e /src/ok && exec sleep 1000; exit 1'],
      volumeMounts: [{ name: 'src', mountPath: '/src' }],
      dev: { watch },
    });
    const containers = [
      aContainer({ name: 'app', processes: [aProgram('web', { dev: { watch } }), aProgram('db')] }),
      crash,
    ];
    save('pod.yaml', yamlOf(aPod({ name: 'shop', containers, volumes: [{ name: 'src', hostPath: { path: 'src' } }] })));
    const process = dev();
    await process.complains(/shop\/crash CrashLoopBackOff/);
    await shop.instance.podctlOk(['stop', 'shop/app/web']);
    save('src/ok', '1');
    await process.says(/restarted nothing: what it means in shop\/app rests/);
    await process.says(/restarted shop\/crash, running/);
    await shop.instance.waitForPod('shop', 'is ready', isReady);
    expect((await pids('shop')).web).toBeUndefined();
    expect(await process.interrupt()).toBe(0);
  });

  test('an action that changes what it watches is stopped and told', async () => {
    mkdirSync(join(shop.dir, 'src'));
    const rule = { paths: ['src'], action: 'rebuild', command: 'date +%N > src/out', debounce: '20ms' };
    save('pod.yaml', yamlOf(aPod({ name: 'shop', containers: [aContainer({ dev: { watch: [rule] } })] })));
    const process = dev();
    await process.complains(/ready 1\/1/);
    save('src/a', '1');
    await process.complains(/changes the files that it watches: .*src\/out/, 60_000);
    expect(await process.interrupt()).toBe(0);
  });

  test('hundreds of files at once are one action, and dependants restart with cascade', async () => {
    mkdirSync(join(shop.dir, 'src'));
    const watch = [{ paths: ['src'], exclude: ['*.test.js'], action: 'restart', cascade: true, debounce: '1s' }];
    save(
      'pod.yaml',
      shopOf(aProgram('db', { dev: { watch } }), aProgram('web', { dependsOn: { db: 'ready' } }), aProgram('other')),
    );
    const process = dev();
    await process.complains(/ready 1\/1/);
    const before = await pids('shop');
    // A second without CPU in between would make two of them.
    for (let index = 0; index < 300; index++) save(`src/f${index}.js`, 'x');
    save('src/f.test.js', 'x');
    await process.says(/restarted shop\/app\/db, shop\/app\/web, running \(\d+ ms; 300 files: /);
    save('src/last.js', 'x');
    await process.says(/restarted .*\(\d+ ms; src\/last\.js added\)/);
    expect(process.out.match(/restarted/g)).toHaveLength(2);
    const after = await pids('shop');
    expect([after.other, after.db === before.db, after.web === before.web]).toEqual([before.other, false, false]);
    expect(await process.interrupt()).toBe(0);
  });

  test('sync copies everything when the container starts, then what changed, and restarts what runs from it', async () => {
    mkdirSync(join(shop.dir, 'src/lib'), { recursive: true });
    save('src/a.sh', 'echo version 1; [ ! -e /app/lib/b.sh ] || . /app/lib/b.sh');
    save('src/lib/b.sh', 'echo library 1');
    save('src/notes.md', 'not wanted');
    const watch = [{ paths: ['src'], include: ['*.sh'], action: 'sync+restart', target: '/app', debounce: '20ms' }];
    const script = 'ls /app 2>/dev/null; [ ! -e /app/a.sh ] || . /app/a.sh; exec sleep 1000';
    save('pod.yaml', shopOf(aProgram('web', { command: ['/usr/bin/sh', '-c', script], dev: { watch } })));
    const process = dev();
    await process.says(/copied 2, restarted shop\/app\/web, running \(\d+ ms\)/);
    await process.says(/\| a\.sh\n[\s\S]*\| lib\n[\s\S]*\| version 1\n[\s\S]*\| library 1/); // what podctl says itself may stand between
    save('src/lib/b.sh', 'echo library 2');
    await process.says(/copied 1, restarted shop\/app\/web, running \(\d+ ms; src\/lib\/b\.sh\)/);
    await process.says(/\| version 1\n[\s\S]*\| library 2/);
    process.mark();
    rmSync(join(shop.dir, 'src/lib'), { recursive: true });
    await process.says(/removed 1, restarted .*src\/lib\/b\.sh removed/);
    process.mark();
    await shop.instance.podctlOk(['restart', 'shop/app']);
    await process.says(/copied 1, restarted shop\/app\/web/);
    expect(await process.interrupt()).toBe(0);
  });

  test('a sync rule that comes later copies everything at once; a directory may become a file', async () => {
    mkdirSync(join(shop.dir, 'src/lib'), { recursive: true });
    save('src/lib/a', 'a');
    // What takes the directory away and makes the file is to be one change, also where it takes half a second.
    const rule = { paths: ['src'], action: 'sync', target: '/app', debounce: '1s' };
    const manifest = (target: string) => shopOf(aProgram('web', { dev: { watch: [{ ...rule, target }] } }));
    save('pod.yaml', shopOf(aProgram('web')));
    const process = dev();
    await process.complains(/ready 1\/1/);
    const before = await pids('shop');
    for (const target of ['/app', '/app2', '/app3']) {
      save('pod.yaml', manifest(target));
      await process.says(/copied 1 \(/);
    }
    rmSync(join(shop.dir, 'src/lib'), { recursive: true });
    save('src/lib', 'now a file');
    await process.says(/copied 1, removed 1 \(/);
    expect(await shop.instance.exec('shop', ['cat', '/app3/lib'], 'app')).toEqual({ code: 0, output: 'now a file' });
    expect(await pids('shop')).toEqual(before);
    expect(await process.interrupt()).toBe(0);
  });

  test('a bound file that is mounted with restartOn: change is applied when it is saved', async () => {
    save('web.conf', 'one');
    const mount = { name: 'conf', mountPath: '/etc/web.conf', restartOn: 'change' };
    const print = ['/usr/bin/sh', '-c', 'echo "conf $(cat /etc/web.conf)"; exec sleep 1000'];
    const app = aContainer({ name: 'app', volumeMounts: [mount], processes: [aProgram('web', { command: print })] });
    const volumes = [{ name: 'conf', hostPath: { path: 'web.conf' } }];
    save('pod.yaml', yamlOf(aPod({ name: 'shop', containers: [app, aContainer()], volumes })));
    const process = dev();
    await process.says(/\| conf one/);
    await process.complains(/ready 2\/2/);
    const before = await pids('shop');
    save('web.conf', 'two');
    await process.says(/applied web\.conf/);
    await process.says(/\| conf two/);
    expect((await pids('shop')).main).toBe(before.main);
    expect(await process.interrupt()).toBe(0);
  });
});

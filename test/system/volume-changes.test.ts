/** What a changed content of a mounted path does: what was announced, and nothing more. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApplyResponse, FieldChange } from '../../src/protocol/api.ts';
import type { PodObject } from '../../src/protocol/objects.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod, aProgram } from '../support/manifest.ts';
import { containerOf, initPid, isRunning } from '../support/pods.ts';
import { waitFor } from '../support/wait-for.ts';

describeReal('restartOn and reloadOn', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const place = (name: string): string => join(instance.base, 'host', name);
  const write = (name: string, text: string): void => {
    mkdirSync(place(name.replace(/\/.*/, '')), { recursive: true });
    writeFileSync(place(name), text);
  };
  /** As most editors save. */
  const replace = (name: string, text: string): void => {
    writeFileSync(place(`${name}.new`), text);
    renameSync(place(`${name}.new`), place(name));
  };

  /** Says what it was started with, and what it finds when it is told to look again. */
  const script =
    'trap "echo reloaded $(cat /config/app.conf)" HUP; echo started $(cat /config/app.conf); while :; do sleep 1000 & wait; done';
  const programs = [
    aProgram('web', {
      command: ['sh', '-c', script.replace('$(cat /config/app.conf)"', '\\$(cat /config/app.conf)"')],
      reload: { signal: 'HUP' },
    }),
    aProgram('api', { reload: { command: ['sh', '-c', 'cat /config/app.conf >> /tmp/reloads'] } }),
    aProgram('old'),
  ];
  const pod = (name: string, mount: Record<string, unknown>, path = place(name), processes = programs) =>
    aPod({
      name,
      volumes: [{ name: 'config', hostPath: { path } }],
      containers: [
        aContainer({ name: 'a', processes, volumeMounts: [{ name: 'config', mountPath: '/config', ...mount }] }),
        aContainer({ name: 'b' }),
      ],
    });

  const applied = async (manifest: unknown, dryRun = false): Promise<readonly FieldChange[]> => {
    const { body, status } = await instance.api('POST', '/apis/podctl.dev/v1/apply', { manifests: [manifest], dryRun });
    expect(status).toBe(200);
    return (body as ApplyResponse).results[0]?.changes ?? [];
  };
  const pids = async (name: string): Promise<Record<string, number | undefined>> => {
    const seen = await instance.waitForPod(name, 'runs', isRunning);
    const states = containerOf(seen, 'a').programs ?? [];
    return {
      init: initPid(seen, 'a'),
      other: initPid(seen, 'b'),
      ...Object.fromEntries(states.map(({ label, pid }) => [label, pid])),
    };
  };
  const started = async (manifest: unknown) => {
    await applied(manifest);
    const { name } = (manifest as PodObject).metadata;
    await instance.waitForPod(name, 'is ready', (seen) => {
      const { programs = [] } = containerOf(seen, 'a');
      return programs.length > 0 && programs.every(({ state }) => state === 'RUNNING') && isRunning(seen);
    });
    return pids(name);
  };
  const logOf = async (name: string): Promise<string> => {
    const query = 'container=a&program=web&prefix=never';
    const { body } = await instance.api('GET', `/api/v1/namespaces/default/pods/${name}/log?${query}`);
    return String(body).trim();
  };
  const field = 'spec.containers[a].volumeMounts[/config]';

  test('restartOn: a changed file restarts the container that mounts it and no other', async () => {
    write('restart/app.conf', 'one');
    const before = await started(pod('restart', { restartOn: 'change' }));
    expect(await applied(pod('restart', { restartOn: 'change' }))).toEqual([]);
    replace('restart/app.conf', 'two');
    expect(await applied(pod('restart', { restartOn: 'change' }), true)).toMatchObject([
      { field, cost: 'restart-container', why: expect.stringMatching(/^app\.conf of \S+ changed: restartOn: change$/) },
    ]);
    expect(await pids('restart')).toEqual(before);
    expect(await applied(pod('restart', { restartOn: 'change' }))).toMatchObject([
      { field, cost: 'restart-container' },
    ]);
    await instance.waitForPod(
      'restart',
      'was restarted',
      (seen) => containerOf(seen, 'a').restartCount === 1 && isRunning(seen),
    );
    await waitFor('it says so', async () => (await logOf('restart')).endsWith('started two'));
    expect((await pids('restart')).other).toBe(before.other);
  });

  test('reloadOn: programs are told as they want to be, the others restarted, PID 1 stays', async () => {
    write('reload/app.conf', 'one');
    const manifest = pod('reload', { reloadOn: 'change' });
    const before = await started(manifest);
    await waitFor('it has started', async () => (await logOf('reload')) === 'started one');
    replace('reload/app.conf', 'two');
    expect(await applied(manifest)).toMatchObject([
      {
        field,
        cost: 'restart-program',
        why: expect.stringMatching(
          /: web gets SIGHUP, the reload command of api runs, old has no reload and restarts$/,
        ),
      },
    ]);
    await waitFor('web was told', async () => (await logOf('reload')) === 'started one\nreloaded two');
    await waitFor(
      'api was told',
      async () => (await instance.exec('reload', ['cat', '/tmp/reloads'], 'a')).output === 'two',
    );
    await instance.waitForPod('reload', 'has a new old', (seen) => {
      const old = containerOf(seen, 'a').programs?.find(({ label }) => label === 'old');
      return old?.state === 'RUNNING' && old.pid !== before.old;
    });
    expect(await pids('reload')).toEqual({ ...before, old: expect.any(Number) });
    // an apply of the same once more tells nobody again
    expect(await applied(manifest)).toEqual([]);
    expect(await logOf('reload')).toBe('started one\nreloaded two');
  });

  test('a single file: written in place it is reloaded, renamed over it takes a new mount', async () => {
    write('single/app.conf', 'one');
    const processes = [
      aProgram('web', {
        command: [
          'sh',
          '-c',
          'trap "echo reloaded; cat /config" HUP; cat /config; while :; do sleep 1000 & wait; done',
        ],
        reload: { signal: 'HUP' },
      }),
    ];
    const manifest = pod('single', { reloadOn: 'change' }, place('single/app.conf'), processes);
    const before = await started(manifest);
    write('single/app.conf', 'two\n');
    expect(await applied(manifest)).toMatchObject([{ field, cost: 'signal' }]);
    await waitFor('it was told', async () => (await logOf('single')).endsWith('reloaded\ntwo'));
    expect(await pids('single')).toEqual(before);
    replace('single/app.conf', 'three\n');
    expect(await applied(manifest)).toMatchObject([
      { field, cost: 'restart-container', why: expect.stringMatching(/another file has its name now/) },
    ]);
    await instance.waitForPod(
      'single',
      'was restarted',
      (seen) => containerOf(seen, 'a').restartCount === 1 && isRunning(seen),
    );
    await waitFor('it sees the new file', async () => (await logOf('single')) === 'three');
  });

  test('a program that changes with its files is restarted once, and sees the new ones', async () => {
    write('both/app.conf', 'one');
    const before = await started(pod('both', { reloadOn: 'change' }));
    replace('both/app.conf', 'two');
    const [web, ...others] = programs;
    const changed = pod('both', { reloadOn: 'change' }, undefined, [{ ...web, env: { NEW: 'x' } }, ...others]);
    await applied(changed);
    await waitFor('web was restarted', async () => (await logOf('both')).endsWith('started two'));
    await waitFor(
      'api was told',
      async () => (await instance.exec('both', ['cat', '/tmp/reloads'], 'a')).output === 'two',
    );
    expect(await logOf('both')).not.toContain('reloaded');
    const after = await pids('both');
    expect([after.init, after.other, after.api]).toEqual([before.init, before.other, before.api]);
  });

  test('a change that podd did not come to tell is told by the next one', async () => {
    write('killed/app.conf', 'one');
    const manifest = pod('killed', { reloadOn: 'change' });
    const before = await started(manifest);
    await waitFor('it has started', async () => (await logOf('killed')) === 'started one');
    replace('killed/app.conf', 'two');
    process.kill(before.init ?? 0, 'SIGSTOP');
    try {
      await applied(manifest);
      await instance.killPodd();
    } finally {
      process.kill(before.init ?? 0, 'SIGCONT');
    }
    await instance.startPodd();
    await waitFor('web was told', async () => (await logOf('killed')).startsWith('started one\nreloaded two'));
    expect((await pids('killed')).init).toBe(before.init);
  });

  test('what was not there when the pod was applied is a change when it comes', async () => {
    const manifest = pod('absent', { restartOn: 'change', subPath: 'sub' });
    mkdirSync(place('absent'), { recursive: true });
    const before = await started({ ...manifest });
    mkdirSync(place('absent/sub'), { recursive: true });
    write('absent/sub/x', 'x');
    expect(await applied(manifest)).toMatchObject([{ cost: 'restart-container' }]);
    await instance.waitForPod(
      'absent',
      'was restarted',
      (seen) => containerOf(seen, 'a').restartCount === 1 && isRunning(seen),
    );
    expect((await pids('absent')).other).toBe(before.other);
  });

  test('more files than can be compared are refused with the field and a way out', async () => {
    mkdirSync(place('many'), { recursive: true });
    for (let i = 0; i < 1001; i++) writeFileSync(place(`many/${i}`), '');
    const { status, body } = await instance.api('POST', '/apis/podctl.dev/v1/apply', {
      manifests: [pod('many', { restartOn: 'change' })],
      dryRun: false,
    });
    expect(status).toBe(422);
    expect(JSON.stringify(body)).toMatch(
      /spec\.containers\[0\]\.volumeMounts\[0\]\.restartOn: \S+\/many: has more than 1000 files and directories \(mount a part of it by subPath/,
    );
  });
});

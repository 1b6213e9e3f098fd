/** examples/config.yaml as its reader would try it, in a copy that can be edited: what each change costs, announced and real. */
import { cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { containerOf, initPid, isReady, programPid } from '../support/pods.ts';
import { waitFor } from '../support/wait-for.ts';

const examples = fileURLToPath(new URL('../../examples/', import.meta.url));

describeReal('examples/config.yaml', () => {
  let instance: Instance;
  let directory: string;
  beforeAll(async () => {
    instance = await startInstance({ podd: false });
    directory = join(instance.base, 'examples');
    mkdirSync(directory);
    for (const name of ['config.yaml', 'config'])
      cpSync(join(examples, name), join(directory, name), { recursive: true });
  });
  afterAll(() => instance.stop());

  const file = (): string => join(directory, 'config.yaml');
  const edit = (from: string, to: string): void => {
    const text = readFileSync(file(), 'utf8');
    expect(text).toContain(from);
    writeFileSync(file(), text.replace(from, to));
  };
  const apply = (): Promise<string> => instance.podctlOk(['apply', '-f', file(), '--wait']);
  const fetchText = "fetch('http://127.0.0.1:' + process.env.P).then((r) => r.text()).then(console.log)";
  const ask = async (port = '8080'): Promise<string> => {
    const command = ['env', `P=${port}`, 'node', '-e', fetchText];
    return (await instance.podctl(['exec', 'config', '--', ...command])).stdout.trim();
  };
  const pids = async () => {
    const pod = await instance.waitForPod('config', 'is ready', isReady);
    return {
      init: initPid(pod, 'server'),
      program: programPid(pod, 'server'),
      restarts: containerOf(pod, 'server').restartCount,
    };
  };

  test('the server has its configuration from everywhere', async () => {
    expect(await apply()).toMatch(/configmap\/config created[\s\S]*secret\/config created[\s\S]*pod\/config created/);
    await instance.system();
    expect(await ask()).toBe('Configured: hello, with a token of 13 bytes');
    expect(await apply()).toMatch(/pod\/config unchanged/);
  });

  test('a changed file of the ConfigMap is told by a signal, and no process changes', async () => {
    const before = await pids();
    edit('greeting = hello', 'greeting = good morning');
    const diff = await instance.podctl(['diff', '-f', file()]);
    expect(diff.exitCode).toBe(1);
    expect(diff.stdout).toMatch(
      /volumeMounts\[\/etc\/site\].*site\.conf of configmap\/config changed: server gets SIGHUP/s,
    );
    expect(await pids()).toEqual(before);
    await apply();
    await waitFor('it greets otherwise', async () => (await ask()).includes('good morning'));
    expect(await pids()).toEqual(before);
  });

  test('a changed file of this machine restarts the container', async () => {
    const before = await pids();
    const settings = join(directory, 'config/settings.json');
    writeFileSync(`${settings}.new`, '{ "title": "Reconfigured" }');
    renameSync(`${settings}.new`, settings);
    expect(await apply()).toMatch(/settings\.json of \S+\/config changed: restartOn: change/);
    await waitFor('it has the new title', async () => (await ask()).startsWith('Reconfigured: good morning'));
    expect((await pids()).restarts).toBe(before.restarts + 1);
  });

  test('a changed variable restarts the program alone', async () => {
    const before = await pids();
    edit('port: "8080"', 'port: "9090"');
    edit('tcpSocket: { port: 8080 }', 'tcpSocket: { port: 9090 }');
    expect(await apply()).toContain('configmap/config key port');
    await waitFor('it answers there', async () => (await ask('9090')).startsWith('Reconfigured'));
    const after = await pids();
    expect([after.init, after.restarts]).toEqual([before.init, before.restarts]);
    expect(after.program).not.toBe(before.program);
  });

  test('delete -f removes all three', async () => {
    expect(await instance.podctlOk(['delete', '-f', file(), '--wait'])).toMatch(
      /pod\/config.* deleted|pod "config" deleted/,
    );
    for (const kind of ['pods', 'configmaps', 'secrets'])
      expect(await instance.podctlOk(['get', kind, '-o', 'name'])).toBe('');
  });
});

/** ConfigMaps, Secrets and env files: what programs get of them, what a change of them does, and that nothing secret shows. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApplyResult } from '../../src/protocol/api.ts';
import type { PodObject } from '../../src/protocol/objects.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod, aProgram, yamlOf } from '../support/manifest.ts';
import { containerOf, initPid, isRunning, waitingReason } from '../support/pods.ts';
import { readProc } from '../support/processes.ts';
import { waitFor } from '../support/wait-for.ts';

const configMap = (name: string, data: Record<string, string>, fields: object = {}) => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data },
  ...fields,
});
const secret = (name: string, stringData: Record<string, string>) => ({
  ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData },
});
const keyOf = (name: string, object: string, key: string, kind = 'configMapKeyRef') => ({
  name,
  valueFrom: { [kind]: { name: object, key } },
});

/** Host pids of a container's programs by name, as podd tells them. */
const pidsOf = async (instance: Instance, pod: string): Promise<Record<string, number>> => {
  const { body } = await instance.api('GET', `/apis/podctl.dev/v1/namespaces/default/programs?pod=${pod}`);
  const groups = (body as { items: { programs: { name: string; hostPid?: number }[] }[] }).items;
  return Object.fromEntries(
    groups.flatMap(({ programs }) => programs.map(({ name, hostPid }) => [name, hostPid ?? 0])),
  );
};

const pidsOnceRun = (instance: Instance, pod: string, names: readonly string[]): Promise<Record<string, number>> =>
  waitFor(`${names.join(', ')} run`, async () => {
    const pids = await pidsOf(instance, pod);
    return names.every((name) => (pids[name] ?? 0) > 0) && pids;
  });

const environOf = (pid: number): Record<string, string> =>
  Object.fromEntries(
    (readProc(pid, 'environ') ?? '')
      .split('\0')
      .filter((line) => line !== '')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );

const resultOf = (words: string, name: string): ApplyResult => {
  const { results } = JSON.parse(words) as { results: ApplyResult[] };
  const found = results.find((result) => result.name === name && result.kind === 'Pod');
  if (found === undefined) throw new Error(`no result of pod ${name}: ${words}`);
  return found;
};

describeReal('configuration from outside of the manifest', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const apply = (...documents: readonly unknown[]) =>
    instance.podctlOk(['apply', '-f', '-', '-o', 'json'], { stdin: yamlOf(...documents) });

  test('a changed key restarts the program that uses it and no other, nor PID 1', async () => {
    const pod = aPod({
      name: 'follows',
      containers: [
        aContainer({
          processes: [
            aProgram('web', { env: [keyOf('PORT', 'follows', 'PORT')] }),
            aProgram('other', { env: { MODE: 'fixed' } }),
          ],
        }),
        aContainer({ name: 'all', envFrom: [{ configMapRef: { name: 'follows' }, prefix: 'X_' }] }),
      ],
    });
    await apply(pod, configMap('follows', { PORT: '8080' }));
    const before = await instance.waitForPod('follows', 'runs', isRunning);
    const pids = await pidsOnceRun(instance, 'follows', ['web', 'other', 'main']);
    expect(environOf(pids.web ?? 0).PORT).toBe('8080');
    expect(environOf(pids.main ?? 0).X_PORT).toBe('8080');
    const init = initPid(before);

    const result = resultOf(await apply(configMap('follows', { PORT: '9090' })), 'follows');
    expect(result.outcome).toBe('configured');
    expect(result.changes.map(({ field, from, to, cost }) => [field, from, to, cost])).toEqual([
      ['spec.containers[main].processes[web].env[PORT]', '8080', '9090', 'restart-program'],
      ['spec.containers[all].env[X_PORT]', '8080', '9090', 'restart-container'],
    ]);
    for (const { why } of result.changes) expect(why).toContain('configmap/follows key PORT');
    expect(result.programs).toEqual([{ container: 'main', program: 'web', effect: 'restart', why: 'env' }]);
    await waitFor('web runs anew', async () => {
      const now = await pidsOf(instance, 'follows');
      return Boolean(now.web) && now.web !== pids.web && Boolean(now.main) && now.main !== pids.main;
    });
    const after = await pidsOf(instance, 'follows');
    expect(after.other).toBe(pids.other);
    expect(environOf(after.web ?? 0).PORT).toBe('9090');
    expect(environOf(after.main ?? 0).X_PORT).toBe('9090');
    const pods = await instance.waitForPod('follows', 'runs', isRunning);
    expect(initPid(pods)).toBe(init);
    expect(JSON.parse(await apply(configMap('follows', { PORT: '9090' }))).results).toHaveLength(1);
  });

  test('a missing object keeps its container waiting until it is there', async () => {
    await apply(
      aPod({
        name: 'waits',
        containers: [
          aContainer({ env: [keyOf('A', 'late', 'A')] }),
          aContainer({ name: 'b', processes: [aProgram('other')] }),
        ],
      }),
    );
    const isWaiting = (pod: PodObject) => waitingReason(containerOf(pod)) === 'CreateContainerConfigError';
    const waiting = await instance.waitForPod('waits', 'waits for its ConfigMap', isWaiting);
    expect(containerOf(waiting).state).toMatchObject({ waiting: { message: 'configmap "late" not found' } });
    await instance.waitForPod('waits', 'has its other container', (pod) => 'running' in containerOf(pod, 'b').state);
    expect(await instance.podctlOk(['describe', 'pod', 'waits'])).toMatch(
      /Warning +Failed .*Error: configmap "late" not found/,
    );
    await apply(configMap('late', { B: 'b' }));
    const key = await instance.waitForPod('waits', 'waits for the key', (pod) =>
      JSON.stringify(containerOf(pod).state).includes("couldn't find key A in ConfigMap default/late"),
    );
    expect(isWaiting(key)).toBe(true);
    await apply(configMap('late', { A: 'a' }));
    await instance.waitForPod('waits', 'runs', isRunning);
    expect(environOf((await pidsOf(instance, 'waits')).main ?? 0).A).toBe('a');
  });

  test('what runs runs on when its object is deleted, and starts anew when that comes back changed', async () => {
    await apply(
      configMap('gone', { A: '1' }),
      aPod({ name: 'keeps', containers: [aContainer({ env: [keyOf('A', 'gone', 'A')] })] }),
    );
    const before = await instance.waitForPod('keeps', 'runs', isRunning);
    const pid = (await pidsOf(instance, 'keeps')).main;
    expect(await instance.podctlOk(['delete', 'configmap', 'gone'])).toBe('configmap "gone" deleted');
    const without = await instance.waitForPod(
      'keeps',
      'was planned anew',
      (pod) => pod.metadata.generation > before.metadata.generation,
    );
    expect(isRunning(without)).toBe(true);
    expect((await pidsOf(instance, 'keeps')).main).toBe(pid);
    await apply(configMap('gone', { A: '1' }));
    expect((await pidsOf(instance, 'keeps')).main).toBe(pid);
    await instance.podctlOk(['delete', 'cm', 'gone']);
    await apply(configMap('gone', { A: '2' }));
    await waitFor('it runs with the new value', async () => {
      const now = (await pidsOf(instance, 'keeps')).main ?? 0;
      return now !== 0 && now !== pid && environOf(now).A === '2';
    });
  });

  test('podd that was killed knows its objects, keeps what runs, and shows them to root only', async () => {
    await apply(configMap('kept', { A: '1' }), secret('kept', { PASSWORD: 'kept-canary' }));
    await apply(
      aPod({ name: 'kept', containers: [aContainer({ env: [keyOf('P', 'kept', 'PASSWORD', 'secretKeyRef')] })] }),
    );
    await instance.waitForPod('kept', 'runs', isRunning);
    const pid = (await pidsOf(instance, 'kept')).main ?? 0;
    expect(environOf(pid).P).toBe('kept-canary');
    const shown = async () => JSON.parse(await instance.podctlOk(['get', 'secret', 'kept', '-o', 'json']));
    const before = await shown();
    await instance.restartPodd();
    expect(await shown()).toEqual(before);
    expect(before.data).toEqual({ PASSWORD: Buffer.from('kept-canary').toString('base64') });
    expect((await pidsOf(instance, 'kept')).main).toBe(pid);
    const objects = join(instance.base, 'root', 'objects');
    expect(statSync(objects).mode & 0o777).toBe(0o700);
    for (const file of readdirSync(objects)) expect(statSync(join(objects, file)).mode & 0o777).toBe(0o600);
    const unchanged = resultOf(
      await apply(
        aPod({ name: 'kept', containers: [aContainer({ env: [keyOf('P', 'kept', 'PASSWORD', 'secretKeyRef')] })] }),
      ),
      'kept',
    );
    expect(unchanged.outcome).toBe('unchanged');
  });

  test('a secret value is in no answer, event, log or file that others can read', async () => {
    const canary = ['canary', 'one', '7f3a'].join('-');
    const pod = aPod({
      name: 'secretive',
      containers: [
        aContainer({
          processes: [
            aProgram('uses', {
              env: [keyOf('PASS', 'hidden', 'PASS', 'secretKeyRef'), { name: 'URL', value: 'db://$(PASS)@x' }],
              command: ['/usr/bin/sleep', '1000000'],
              stop: { command: ['/bin/true', '$(PASS)'] },
            }),
          ],
        }),
      ],
    });
    const words: string[] = [];
    const say = async (args: readonly string[], stdin?: string) => {
      const result = await instance.podctl(args, stdin === undefined ? {} : { stdin });
      words.push(result.stdout, result.stderr);
      return result;
    };
    await say(['apply', '-f', '-', '--wait'], yamlOf(secret('hidden', { PASS: canary }), pod));
    const next = `${canary}-next`;
    await say(['diff', '-f', '-'], yamlOf(secret('hidden', { PASS: next })));
    await say(['apply', '-f', '-', '--dry-run', '-o', 'json'], yamlOf(secret('hidden', { PASS: next })));
    await say(['apply', '-f', '-'], yamlOf(secret('hidden', { PASS: next })));
    await waitFor(
      'the new value is there',
      async () => environOf((await pidsOf(instance, 'secretive')).uses ?? 0).PASS === next,
    );
    expect(environOf((await pidsOf(instance, 'secretive')).uses ?? 0).URL).toBe(`db://${next}@x`);
    await say(['apply', '-f', '-'], yamlOf({ ...secret('hidden', { PASS: canary }), data: { PASS: `!${canary}` } }));
    await say(
      ['validate', '-f', '-'],
      `apiVersion: v1\nkind: Secret\nmetadata: {name: x}\nstringData: {a: ${canary}, a: ${canary}}\n`,
    );
    await say(['explain', '-f', '-'], yamlOf(secret('hidden', { PASS: next }), pod));
    await say(['describe', 'secret', 'hidden']);
    await say(['describe', 'pod', 'secretive']);
    await say(['get', 'secrets', '-A']);
    await say(['get', 'pod', 'secretive', '-o', 'yaml']);
    await say(['events']);
    await say(['ps', 'secretive']);
    await say(['why', 'secretive/main/uses']);
    await say(['delete', 'secret', 'hidden']);
    await say(['apply', '-f', '-', '-o', 'json'], yamlOf(pod));
    words.push(instance.poddOutput());
    expect(words.join('\n')).not.toContain(canary);
    expect(words.join('\n')).toContain('(secret, changed)');
    expect(readableFiles(instance.base).filter((file) => readFileSync(file, 'latin1').includes(canary))).toEqual([]);
  });

  test('a changed env file counts at the next apply of the same manifest', async () => {
    const file = join(instance.base, 'app.env');
    writeFileSync(file, 'MODE=slow\nKEEP="a b"\n');
    const pod = aPod({
      name: 'filed',
      containers: [aContainer({ processes: [aProgram('reads', { envFile: [file] }), aProgram('not')] })],
    });
    await apply(pod);
    await instance.waitForPod('filed', 'runs', isRunning);
    const pids = await pidsOnceRun(instance, 'filed', ['reads', 'not']);
    expect(environOf(pids.reads ?? 0)).toMatchObject({ MODE: 'slow', KEEP: 'a b' });
    writeFileSync(file, 'MODE=fast\nKEEP="a b"\n');
    const dry = await instance
      .podctlOk(['diff', '-f', '-'], { stdin: yamlOf(pod) })
      .catch((error: Error) => error.message);
    expect(dry).toContain('env[MODE]');
    expect(resultOf(await apply(pod), 'filed').changes.map(({ field, from, to }) => [field, from, to])).toEqual([
      ['spec.containers[main].processes[reads].env[MODE]', 'slow', 'fast'],
    ]);
    await waitFor(
      'it runs with the new mode',
      async () => environOf((await pidsOf(instance, 'filed')).reads ?? 0).MODE === 'fast',
    );
    expect((await pidsOf(instance, 'filed')).not).toBe(pids.not);
    const missing = aPod({ name: 'filed', containers: [aContainer({ envFile: [`${file}.none`] })] });
    const refused = await instance.podctl(['apply', '-f', '-'], { stdin: yamlOf(missing) });
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toMatch(/^-:\d+:\d+: spec\.containers\[0\]\.envFile\[0\]: .*app\.env\.none: no such file/);
    const status = await instance.api('POST', '/apis/podctl.dev/v1/apply', { manifests: [missing] });
    expect(status).toMatchObject({ status: 422, body: { reason: 'Invalid' } });
  });

  test('what is immutable is not changed, and deleted with its file', async () => {
    const locked = configMap('locked', { A: '1' }, { immutable: true });
    await apply(locked);
    const refused = await instance.podctl(['apply', '-f', '-'], {
      stdin: yamlOf(configMap('locked', { A: '2' }, { immutable: true })),
    });
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain(
      'ConfigMap "locked" is invalid: data: Forbidden: field is immutable when `immutable` is set',
    );
    expect(await instance.podctlOk(['get', 'cm', 'locked', '-o', 'jsonpath={.data.A}'])).toBe('1');
    expect(await instance.podctlOk(['delete', '-f', '-'], { stdin: yamlOf(locked) })).toBe(
      'configmap "locked" deleted',
    );
    expect((await instance.podctl(['get', 'cm', 'locked'])).stderr).toContain('configmaps "locked" not found');
  });
});

/** Files below a directory that somebody else than their owner may read. */
function readableFiles(directory: string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => (statSync(file).mode & 0o044) !== 0);
}

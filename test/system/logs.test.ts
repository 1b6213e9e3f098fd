/** What programs print: every line once, in order, whole, whatever they do. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { containerOf, isRunning, podPids } from '../support/pods.ts';
import { waitFor } from '../support/wait-for.ts';

describeReal('logs', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const payload = (...args: readonly string[]) =>
    aContainer({ rootfs: { path: instance.payloadRoot() }, command: ['/payload', ...args] });

  const finished = async (name: string, container: ReturnType<typeof aContainer>) => {
    await instance.apply(aPod({ name, restartPolicy: 'Never', containers: [container] }));
    return instance.waitForPod(
      name,
      'has ended',
      ({ status }) => ['Succeeded', 'Failed'].includes(status.phase),
      60_000,
    );
  };

  const logDir = (uid: string, container = 'main'): string => {
    const logs = join(instance.base, 'root', 'logs');
    const dir = readdirSync(logs).find((entry) => entry.endsWith(`_${uid}`));
    return join(logs, dir ?? 'missing', container);
  };

  test('lines come out as they went in, and the file is in CRI format', async () => {
    const pod = await finished('plain', payload('seq', '0', '100'));
    const wanted = Array.from({ length: 100 }, (_, i) => `seq ${i + 1}`);
    expect((await instance.podctlOk(['logs', 'plain'])).split('\n')).toEqual(wanted);
    const dir = logDir(pod.metadata.uid);
    const lines = readFileSync(join(dir, '0.log'), 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(100);
    for (const line of lines)
      expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}(Z|[+-]\d\d:\d\d) stdout F seq \d+$/);
  });

  test('stdout and stderr are told apart in the file and both printed', async () => {
    const pod = await finished('both', aContainer({ command: ['sh', '-c', 'echo out; echo err >&2'] }));
    const text = readFileSync(join(logDir(pod.metadata.uid), '0.log'), 'utf8');
    expect(text).toMatch(/ stdout F out$/m);
    expect(text).toMatch(/ stderr F err$/m);
    expect((await instance.podctlOk(['logs', 'both'])).split('\n').sort()).toEqual(['err', 'out']);
  });

  test('partial and very long lines are joined again', async () => {
    const pod = await finished('partial', payload('partial', '40000'));
    const text = readFileSync(join(logDir(pod.metadata.uid), '0.log'), 'utf8');
    expect(text).toMatch(/ stdout P x{10}/);
    const lines = (await instance.podctlOk(['logs', 'partial'])).split('\n');
    expect(lines[0]).toBe('first half');
    expect(lines[1]).toBe('x'.repeat(40_000));
    expect(lines[2]).toBe('no newline at the end');
  });

  test('a flood is rotated, no line is torn or lost within what is kept', async () => {
    const count = 700_000;
    const pod = await finished('flood', payload('flood', String(count)));
    const dir = logDir(pod.metadata.uid);
    const files = readdirSync(dir);
    expect(files.length).toBeGreaterThan(1);
    expect(files.length).toBeLessThanOrEqual(5);
    const numbers = (await instance.podctlOk(['logs', 'flood'])).split('\n').map((line) => {
      expect(line.length === 99 || line === '').toBe(true);
      return Number(line.slice(0, 10));
    });
    expect(numbers.at(-1)).toBe(count - 1);
    const first = numbers[0] ?? 0;
    expect(numbers).toEqual(Array.from({ length: count - first }, (_, i) => first + i));
  });

  test('a program that floods does not slow its neighbours’ logs', async () => {
    await instance.apply(
      aPod({ name: 'noisy', containers: [payload('flood', '0')] }),
      aPod({ name: 'quiet', containers: [payload('seq', '10')] }),
    );
    await waitFor(
      'the quiet one is heard',
      async () => (await instance.podctlOk(['logs', 'quiet'])).split('\n').includes('seq 50'),
      20_000,
    );
    await instance.podctlOk(['delete', 'pods', 'noisy', 'quiet', '--grace-period', '0', '--wait']);
  });

  test('a program that closes its stdout goes on', async () => {
    await instance.apply(aPod({ name: 'closed', containers: [payload('close-stdout')] }));
    await waitFor('it said so', async () => (await instance.podctlOk(['logs', 'closed'])).includes('closing'));
    const pod = await instance.waitForPod('closed', 'runs', isRunning);
    expect(containerOf(pod).restartCount).toBe(0);
    expect(podPids(pod, 'main', 'app')).toHaveLength(1);
  });

  test('--previous shows the run before, --tail the end, --timestamps the times', async () => {
    const command = ['sh', '-c', 'echo run; for i in 1 2 3; do echo line $i; done; exit 1'];
    await instance.apply(aPod({ name: 'previous', containers: [aContainer({ command })] }));
    await instance.waitForPod(
      'previous',
      'was restarted',
      (pod) => containerOf(pod).restartCount === 1 && 'waiting' in containerOf(pod).state,
    );
    expect((await instance.podctlOk(['logs', 'previous', '--previous'])).split('\n')).toEqual([
      'run',
      'line 1',
      'line 2',
      'line 3',
    ]);
    expect(await instance.podctlOk(['logs', 'previous', '--tail', '1'])).toBe('line 3');
    expect(await instance.podctlOk(['logs', 'previous', '--tail', '1', '--timestamps'])).toMatch(
      /^\d{4}-\d\d-\d\dT\S+ line 3$/,
    );
    expect(await instance.podctlOk(['logs', 'previous', '--since', '1h'])).toContain('line 1');
  });

  test('the logs of runs before the previous one are removed', async () => {
    const backoff = { initial: '10ms', max: '10ms' };
    const container = aContainer({ command: ['sh', '-c', 'echo run; exit 1'] });
    await instance.apply(aPod({ name: 'many-runs', backoff, containers: [container] }));
    const { metadata } = await instance.waitForPod(
      'many-runs',
      'was restarted often',
      (pod) => containerOf(pod).restartCount > 5,
    );
    const runs = () => readdirSync(logDir(metadata.uid)).map((name) => Number.parseInt(name, 10));
    await waitFor('the newest three at most are left', () => {
      const seen = runs();
      return Math.max(...seen) > 5 && Math.max(...seen) - Math.min(...seen) <= 2;
    });
    await instance.deletePod('many-runs', 0);
  });

  test('-f follows across the end of the container', async () => {
    await instance.apply(aPod({ name: 'followed', restartPolicy: 'Never', containers: [payload('seq', '10', '80')] }));
    await instance.waitForPod('followed', 'has started', (pod) => pod.status.phase !== 'Pending');
    const lines = (await instance.podctlOk(['logs', '-f', 'followed'])).split('\n');
    expect(lines).toEqual(Array.from({ length: 80 }, (_, i) => `seq ${i + 1}`));
  });

  test('asking for a container that does not exist names those that do', async () => {
    const { exitCode, stderr } = await instance.podctl(['logs', 'closed', '-c', 'nope']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('main');
  });
});

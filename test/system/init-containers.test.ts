/** Init containers and sidecars with real programs: what ran when stands in a file that all of them write to. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { containerOf, isReady } from '../support/pods.ts';
import { waitFor } from '../support/wait-for.ts';

describeReal('init containers and sidecars', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const dirOf = (pod: string): string => join(instance.base, pod);
  const linesOf = (pod: string): readonly string[] =>
    readFileSync(join(dirOf(pod), 'log'), 'utf8')
      .split('\n')
      .filter(Boolean);

  /** A container whose shell notes when it begins; `script` is what it does then. */
  const shell = (name: string, script: string, more: Record<string, unknown> = {}) =>
    aContainer({
      name,
      command: ['/bin/sh', '-c', `note() { echo "$1" >> /data/log; }; note ${name}; ${script}`],
      volumeMounts: [{ name: 'data', mountPath: '/data' }],
      ...more,
    });
  const untilTerm = (name: string): string => `trap 'note ${name}-end; exit 0' TERM; sleep 1000000 & wait`;
  const sidecar = (name: string) => shell(name, untilTerm(name), { restartPolicy: 'Always' });

  const apply = async (name: string, spec: Parameters<typeof aPod>[0]): Promise<void> => {
    mkdirSync(dirOf(name), { recursive: true });
    writeFileSync(join(dirOf(name), 'log'), '');
    const volumes = [{ name: 'data', hostPath: { path: dirOf(name) } }];
    await instance.apply(aPod({ terminationGracePeriodSeconds: 30, name, volumes, ...spec }));
  };

  test('run in order, each once, over a kill -9 of podd, and end in reverse', async () => {
    await apply('staged', {
      readinessGates: [{ conditionType: 'example.com/warm' }],
      initContainers: [
        shell('first', 'note first-end'),
        sidecar('log'),
        shell('second', 'while [ ! -e /data/go ]; do sleep 0.05; done; note second-end'),
      ],
      containers: [shell('app', untilTerm('app'))],
    });
    await waitFor('the second init container to run', () => linesOf('staged').includes('second'));
    expect(await instance.podctlOk(['get', 'pods'])).toMatch(/staged +1\/2 +Init:2\/3 /);
    await instance.killPodd();
    await instance.startPodd();
    writeFileSync(join(dirOf('staged'), 'go'), '');
    await instance.waitForPod('staged', 'waits for its readiness gate', ({ status }) =>
      status.conditions.some(({ type, reason }) => type === 'Ready' && reason === 'ReadinessGatesNotReady'),
    );
    await instance.podctlOk(['set', 'condition', 'staged', 'example.com/warm=True']);
    const pod = await instance.waitForPod('staged', 'is ready', isReady);
    await waitFor('the main container to run', () => linesOf('staged').includes('app'));
    const began = ['first', 'first-end', 'log', 'second', 'second-end', 'app'];
    expect(linesOf('staged')).toEqual(began);
    expect(
      pod.status.initContainerStatuses?.map(({ name, restartCount, ready }) => [name, restartCount, ready]),
    ).toEqual([
      ['first', 0, true],
      ['log', 0, true],
      ['second', 0, true],
    ]);
    await instance.deletePod('staged');
    expect(linesOf('staged')).toEqual([...began, 'app-end', 'log-end']);
  });

  test('a sidecar ends with the main containers, and does not count for how the pod ended', async () => {
    await apply('job', {
      restartPolicy: 'Never',
      initContainers: [sidecar('log')],
      containers: [shell('app', 'note app-end')],
    });
    const pod = await instance.waitForPod('job', 'has succeeded', ({ status }) => status.phase === 'Succeeded');
    expect(linesOf('job').filter((line) => line.startsWith('app'))).toEqual(['app', 'app-end']);
    expect(containerOf(pod, 'app').state).toHaveProperty('terminated');
    await waitFor('the sidecar to end', () => linesOf('job').at(-1) === 'log-end');
  });

  test('all containers run anew, init containers first, when a rule says so', async () => {
    const rule = { action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [42] } };
    await apply('again', {
      restartPolicy: 'Never',
      initContainers: [shell('setup', 'note setup-end'), sidecar('log')],
      containers: [
        shell('app', 'if [ ! -e /data/tried ]; then touch /data/tried; exit 42; fi; sleep 1000000', {
          restartPolicy: 'Never',
          restartPolicyRules: [rule],
        }),
      ],
    });
    await instance.waitForPod(
      'again',
      'runs anew',
      (pod) => isReady(pod) && containerOf(pod, 'app').restartCount === 1,
    );
    const once = ['setup', 'setup-end', 'log', 'app'];
    await waitFor('the second run', () => linesOf('again').filter((line) => line === 'app').length === 2);
    expect(linesOf('again')).toEqual([...once, 'log-end', ...once]);
  });

  test('a pod that is active too long fails, over a kill -9 of podd', async () => {
    await apply('late', {
      activeDeadlineSeconds: 2,
      initContainers: [sidecar('log')],
      containers: [shell('app', untilTerm('app'))],
    });
    await waitFor('the main container to run', () => linesOf('late').includes('app'));
    await instance.killPodd();
    await instance.startPodd();
    const pod = await instance.waitForPod('late', 'has failed', ({ status }) => status.phase === 'Failed');
    expect(pod.status).toMatchObject({
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    });
    await waitFor('all of it to end', () => linesOf('late').at(-1) === 'log-end');
    expect(linesOf('late')).toEqual(['log', 'app', 'app-end', 'log-end']);
  });
});

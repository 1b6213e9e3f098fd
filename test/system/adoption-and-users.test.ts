/** What earlier versions got wrong, each seen on the real kernel: adoption across run directories, users' stdio, long graces. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aPod } from '../support/manifest.ts';
import { containerOf, initPid, isRunning, lastExit } from '../support/pods.ts';
import { waitFor } from '../support/wait-for.ts';

describeReal('adoption and users', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const shell = (name: string, script: string, fields: Record<string, unknown> = {}) => ({
    name,
    image: 'host',
    command: ['sh', '-c', script],
    ...fields,
  });
  const ours = (name: string, container: Record<string, unknown>, fields: Record<string, unknown> = {}) => ({
    ...aPod({ name }),
    apiVersion: 'podctl.dev/v1',
    spec: { terminationGracePeriodSeconds: 2, containers: [container], ...fields },
  });

  test('a state directory whose containers run is refused under another run directory', async () => {
    await instance.apply(ours('kept', shell('main', 'exec sleep 1000')));
    await instance.waitForPod('kept', 'runs', isRunning);
    await instance.killPodd();
    const other = { ...instance.env, PODCTL_RUN: join(instance.base, 'other') };
    const refused = await instance.podctl(['get', 'pods'], { env: other });
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('1 containers of');
    await instance.startPodd();
    expect(containerOf((await instance.getPod('kept')) ?? ({} as never)).restartCount).toBe(0);
  });

  test('an adopted PID 1 that is killed is known by its signal', async () => {
    await instance.apply(ours('adopted', shell('main', 'exec sleep 1000')));
    const pod = await instance.waitForPod('adopted', 'runs', isRunning);
    const pid = initPid(pod);
    await instance.restartPodd();
    process.kill(pid, 'SIGKILL');
    const after = await instance.waitForPod('adopted', 'restarted', (seen) => containerOf(seen).restartCount === 1);
    expect(lastExit(containerOf(after))).toMatchObject({ exitCode: 137, signal: 9, reason: 'Error' });
  });

  test('a program of another user opens its own stdout and stderr by name', async () => {
    const script = 'echo out > /dev/stdout; echo err > /dev/stderr; exec sleep 1000';
    await instance.apply(ours('user', shell('main', script, { securityContext: { runAsUser: 1000 } })));
    await instance.waitForPod('user', 'runs', isRunning);
    await waitFor(
      'both lines are in the log',
      async () => (await instance.logs('user')).trim().split('\n').length === 2,
    );
    expect((await instance.logs('user')).trim().split('\n').sort()).toEqual(['err', 'out']);
  });

  test('a grace of a month is not taken for none, and PID 1 survives it', async () => {
    const script = "trap 'sleep 0.3; exit 7' TERM; echo set; while :; do sleep 0.05; done";
    await instance.apply(ours('month', shell('main', script), { terminationGracePeriodSeconds: 2_592_000 }));
    await waitFor('the trap is set', async () => (await instance.logs('month')).includes('set'));
    await instance.podctlOk(['delete', 'pod', 'month', '--wait']);
    expect(await instance.podctlOk(['events'])).toMatch(/Container main ended with code 7/);
  });

  test('a privileged container gets what podd itself has', async () => {
    const script = 'grep CapEff /proc/self/status; exec sleep 1000';
    await instance.apply(ours('privileged', shell('main', script, { securityContext: { privileged: true } })));
    const pod = await instance.waitForPod('privileged', 'runs', isRunning);
    expect(containerOf(pod).restartCount).toBe(0);
  });
});

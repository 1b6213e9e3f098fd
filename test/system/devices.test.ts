/** Which devices a container may use, on whichever cgroup layout this machine has: files on v1, a BPF program on v2. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { isRunning } from '../support/pods.ts';

describeReal('devices', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  /** A sleeping container that may make nodes. */
  const start = async (name: string, container: Readonly<Record<string, unknown>> = {}): Promise<void> => {
    const { securityContext, ...rest } = container;
    const main = aContainer({
      rootfs: { path: instance.payloadRoot() },
      command: ['/payload', 'sleep'],
      securityContext: { capabilities: { add: ['MKNOD'] }, ...(securityContext as object | undefined) },
      ...rest,
    });
    await instance.apply(aPod({ name, containers: [main] }));
    await instance.waitForPod(name, 'runs', isRunning);
  };

  /** `b:7:0,r errno 1` for each attempt: 1 is EPERM. */
  const attempt = async (pod: string, ...devices: readonly string[]): Promise<readonly string[]> => {
    const { output } = await instance.exec(pod, ['/payload', 'devices', ...devices]);
    return output.split('\n');
  };

  const usual = ['c:1:3,rw', 'c:1:5,r', 'c:1:9,r', 'c:1:7,w'];
  const others = ['b:7:0,r', 'b:7:0,rw', 'b:254:0,r', 'c:10:229,rw', 'c:10:200,rw'];
  const allowed = (devices: readonly string[]) => devices.map((device) => `${device} errno 0`);
  const refused = (devices: readonly string[]) => devices.map((device) => `${device} errno 1`);

  test('a container opens what every container has and nothing else, though it may make any node', async () => {
    await start('usual');
    expect(await attempt('usual', ...usual)).toEqual(allowed(usual));
    expect(await attempt('usual', ...others)).toEqual(refused(others));
  });

  test('a privileged container opens every device', async () => {
    await start('privileged', { securityContext: { privileged: true } });
    expect(await attempt('privileged', 'b:7:0,r', 'c:10:229,rw')).toEqual(allowed(['b:7:0,r', 'c:10:229,rw']));
  });

  test('the limit outlives podd, and holds for the exec sessions of the next one', async () => {
    await start('outlives');
    await instance.restartPodd();
    await instance.waitForPod('outlives', 'runs', isRunning);
    expect(await attempt('outlives', ...others)).toEqual(refused(others));
  });

  test('explain prints what is allowed', async () => {
    const manifest = JSON.stringify(aPod({ name: 'explained' }));
    const explained = await instance.podctlOk(['explain', '-f', '-', '--stage', 'cgroup'], { stdin: manifest });
    for (const rule of ['c 1:3 rwm', 'b *:* m', 'c 136:* rwm']) expect(explained).toContain(`"${rule}"`);
  });
});

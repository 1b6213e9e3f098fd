/** Which devices a container may use, on whichever cgroup layout this machine has: files on v1, a BPF program on v2. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { containerOf, isRunning, lastExit } from '../support/pods.ts';

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

  test('nodes of the machine and rules alone are allowed beside them, with the access that they name', async () => {
    const devices = [
      '/dev/fuse',
      '/dev/loop0:/dev/disk/first:r',
      { path: '/dev/net/tun', containerPath: '/tun', access: 'rw' },
      { type: 'b', major: 7, minor: '*', access: 'r' },
    ];
    await start('nodes', { devices });
    const open = ['/dev/fuse,rw', '/dev/disk/first,r', '/tun,rw', 'c:10:229,rw', 'c:10:200,rw', 'b:7:1,r', ...usual];
    expect(await attempt('nodes', ...open)).toEqual(allowed(open));
    const shut = ['/dev/disk/first,rw', 'b:7:1,rw', 'c:10:237,r'];
    expect(await attempt('nodes', ...shut)).toEqual(refused(shut));
  });

  test.each([
    ['a node that the machine does not have', '/dev/podctl-none', 'device /dev/podctl-none: the machine has none'],
    ['what is no device node', '/dev/net', 'device /dev/net: what the machine has there is no device node'],
  ])('%s fails the start by name', async (_, device, message) => {
    const containers = [aContainer({ devices: [device] })];
    await instance.apply(aPod({ name: 'broken', restartPolicy: 'Never', containers }));
    const pod = await instance.waitForPod('broken', 'failed', ({ status }) => status.phase === 'Failed');
    expect(lastExit(containerOf(pod))).toMatchObject({ reason: 'ContainerCannotRun', message });
    await instance.deletePod('broken');
  });

  test('explain prints what is allowed', async () => {
    const containers = [aContainer({ devices: ['/dev/fuse'] })];
    const manifest = JSON.stringify(aPod({ name: 'explained', containers }));
    const explained = await instance.podctlOk(['explain', '-f', '-', '--stage', 'cgroup'], { stdin: manifest });
    for (const rule of ['c 1:3 rwm', 'b *:* m', 'c 136:* rwm', 'c 10:229 rwm'])
      expect(explained).toContain(`"${rule}"`);
  });
});

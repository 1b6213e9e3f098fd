/** Mounts that come and go on the machine and in containers, and what a read-only mount says of those below it. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { isRunning } from '../support/pods.ts';

describeReal('mount propagation', () => {
  let instance: Instance;
  let place = '';
  const onMachine = (...argv: readonly [string, ...string[]]) => execaSync(argv[0], argv.slice(1));
  beforeAll(async () => {
    instance = await startInstance();
    place = join(instance.base, 'place');
    mkdirSync(place);
    onMachine('mount', '--bind', place, place);
    onMachine('mount', '--make-shared', place);
    for (const name of ['early', 'late', 'made', 'kept']) mkdirSync(join(place, name));
    onMachine('mount', '-t', 'tmpfs', 'tmpfs', join(place, 'early'));
  });
  afterAll(async () => {
    onMachine('umount', '-R', place);
    await instance.stop();
  });

  const mounting = (name: string, fields: object, privileged = false) =>
    aContainer({
      name,
      ...(privileged ? { securityContext: { privileged } } : {}),
      volumeMounts: [{ name: 'place', mountPath: '/m', ...fields }],
    });
  const volumes = () => [{ name: 'place', hostPath: { path: place } }];
  const inside = async (container: string, script: string): Promise<string> =>
    (await instance.exec('p', ['sh', '-c', `${script} 2>&1`], container)).output;

  test('a mount of the machine comes into who asked for it, one of a container goes where it was told to, others stay alone', async () => {
    await instance.apply(
      aPod({
        name: 'p',
        volumes: volumes(),
        containers: [
          mounting('none', {}),
          mounting('told', { mountPropagation: 'HostToContainer' }, true),
          mounting('both', { mountPropagation: 'Bidirectional' }, true),
        ],
      }),
    );
    await instance.waitForPod('p', 'runs', isRunning);
    onMachine('mount', '-t', 'tmpfs', 'tmpfs', join(place, 'late'));
    writeFileSync(join(place, 'late/file'), 'of the machine');
    expect(await inside('none', 'ls /m/late')).toBe('');
    expect(await inside('told', 'cat /m/late/file')).toBe('of the machine');
    expect(await inside('both', 'mount -t tmpfs tmpfs /m/made && echo own > /m/made/file')).toBe('');
    expect(existsSync(join(place, 'made/file'))).toBe(true);
    expect(await inside('told', 'cat /m/made/file')).toBe('own');
    expect(await inside('none', 'ls /m/made')).toBe('');
    expect(await inside('told', 'mount -t tmpfs tmpfs /m/kept && touch /m/kept/file && ls /m/kept')).toBe('file');
    expect(existsSync(join(place, 'kept/file'))).toBe(false);
    onMachine('umount', join(place, 'late'));
    expect(await inside('told', 'ls /m/late')).toBe('');
    await instance.deletePod('p', 0);
    expect(existsSync(join(place, 'made/file'))).toBe(true);
  });

  test('containers tell each other of mounts in a volume in memory; a place that shares none keeps them from starting', async () => {
    const memory = (name: string, mountPropagation: string) => mounting(name, { mountPropagation }, true);
    await instance.apply(
      aPod({
        name: 'p',
        volumes: [{ name: 'place', emptyDir: { medium: 'Memory' } }],
        containers: [memory('maker', 'Bidirectional'), memory('user', 'HostToContainer'), memory('other', 'None')],
      }),
    );
    await instance.waitForPod('p', 'runs', isRunning);
    const made = 'mkdir /m/made && mount -t tmpfs tmpfs /m/made && touch /m/made/file';
    expect(await inside('maker', made)).toBe('');
    expect(await inside('user', 'ls /m/made')).toBe('file');
    expect(await inside('other', 'ls /m/made')).toBe('');
    await instance.deletePod('p', 0);
    const alone = join(instance.base, 'alone');
    mkdirSync(alone);
    onMachine('mount', '-t', 'tmpfs', 'tmpfs', alone);
    onMachine('mount', '--make-private', alone);
    await instance.apply(
      aPod({
        name: 'p',
        volumes: [{ name: 'place', hostPath: { path: alone } }],
        containers: [memory('user', 'HostToContainer')],
      }),
    );
    const said = `path ${alone} is mounted on ${alone} but it is not a shared or slave mount`;
    await instance.waitForPod('p', 'tells why', (pod) => JSON.stringify(pod.status).includes(said));
    await instance.deletePod('p', 0);
    onMachine('umount', alone);
  });

  test('what is mounted below a read-only mount is read-only too, unless it is told otherwise', async () => {
    await instance.apply(
      aPod({
        name: 'p',
        volumes: volumes(),
        containers: [
          mounting('deep', { readOnly: true, recursiveReadOnly: 'Enabled' }),
          mounting('possible', { readOnly: true, recursiveReadOnly: 'IfPossible' }),
          mounting('shallow', { readOnly: true, recursiveReadOnly: 'Disabled' }),
        ],
      }),
    );
    await instance.waitForPod('p', 'runs', isRunning);
    for (const name of ['deep', 'possible'])
      expect(await inside(name, 'touch /m/x; touch /m/early/x')).toMatch(/m\/x.*Read-only.*\n.*early\/x.*Read-only/);
    expect(await inside('shallow', 'touch /m/x; touch /m/early/x')).toMatch(/^.*m\/x.*Read-only file system$/);
    expect(existsSync(join(place, 'early/x'))).toBe(true);
  });
});

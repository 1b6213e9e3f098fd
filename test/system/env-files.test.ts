/** Variables from files that init containers wrote (fileKeyRef): read at the start, on disk and in memory, and never through a planted link. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { containerOf, isReady, waitingReason } from '../support/pods.ts';

const from = (name: string, volumeName: string, path: string, optional = false) => ({
  name,
  valueFrom: { fileKeyRef: { volumeName, path, key: name, optional } },
});

const writer = (script: string) =>
  aContainer({
    name: 'writer',
    command: ['/bin/sh', '-ec', script],
    volumeMounts: [
      { name: 'disk', mountPath: '/disk' },
      { name: 'memory', mountPath: '/memory' },
    ],
  });

const aReader = (name: string, script: string, env: readonly unknown[]) =>
  aPod({
    name,
    restartPolicy: 'Never',
    initContainers: [writer(script)],
    // the reader needs not mount what its variables come from
    containers: [aContainer({ command: ['/bin/sh', '-c', 'env; exec sleep 1000000'], env })],
    volumes: [
      { name: 'disk', emptyDir: {} },
      { name: 'memory', emptyDir: { medium: 'Memory' } },
    ],
  });

describeReal('variables from files', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  test('are those that the init container wrote, on disk and in memory', async () => {
    const script = `mkdir /disk/sub; printf "A='1'\\nB='two\\nlines'\\n" > /disk/sub/a.env; ln -s /sub/a.env /disk/link
      printf "M='in memory'\\n" > /memory/m.env`;
    const env = [
      ...[from('A', 'disk', 'sub/a.env'), from('M', 'memory', 'm.env')],
      // an absolute link ends in the volume
      ...[from('B', 'disk', 'link'), from('NONE', 'disk', 'none', true), from('NO', 'memory', 'm.env', true)],
      { name: 'ALL', value: '$(A) $(NONE)' },
    ];
    await instance.apply(aReader('good', script, env));
    await instance.waitForPod('good', 'is ready', isReady);
    const { output } = await instance.exec('good', ['/usr/bin/env']);
    expect(output.split('\n')).toEqual(
      expect.arrayContaining(['A=1', 'B=two', 'lines', 'M=in memory', 'ALL=1 $(NONE)']),
    );
    expect(output).not.toMatch(/^(NONE|NO)=/m);
  });

  test.each([
    [
      'a link out of the volume',
      'ln -s ../../../../../../../../etc/os-release /disk/f',
      'disk',
      'environment variable key "NAME" not found in file "f" of volume "disk"',
    ],
    ['a pipe', 'mkfifo /disk/f', 'disk', "couldn't parse env file: read f of volume disk: f is not a regular file"],
    [
      'a pipe in memory',
      'mkfifo /memory/f',
      'memory',
      "couldn't parse env file: read f of volume memory: f is not a regular file",
    ],
    [
      'another format',
      'echo NAME=1 > /disk/f',
      'disk',
      'couldn\'t parse env file: file "f" of volume "disk": invalid environment variable format: value must be enclosed in single quotes at line 1',
    ],
  ])('%s keeps the container waiting', async (_name, script, volume, message) => {
    const name = `bad-${volume}-${script.length}`;
    await instance.apply(aReader(name, script, [from('NAME', volume, 'f')]));
    const pod = await instance.waitForPod(
      name,
      'waits',
      (seen) => waitingReason(containerOf(seen)) === 'CreateContainerConfigError',
    );
    expect(containerOf(pod).state).toMatchObject({ waiting: { message } });
  });
});

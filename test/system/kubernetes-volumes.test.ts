/** Kubernetes' volumes on the real kernel: what is made from objects and fields, who may read it, what is in memory, and what planted symlinks reach. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statfsSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PodObject } from '../../src/protocol/objects.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { containerOf, isRunning, programPid, waitingReason } from '../support/pods.ts';
import { waitFor } from '../support/wait-for.ts';

const canary = 'a-canary-that-stays-in-memory';
const tmpfsMagic = 0x01021994;

describeReal('volumes of Kubernetes', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const secret = (value: string) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'keys' },
    stringData: { password: value },
  });
  const started = async (name: string, ...manifests: readonly unknown[]): Promise<PodObject> => {
    await instance.apply(...manifests);
    return instance.waitForPod(name, 'runs', isRunning);
  };
  const inside = async (name: string, script: string, container?: string): Promise<string> =>
    (await instance.exec(name, ['sh', '-c', `${script} 2>&1`], container)).output;
  const contents = (): string => readlinkSync(join(instance.base, 'run/volumes'));

  const everything = (labels: Readonly<Record<string, string>>) =>
    aPod({
      name: 'all',
      labels,
      securityContext: { fsGroup: 4711, runAsUser: 1000, runAsGroup: 1000, supplementalGroups: [4711] },
      volumes: [
        {
          name: 'info',
          projected: {
            sources: [
              { secret: { name: 'keys', items: [{ key: 'password', path: 'db/password', mode: 0o400 }] } },
              { serviceAccountToken: { path: 'token' } },
              {
                downwardAPI: {
                  items: [
                    { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
                    { path: 'uid', fieldRef: { fieldPath: 'metadata.uid' } },
                    {
                      path: 'memory',
                      resourceFieldRef: { containerName: 'main', resource: 'limits.memory', divisor: '1Mi' },
                    },
                  ],
                },
              },
            ],
          },
        },
        { name: 'fields', downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } },
        { name: 'disk', emptyDir: {} },
        { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
      ],
      containers: [
        aContainer({
          resources: { limits: { memory: '64Mi' } },
          env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
          volumeMounts: [
            { name: 'info', mountPath: '/info' },
            { name: 'info', mountPath: '/old', subPath: 'labels' },
            { name: 'fields', mountPath: '/fields' },
            { name: 'disk', mountPath: '/disk', subPathExpr: '$(POD_NAME)/x' },
            { name: 'memory', mountPath: '/memory' },
          ],
        }),
        aContainer({ name: 'other', volumeMounts: [{ name: 'memory', mountPath: '/m', subPath: 'a/b' }] }),
      ],
    });

  test('objects and fields are files that the pod’s group may read, and follow a change without a restart', async () => {
    const pod = await started('all', secret(canary), everything({ app: 'one' }));
    expect(await inside('all', 'cat /info/labels; echo; cat /info/uid; echo; cat /info/memory /fields/name')).toBe(
      `app="one"\n${pod.metadata.uid}\n64all`,
    );
    expect(await inside('all', 'id -u; cat /info/db/password; echo; stat -Lc "%a %g" /info/db/password /info/db')).toBe(
      `1000\n${canary}\n440 4711\n2755 4711`,
    );
    expect(await inside('all', 'ls /info/token')).toMatch(/No such file/);
    const before = containerOf(pod).containerID;
    await instance.apply(secret('second'), everything({ app: 'two' }));
    await waitFor('the files follow', async () => (await inside('all', 'cat /info/labels')) === 'app="two"');
    expect(await inside('all', 'cat /info/db/password /old')).toBe('secondapp="one"');
    const after = await instance.waitForPod('all', 'runs', isRunning);
    expect(containerOf(after).containerID).toBe(before);
  });

  test('Secrets are in memory, and gone with the pod', async () => {
    const pod = await started('all', secret(canary), everything({ app: 'two' }));
    const place = join(contents(), pod.metadata.uid);
    expect(statfsSync(place).type).toBe(tmpfsMagic);
    expect(statSync(contents()).mode & 0o7777).toBe(0o700);
    expect(existsSync(place)).toBe(true);
  });

  test('a directory belongs to the pod’s group, and what is made in it', async () => {
    expect(await inside('all', 'stat -c "%a %g" /disk; touch /disk/f; stat -c %g /disk/f')).toBe('2777 4711\n4711');
    expect(await inside('all', 'stat -c "%a %g" /memory')).toBe('2777 4711');
  });

  test('memory is limited, shared by the pod, no mount of the machine, and outlives containers and podd', async () => {
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
    expect(
      await inside('all', 'head -c 2000000 /dev/zero > /memory/big; stat -c %s /memory/big; rm /memory/big'),
    ).toMatch(/No space left.*1048576/s);
    expect(await inside('all', 'echo kept > /memory/a/b/x; stat -fc %T /memory')).toBe('tmpfs');
    expect(await inside('all', 'cat /m/x', 'other')).toBe('kept');
    await instance.restartPodd();
    await instance.podctlOk(['restart', 'all']);
    await instance.waitForPod('all', 'runs', isRunning);
    expect(await inside('all', 'cat /m/x', 'other')).toBe('kept');
    await instance.podctlOk(['stop', 'all']);
    await instance.podctlOk(['start', 'all']);
    const pod = await instance.waitForPod('all', 'runs', isRunning);
    expect(await inside('all', 'cat /memory/a/b/x')).toBe('kept');
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).toBe(mounts);
    const place = join(contents(), pod.metadata.uid);
    await instance.deletePod('all');
    expect(existsSync(place)).toBe(false);
  });

  test('planted symlinks reach nothing of the machine', async () => {
    const host = join(instance.base, 'host');
    mkdirSync(join(host, 'outside'), { recursive: true });
    mkdirSync(join(host, 'shared'));
    symlinkSync(join(host, 'outside'), join(host, 'shared/link'));
    symlinkSync(join(host, 'outside/made'), join(host, 'shared/dangling'));
    const made = (name: string, path: string, type: string) =>
      aPod({
        name,
        volumes: [{ name: 'data', hostPath: { path: join(host, 'shared', path), type } }],
        containers: [aContainer({ volumeMounts: [{ name: 'data', mountPath: '/data' }] })],
      });
    await instance.apply(
      made('directory', 'link/new', 'DirectoryOrCreate'),
      made('file', 'link/new', 'FileOrCreate'),
      made('dangling', 'dangling', 'FileOrCreate'),
    );
    for (const name of ['directory', 'file', 'dangling']) {
      const pod = await instance.waitForPod(name, 'waits', (seen) => {
        const { state } = containerOf(seen);
        return (
          waitingReason(containerOf(seen)) === 'ContainerCreating' && 'waiting' in state && !!state.waiting.message
        );
      });
      expect(JSON.stringify(containerOf(pod).state)).toMatch(/MountVolume.SetUp failed for volume \\"data\\" : /);
      await instance.deletePod(name);
    }
    expect(readdirSync(join(host, 'outside'))).toEqual([]);
    const events = (await instance.api('GET', '/api/v1/namespaces/default/events')).body;
    expect(JSON.stringify(events)).toContain('FailedMount');
  });

  test('a pod that fills an emptyDir beyond its limit is evicted, one without its claim waits until that is there', async () => {
    const claiming = (name: string) =>
      aPod({
        name,
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'none' } }],
        containers: [aContainer({ volumeMounts: [{ name: 'data', mountPath: '/data' }] })],
      });
    await instance.apply(
      aPod({
        name: 'full',
        volumes: [{ name: 'x', emptyDir: { sizeLimit: '1Mi' } }],
        containers: [
          aContainer({
            command: ['sh', '-c', 'head -c 2000000 /dev/zero > /x/big; exec sleep 1000000'],
            volumeMounts: [{ name: 'x', mountPath: '/x' }],
          }),
        ],
      }),
      claiming('claims'),
    );
    const waiting = await instance.waitForPod('claims', 'waits', ({ status }) => status.phase === 'Pending');
    expect(waiting.status.conditions).toContainEqual(
      expect.objectContaining({
        type: 'PodScheduled',
        status: 'False',
        message: 'persistentvolumeclaim "none" not found',
      }),
    );
    const { status } = await instance.waitForPod('full', 'is evicted', ({ status: seen }) => seen.phase === 'Failed');
    expect(status.reason).toBe('Evicted');
    expect(status.message).toBe('Usage of EmptyDir volume "x" exceeds the limit "1Mi". ');
    await instance.apply({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'none' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
    await instance.waitForPod('claims', 'runs', isRunning);
    expect(await inside('claims', 'echo kept > /data/x')).toBe('');
    await instance.deletePod('claims');
    await started('again', claiming('again'));
    expect(await inside('again', 'cat /data/x')).toBe('kept');
    const place = join(instance.base, 'root/claims/default/none');
    await instance.podctlOk(['delete', 'pvc', 'none', '--wait=false']);
    expect(existsSync(join(place, 'x'))).toBe(true);
    await instance.deletePod('again');
    await waitFor('the claim’s directory goes', () => !existsSync(place));
  });

  test('mounts of the machine come into a container that asks for them', async () => {
    const pod = await started(
      'slave',
      aPod({
        name: 'slave',
        volumes: [{ name: 'run', hostPath: { path: instance.base } }],
        containers: [
          aContainer({
            volumeMounts: [
              { name: 'run', mountPath: '/private' },
              { name: 'run', mountPath: '/ro', readOnly: true, recursiveReadOnly: 'Enabled' },
            ],
          }),
        ],
      }),
    );
    const lines = readFileSync(`/proc/${programPid(pod)}/mountinfo`, 'utf8').split('\n');
    const fieldsOf = (place: string) => lines.find((line) => line.includes(` ${place} `))?.split(' - ')[0] ?? '';
    expect(fieldsOf('/private')).not.toMatch(/shared:|master:/);
    expect(fieldsOf('/ro')).toMatch(/ ro,/);
  });
});

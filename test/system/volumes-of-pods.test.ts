/** emptyDir volumes: the pod's own, shared by its containers, gone with it whatever was put into them; and what a changed volume costs. */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { containerOf, isRunning } from '../support/pods.ts';

describeReal('volumes of a pod', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const hostDirectory = (name: string): string => {
    const path = join(instance.base, 'host', name);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'file'), `of ${name}`);
    return path;
  };
  const hostPath = (path: string) => ({ hostPath: { path } });
  const inside = async (name: string, script: string, container?: string): Promise<string> =>
    (await instance.exec(name, ['sh', '-c', `${script} 2>&1`], container)).output;

  describe('emptyDir', () => {
    const shared = (name: string) =>
      aPod({
        name,
        volumes: [{ name: 'shared', emptyDir: {} }],
        containers: [
          aContainer({ name: 'a', volumeMounts: [{ name: 'shared', mountPath: '/a' }] }),
          aContainer({ name: 'b', volumeMounts: [{ name: 'shared', mountPath: '/b/c', subPath: 'below' }] }),
          aContainer({ name: 'c' }),
        ],
      });
    const started = async (name: string) => {
      await instance.apply(shared(name));
      return instance.waitForPod(name, 'runs', isRunning);
    };
    const kept = (uid: string): string => join(instance.base, 'root/volumes', uid);

    test('is shared by the pod’s containers, writable for every user, and gone with the pod', async () => {
      const pod = await started('shared');
      expect(await inside('shared', 'echo hello > /a/below/x; stat -c %a /a', 'a')).toBe('777');
      expect(await inside('shared', 'cat /b/c/x', 'b')).toBe('hello');
      expect(await inside('shared', 'ls -d /a', 'c')).toMatch(/No such file/);
      expect(readFileSync(join(kept(pod.metadata.uid), 'shared/below/x'), 'utf8')).toBe('hello\n');
      expect(statSync(kept(pod.metadata.uid)).mode & 0o7777).toBe(0o700);
      await instance.deletePod('shared');
      expect(existsSync(kept(pod.metadata.uid))).toBe(false);
    });

    test('outlives its containers and podd', async () => {
      await started('outlives');
      await inside('outlives', 'echo kept > /a/x', 'a');
      await instance.podctlOk(['restart', 'outlives/a']);
      await instance.restartPodd();
      await instance.podctlOk(['restart', 'outlives/a']);
      expect(await inside('outlives', 'cat /a/x', 'a')).toBe('kept');
    });

    test('what a program plants in it leads no deletion out of it', async () => {
      const outside = hostDirectory('kept');
      const pod = await started('planted');
      await inside(
        'planted',
        `ln -s ${outside} /a/link; ln -s ${outside}/file /a/f; mkdir /a/d; ln -s / /a/d/root`,
        'a',
      );
      await inside(
        'planted',
        'cd /a; i=0; while [ $i -lt 40 ]; do mkdir $(printf "%0200d" 1); cd $(printf "%0200d" 1); i=$((i+1)); done',
        'a',
      );
      await inside('planted', 'touch "$(printf \'/a/odd\\377name\')"', 'a');
      await instance.deletePod('planted');
      expect(existsSync(kept(pod.metadata.uid))).toBe(false);
      expect(readFileSync(join(outside, 'file'), 'utf8')).toBe('of kept');
    });

    test('a podd that finds the volumes of no pod removes them', async () => {
      await instance.killPodd();
      mkdirSync(join(instance.base, 'root/volumes/stranger/data'), { recursive: true });
      writeFileSync(join(instance.base, 'root/volumes/stranger/data/x'), 'x');
      await instance.startPodd();
      expect(existsSync(join(instance.base, 'root/volumes/stranger'))).toBe(false);
    });
  });

  test('a changed volume restarts the containers that mount it and no others', async () => {
    const first = hostDirectory('first');
    const second = hostDirectory('second');
    const pod = (path: string) =>
      aPod({
        name: 'moved',
        volumes: [{ name: 'data', ...hostPath(path) }],
        containers: [
          aContainer({ name: 'a', volumeMounts: [{ name: 'data', mountPath: '/data' }] }),
          aContainer({ name: 'b' }),
        ],
      });
    await instance.apply(pod(first));
    const before = await instance.waitForPod('moved', 'runs', isRunning);
    await instance.apply(pod(second));
    const after = await instance.waitForPod(
      'moved',
      'runs anew',
      (seen) => isRunning(seen) && containerOf(seen, 'a').restartCount > containerOf(before, 'a').restartCount,
    );
    expect(containerOf(after, 'b').containerID).toBe(containerOf(before, 'b').containerID);
    expect(await inside('moved', 'cat /data/file', 'a')).toBe('of second');
  });
});

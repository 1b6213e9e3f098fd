/** A second apply does the least that gives what is wanted, and says which. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PodObject } from '../../src/protocol/objects.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod, yamlOf } from '../support/manifest.ts';
import { initPid, isRunning, programPid } from '../support/pods.ts';

describeReal('apply of a changed manifest', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const two = (name: string, a: Record<string, unknown> = {}, fields: Record<string, unknown> = {}) =>
    aPod({ name, containers: [aContainer({ name: 'a', ...a }), aContainer({ name: 'b' })], ...fields });

  const pids = (pod: PodObject) => ({ a: programPid(pod, 'a'), b: programPid(pod, 'b'), init: initPid(pod, 'a') });

  const started = async (manifest: Record<string, unknown>) => {
    await instance.apply(manifest);
    const name = (manifest.metadata as { name: string }).name;
    const pod = await instance.waitForPod(name, 'runs', isRunning);
    return { pod, pids: pids(pod) };
  };

  const changed = async (manifest: Record<string, unknown>, before: { pod: PodObject }) => {
    const words = await instance.podctlOk(['apply', '-f', '-', '--wait'], { stdin: yamlOf(manifest) });
    const name = before.pod.metadata.name;
    const isSettled = (pod: PodObject): boolean =>
      isRunning(pod) && pod.metadata.generation > before.pod.metadata.generation;
    const pod = await instance.waitForPod(
      name,
      'runs again',
      (seen) => isSettled(seen) || (isRunning(seen) && seen.metadata.uid !== before.pod.metadata.uid),
    );
    return { words, pod, pids: pids(pod) };
  };

  test('the same file changes nothing', async () => {
    const before = await started(two('same'));
    const words = await instance.podctlOk(['apply', '-f', '-'], { stdin: yamlOf(two('same')) });
    expect(words).toMatch(/pod\/same unchanged/);
    const after = await instance.waitForPod('same', 'runs', isRunning);
    expect(pids(after)).toEqual(before.pids);
    expect(after.metadata).toMatchObject({ uid: before.pod.metadata.uid, generation: before.pod.metadata.generation });
  });

  test('limits change in place', async () => {
    const before = await started(two('limits', { resources: { limits: { cpu: '300m' } } }));
    const after = await changed(two('limits', { resources: { limits: { cpu: '600m', memory: '256Mi' } } }), before);
    expect(after.words).toMatch(/in place/i);
    expect(after.pids).toEqual(before.pids);
  });

  test('labels change in place', async () => {
    const before = await started(two('labels'));
    const after = await changed({ ...two('labels', {}, { labels: { tier: 'web' } }) }, before);
    expect(after.pids).toEqual(before.pids);
    expect(after.pod.metadata.labels).toEqual({ tier: 'web' });
  });

  test('a command restarts its container and leaves the other alone', async () => {
    const before = await started(two('command'));
    const after = await changed(two('command', { command: ['/usr/bin/sleep', '2000000'] }), before);
    expect(after.words).toMatch(/restart/i);
    const settled = await instance.waitForPod(
      'command',
      'has a new program',
      (pod) => isRunning(pod) && programPid(pod, 'a') !== before.pids.a,
    );
    expect(programPid(settled, 'b')).toBe(before.pids.b);
    expect(settled.metadata.uid).toBe(before.pod.metadata.uid);
  });

  test('a pod-wide namespace recreates the pod', async () => {
    const before = await started(two('recreate'));
    const after = await changed(two('recreate', {}, { hostNetwork: true }), before);
    expect(after.words).toMatch(/recreat/i);
    const settled = await instance.waitForPod(
      'recreate',
      'has new programs',
      (pod) => isRunning(pod) && programPid(pod, 'b') !== before.pids.b,
    );
    expect(programPid(settled, 'a')).not.toBe(before.pids.a);
  });

  test('an added container starts and a removed one ends; the others are left alone', async () => {
    const before = await started(two('members'));
    const more = aPod({ name: 'members', containers: [aContainer({ name: 'b' }), aContainer({ name: 'c' })] });
    await instance.apply(more);
    const names = (pod: PodObject): string =>
      pod.status.containerStatuses
        .map(({ name }) => name)
        .sort()
        .join();
    const after = await instance.waitForPod('members', 'has b and c', (pod) => isRunning(pod) && names(pod) === 'b,c');
    expect(programPid(after, 'b')).toBe(before.pids.b);
    expect(() => programPid(after, 'a')).toThrow();
  });

  test('--dry-run says what would happen and changes nothing: no process, no version, no file', async () => {
    const before = await started(two('dry'));
    const state = async () => ({
      version: (await instance.api('GET', '/api/v1/pods')).body.metadata.resourceVersion as string,
      files: filesBelow(join(instance.base, 'root')),
    });
    const still = await state();
    const stdin = yamlOf(two('dry', { command: ['/usr/bin/sleep', '2000000'] }), aPod({ name: 'dry-new' }));
    const words = await instance.podctlOk(['apply', '-f', '-', '--dry-run'], { stdin });
    expect(words).toMatch(/restart/i);
    expect(words).toMatch(/dry-new created/);
    expect(await instance.getPod('dry-new')).toBeUndefined();
    expect(pids(await instance.waitForPod('dry', 'runs', isRunning))).toEqual(before.pids);
    expect(await state()).toEqual(still);
  });
});

/** Every file with what a write would change of it. */
function filesBelow(dir: string): Record<string, string> {
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const { ino, mtimeMs, size } = statSync(path);
      return [path, `${ino} ${mtimeMs} ${size} ${readFileSync(path, 'utf8')}`];
    }),
  );
}

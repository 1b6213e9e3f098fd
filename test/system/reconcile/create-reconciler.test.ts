import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cgroupDirs } from '../../../src/cgroup/paths.ts';
import type { PodManifest } from '../../../src/model/pod-spec.ts';
import type { PodObject } from '../../../src/protocol/objects.ts';
import type { RunningReconciler } from '../../../src/reconcile/create-reconciler.ts';
import { Machine, manifest, podGone, podWhere, whyNoMachine } from './machine.ts';

const reason = whyNoMachine();
let machine: Machine;
let podd: RunningReconciler;

beforeEach(async (context) => {
  if (reason !== undefined) return context.skip(reason);
  machine = new Machine();
  podd = await machine.boot();
});
afterEach(() => machine?.close());

const apply = async (...manifests: PodManifest[]) => (await podd.apply({ manifests, dryRun: false })).results;
const isRunning = (pod: PodObject) =>
  pod.status.phase === 'Running' && (pod.status.containerStatuses[0]?.ready ?? false);
const app = (pod: PodObject | undefined) => pod?.status.containerStatuses[0];
const running = async (body = manifest()) => {
  await apply(body);
  return podWhere(podd, isRunning);
};
const lastId = () => machine.launched.at(-1)?.id ?? '';
const restarts = (count: number) => (pod: PodObject) => isRunning(pod) && app(pod)?.restartCount === count;

describe('apply', () => {
  test('runs a new pod and says so', async () => {
    expect(await apply(manifest())).toMatchObject([{ outcome: 'created', cost: 'nothing', changes: [] }]);
    const pod = await podWhere(podd, isRunning);
    expect(pod.metadata).toMatchObject({ name: 'web', namespace: 'default', generation: 1 });
    expect(podd.locate('default', 'web')).toMatchObject([
      { container: 'app', attempt: 0, runDir: machine.runDir(lastId()) },
    ]);
    expect(podd.events().map(({ reason }) => reason)).toEqual(['Created', 'Started']);
    expect(podd.runningContainers()).toBe(1);
  });

  test('of the same again changes nothing', async () => {
    const before = await running();
    expect(await apply(manifest())).toMatchObject([{ outcome: 'unchanged' }]);
    expect(podd.get('default', 'web')).toEqual(before);
    expect(machine.launched).toHaveLength(1);
  });

  test('as a dry run tells and does nothing', async () => {
    const { results } = await podd.plan({ manifests: [manifest()], dryRun: true });
    expect(results).toMatchObject([{ outcome: 'created' }]);
    expect(podd.list()).toEqual([]);
    expect(readdirSync(machine.paths.podsDir)).toEqual([]);
  });

  test('is refused as a whole when one manifest is wrong', async () => {
    const bad = { ...manifest({ comand: 'x' }), metadata: { name: 'bad' } };
    const refused = podd.apply({ manifests: [manifest(), bad], dryRun: false });
    await expect(refused).rejects.toMatchObject({
      code: 'Invalid',
      details: { name: 'bad', 'spec.containers[0].comand': expect.any(String) },
    });
    expect(podd.list()).toEqual([]);
  });

  test('of two pods of one name is refused', async () => {
    await expect(apply(manifest(), manifest())).rejects.toMatchObject({ code: 'Invalid' });
  });

  test('of changed resources changes them in place', async () => {
    await running();
    const [result] = await apply(manifest({ resources: { limits: { cpu: '100m' } } }));
    expect(result).toMatchObject({ outcome: 'configured', cost: 'in-place' });
    await podWhere(podd, ({ metadata }) => metadata.generation === 2);
    expect(machine.launched).toHaveLength(1);
  });

  test('of a changed command restarts the container, also when its policy is Never', async () => {
    await running(manifest({}, { restartPolicy: 'Never' }));
    const [result] = await apply(manifest({ command: ['sleep', '2'] }, { restartPolicy: 'Never' }));
    expect(result).toMatchObject({ cost: 'restart-container' });
    const pod = await podWhere(podd, restarts(1));
    expect(app(pod)?.lastState).toMatchObject({ terminated: { signal: 15 } });
    expect(machine.stops).toEqual([30_000]);
    expect(machine.alive()).toBe(1);
  });

  test('of a changed hostname recreates the pod', async () => {
    const { metadata } = await running();
    const [result] = await apply(manifest({}, { hostname: 'other' }));
    expect(result).toMatchObject({ cost: 'recreate-pod' });
    const pod = await podWhere(podd, (now) => now.metadata.uid !== metadata.uid && isRunning(now));
    expect(pod.metadata.generation).toBe(1);
    expect(podd.list()).toHaveLength(1);
    expect(machine.alive()).toBe(1);
  });

  test('runs a finished container again when its command changed', async () => {
    await running(manifest({}, { restartPolicy: 'Never' }));
    machine.end(lastId());
    await podWhere(podd, ({ status }) => status.phase === 'Succeeded');
    await apply(manifest({ command: ['sleep', '2'] }, { restartPolicy: 'Never' }));
    await podWhere(podd, restarts(1));
  });
});

describe('a container that ends', () => {
  test('is restarted at once, then after the back-off', async () => {
    await running();
    machine.end(lastId(), { exitCode: 3, reason: 'Error' });
    await podWhere(podd, restarts(1));
    machine.end(lastId(), { exitCode: 4, reason: 'Error' });
    const waiting = await podWhere(podd, (pod) => 'waiting' in (app(pod)?.state ?? {}));
    expect(app(waiting)).toMatchObject({
      state: { waiting: { reason: 'CrashLoopBackOff', message: expect.stringContaining('back-off 10s') } },
      lastState: { terminated: { exitCode: 4 } },
    });
    expect(podd.events().map(({ reason }) => reason)).toContain('BackOff');
  });

  test('without a record is known by its wait status', async () => {
    await running(manifest({}, { restartPolicy: 'Never' }));
    machine.kill(lastId());
    const pod = await podWhere(podd, ({ status }) => status.phase === 'Failed');
    expect(app(pod)?.state).toMatchObject({ terminated: { exitCode: 137, signal: 9, reason: 'Error' } });
  });

  test('for good leaves no run directory and no cgroup, but keeps its record', async () => {
    await running(manifest({}, { restartPolicy: 'Never' }));
    machine.end(lastId());
    await podWhere(podd, ({ status }) => status.phase === 'Succeeded');
    podd = await machine.reboot();
    expect(readdirSync(machine.paths.instancesDir)).toEqual([]);
    expect(podd.get('default', 'web')?.status.phase).toBe('Succeeded');
    expect(machine.launched).toHaveLength(1);
  });
});

describe('a start that is refused', () => {
  test('shows why, leaves nothing and does not count as a restart', async () => {
    machine.refuse = 'no such rootfs';
    await apply(manifest());
    const pod = await podWhere(podd, (seen) => JSON.stringify(seen).includes('CreateContainerError'));
    expect(app(pod)).toMatchObject({ restartCount: 0, state: { waiting: { message: 'no such rootfs' } } });
    expect(pod.status.phase).toBe('Pending');
    expect(readdirSync(machine.paths.instancesDir)).toEqual([]);
  });
});

describe('delete', () => {
  test('stops the containers and leaves nothing', async () => {
    const { metadata } = await running();
    const pod = await podd.delete('default', 'web', { graceMs: 1_500 });
    expect(pod.metadata).toMatchObject({ deletionTimestamp: expect.any(String), deletionGracePeriodSeconds: 2 });
    await podGone(podd, metadata.uid);
    expect(machine.stops).toEqual([1_500]);
    expect(machine.dropped).toEqual([metadata.uid]);
    for (const dir of [
      machine.paths.podsDir,
      machine.paths.logsDir,
      machine.paths.instancesDir,
      machine.paths.layersDir,
    ]) {
      expect(existsSync(dir) ? readdirSync(dir) : []).toEqual([]);
    }
    await podd.shutdown();
    expect(cgroupDirs(machine.layout, machine.cgroupParent).filter((dir) => existsSync(dir))).toEqual([]);
  });

  test('of an unknown pod is NotFound', async () => {
    await expect(podd.delete('default', 'nobody', {})).rejects.toMatchObject({ code: 'NotFound' });
  });

  test('again shortens the grace', async () => {
    machine.stubborn = true;
    await running();
    await podd.delete('default', 'web', {});
    await podd.delete('default', 'web', { graceMs: 1_000 });
    await podd.delete('default', 'web', { graceMs: 9_000 });
    expect(machine.stops).toEqual([30_000, 1_000]);
  });

  test('followed by apply starts the new pod when the old one is gone', async () => {
    const { metadata } = await running();
    machine.stubborn = true;
    await podd.delete('default', 'web', {});
    const [result] = await apply(manifest());
    expect(result).toMatchObject({ outcome: 'created', warnings: [expect.stringContaining('is being deleted')] });
    expect(podd.get('default', 'web')?.metadata.uid).toBe(metadata.uid);
    machine.end(lastId());
    await podWhere(podd, (pod) => pod.metadata.uid !== metadata.uid && isRunning(pod));
    expect(machine.alive()).toBe(1);
  });

  test('is gone on with by the next podd, and the heir waits there too', async () => {
    const { metadata } = await running();
    machine.stubborn = true;
    await podd.delete('default', 'web', {});
    await apply(manifest());
    podd = await machine.reboot();
    expect(podd.list().map((pod) => pod.metadata.uid)).toEqual([metadata.uid]);
    machine.end(lastId());
    await podWhere(podd, (pod) => pod.metadata.uid !== metadata.uid && isRunning(pod));
  });
});

describe('the next podd', () => {
  test('adopts what runs and restarts nothing', async () => {
    const before = await running();
    podd = await machine.reboot();
    const after = await podWhere(podd, isRunning);
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(app(after)).toEqual(app(before));
    expect(machine.launched).toHaveLength(1);
    machine.end(lastId(), { exitCode: 5, reason: 'Error' });
    expect(app(await podWhere(podd, restarts(1)))?.lastState).toMatchObject({ terminated: { exitCode: 5 } });
  });

  test('counts an exit that nobody saw, once', async () => {
    await running();
    podd = await machine.reboot(() => machine.end(lastId(), { exitCode: 6, reason: 'Error' }));
    expect(app(await podWhere(podd, restarts(1)))?.lastState).toMatchObject({ terminated: { exitCode: 6 } });
    podd = await machine.reboot();
    expect(app(await podWhere(podd, isRunning))?.restartCount).toBe(1);
    expect(machine.launched).toHaveLength(2);
  });

  test('calls an end without a status Unknown', async () => {
    await running(manifest({}, { restartPolicy: 'Never' }));
    await podd.shutdown();
    const gone = machine.gone(lastId());
    machine.kill(lastId());
    await gone;
    podd = await machine.boot();
    expect(app(podd.get('default', 'web'))?.state).toMatchObject({ terminated: { reason: 'Unknown' } });
  });

  test('removes a start that was cut off before the fork', async () => {
    await running();
    const half = machine.runDir('0123456789abcdef');
    podd = await machine.reboot(() => mkdirSync(half));
    expect(existsSync(half)).toBe(false);
    expect(machine.alive()).toBe(1);
  });

  test('recognises a container whose instance.json is damaged by its cgroup, and starts no second', async () => {
    await running();
    podd = await machine.reboot(() => writeFileSync(join(machine.runDir(lastId()), 'instance.json'), '{"vers'));
    expect(podd.problems().join()).toContain('instance.json cannot be used');
    await podWhere(podd, isRunning);
    expect(machine.alive()).toBe(1);
    expect(machine.launched).toHaveLength(1);
  });

  test('restores a pod whose record is damaged from its running container', async () => {
    const before = await running();
    podd = await machine.reboot(() => {
      const [record = ''] = readdirSync(machine.paths.podsDir);
      writeFileSync(join(machine.paths.podsDir, record), 'no record');
    });
    const after = await podWhere(podd, isRunning);
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(podd.problems().join('\n')).toContain('restored from its running containers');
    expect(machine.launched).toHaveLength(1);
  });

  test('ends what belongs to a pod that was never recorded', async () => {
    await running();
    const gone = machine.gone(lastId());
    podd = await machine.reboot(() => {
      const [record = ''] = readdirSync(machine.paths.podsDir);
      writeFileSync(join(machine.paths.podsDir, record.replace('.json', '.deleting-0.json')), 'no record');
      rmSync(join(machine.paths.podsDir, record));
    });
    await gone;
    expect(podd.list()).toEqual([]);
    expect(readdirSync(machine.paths.instancesDir)).toEqual([]);
  });
});

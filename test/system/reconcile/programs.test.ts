/** What the reconciler does with programs and requests, on a machine whose inits answer as the test says. */
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PodManifest } from '../../../src/model/pod-spec.ts';
import type { ProgramState } from '../../../src/protocol/init.ts';
import type { PodObject } from '../../../src/protocol/objects.ts';
import type { RunningReconciler } from '../../../src/reconcile/create-reconciler.ts';
import { waitFor } from '../../support/wait-for.ts';
import { aState } from '../../unit/reconcile/builders.ts';
import { Machine, manifest, podWhere, whyNoMachine } from './machine.ts';

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
const restarts = (count: number) => (pod: PodObject) => isRunning(pod) && app(pod)?.restartCount === count;
const lastId = () => machine.launched.at(-1)?.id ?? '';
const eventWith = (reason: string, message = '') =>
  waitFor(`an event ${reason}`, () => podd.events().some((it) => it.reason === reason && it.message.includes(message)));
const processes = (...names: string[]) =>
  manifest({ command: undefined, processes: names.map((name) => ({ name, command: [name] })) });
const told = (...names: string[]): ProgramState[] => names.map((name) => aState(name));

describe('changed programs', () => {
  test('are told to the init, which is not restarted', async () => {
    machine.programs = told('web', 'db');
    await running(processes('web', 'db'));
    const [result] = await apply(processes('web', 'log'));
    expect(result).toMatchObject({ cost: 'in-place', programs: [{ program: 'log' }, { program: 'db' }] });
    await eventWith('Updated');
    const [update] = machine.updates;
    expect(update?.programs.map(({ name }) => name)).toEqual(['web', 'log']);
    expect(update?.programs[0]).toEqual(machine.launched[0]?.programs[0]);
    for (const dir of update?.leaves.log ?? []) expect(existsSync(dir)).toBe(true);
    expect(machine.launched).toHaveLength(1);
  });

  test('leave a leaf behind only as long as the init knows the program', async () => {
    machine.programs = told('web', 'db');
    await running(processes('web', 'db'));
    const leaf = machine.launched[0]?.cgroups.leaves.db ?? [];
    await apply(processes('web'));
    await eventWith('Updated');
    expect(leaf.filter((dir) => existsSync(dir))).toEqual(leaf);
    machine.programs = told('web');
    machine.tell(lastId());
    await waitFor('the leaf is gone', () => !leaf.some((dir) => existsSync(dir)));
  });

  test('wait for an init that refuses, and are tried again', async () => {
    machine.programs = told('web');
    await running(processes('web'));
    machine.answer = { ok: false, code: 'Conflict', message: 'not now' };
    await apply(processes('web', 'db'));
    await eventWith('Failed', 'updatePrograms app: update its programs: not now');
    machine.answer = { ok: true, affected: ['db'] };
    await eventWith('Updated');
  });

  test('that a killed podd told of are told again by the next one, which then finds no drift', async () => {
    machine.programs = told('web');
    await running(processes('web'));
    machine.answer = undefined;
    await apply(processes('web', 'db'));
    podd = await machine.abandon();
    await waitFor('the init is told again', () => machine.updates.length === 2);
    expect(machine.updates[1]).toEqual(machine.updates[0]);
    await eventWith('Updated');
    podd = await machine.reboot();
    await podWhere(podd, isRunning);
    expect(machine.updates).toHaveLength(2);
    expect(machine.launched).toHaveLength(1);
  });

  test('that moved are published together, but the first at once', async () => {
    machine.programs = told('web', 'db');
    const pod = await running(processes('web', 'db'));
    let count = 0;
    podd.subscribe(() => count++);
    for (let restarts = 1; restarts <= 100; restarts++) {
      machine.programs = [aState('web', { restarts }), aState('db')];
      machine.tell(lastId());
    }
    expect(count).toBe(1);
    const last = await podWhere(podd, (seen) => app(seen)?.programs?.[0]?.restarts === 100);
    expect(count).toBe(2);
    expect(last.metadata.generation).toBe(pod.metadata.generation);
  });

  test('make the pod unready at once', async () => {
    machine.programs = told('web', 'db');
    await running(processes('web', 'db'));
    machine.programs = [aState('web', { restarts: 1 }), aState('db')];
    machine.tell(lastId());
    machine.programs = [aState('web', { state: 'BACKOFF', ready: false, message: 'exited with code 1' }), aState('db')];
    machine.tell(lastId());
    expect(podd.get('default', 'web')?.status.conditions.find(({ type }) => type === 'Ready')).toMatchObject({
      status: 'False',
      message: 'containers with unready status: [app]; app: web is BACKOFF (exited with code 1)',
    });
  });
});

describe('a request', () => {
  test('to programs goes to their init', async () => {
    machine.programs = told('web');
    await running(processes('web'));
    machine.answer = { ok: true, affected: ['web'] };
    const request = { verb: 'restart', container: 'app', targets: [{ program: 'web' }], cascade: true } as const;
    expect(await podd.control('default', 'web', request)).toEqual({ affected: ['app/web'] });
    expect(machine.controls).toEqual([{ verb: 'restart', targets: [{ program: 'web' }], cascade: true }]);
  });

  test('to programs of a stopped container is a Conflict that says so', async () => {
    await running(processes('web'));
    await podd.control('default', 'web', { verb: 'stop' });
    await podWhere(podd, ({ status }) => status.reason === 'Stopped');
    const refused = podd.control('default', 'web', { verb: 'signal', signal: 1 });
    await expect(refused).rejects.toMatchObject({
      code: 'Conflict',
      message: 'container app of pod web does not run: it was stopped by request',
      hint: 'podctl start web/app',
    });
    await expect(podd.why('default', 'web')).rejects.toMatchObject({ code: 'Conflict' });
  });

  test('for an unknown pod, container or program to scale is NotFound and names what there is', async () => {
    await running(processes('web'));
    const stop = { verb: 'stop' } as const;
    await expect(podd.control('default', 'nobody', stop)).rejects.toMatchObject({ code: 'NotFound' });
    await expect(podd.control('default', 'web', { ...stop, container: 'x' })).rejects.toMatchObject({
      code: 'NotFound',
      hint: 'its containers: app',
    });
    const scale = { container: 'app', program: 'x', instances: 1 };
    await expect(podd.scale('default', 'web', scale)).rejects.toMatchObject({ code: 'NotFound', hint: 'there is web' });
    await apply(manifest());
    await expect(podd.scale('default', 'web', { ...scale, program: 'main' })).rejects.toMatchObject({
      code: 'Invalid',
    });
  });

  test('to stop outlives podd, counts no failure, and a start by request counts as a restart', async () => {
    await running();
    await podd.control('default', 'web', { verb: 'stop' });
    podd = await machine.reboot();
    const stopped = await podWhere(podd, ({ status }) => status.reason === 'Stopped');
    expect(stopped.status.phase).toBe('Pending');
    expect(machine.alive()).toBe(0);
    await podd.control('default', 'web', { verb: 'start' });
    await podWhere(podd, restarts(1));
  });

  test('to restart starts again at once, whatever the policy', async () => {
    await running(manifest({}, { restartPolicy: 'Never' }));
    expect(await podd.control('default', 'web', { verb: 'restart' })).toEqual({ affected: ['app'] });
    await podWhere(podd, restarts(1));
    expect(machine.stops).toEqual([30_000]);
  });

  test('to restart is gone on with by the next podd', async () => {
    machine.stubborn = true;
    await running();
    await podd.control('default', 'web', { verb: 'restart' });
    podd = await machine.reboot();
    await waitFor('the stop is sent again', () => machine.stops.length === 2);
    machine.end(lastId(), { exitCode: 143, signal: 15, reason: 'Error' });
    await podWhere(podd, restarts(1));
  });

  test('to start wakes a container in back-off, and one that ended for good', async () => {
    await running(manifest({}, { restartPolicy: 'Never' }));
    expect(await podd.control('default', 'web', { verb: 'start' })).toEqual({ affected: [] });
    machine.end(lastId());
    await podWhere(podd, ({ status }) => status.phase === 'Succeeded');
    expect(await podd.control('default', 'web', { verb: 'start' })).toEqual({ affected: ['app'] });
    await podWhere(podd, restarts(1));
  });

  test('to stop holds for a pod that is recreated', async () => {
    const { metadata } = await running();
    await podd.control('default', 'web', { verb: 'stop' });
    await podWhere(podd, ({ status }) => status.reason === 'Stopped');
    await apply(manifest({}, { hostname: 'other' }));
    const pod = await podWhere(podd, (seen) => seen.metadata.uid !== metadata.uid && seen.status.reason === 'Stopped');
    expect(app(pod)?.state).toMatchObject({ waiting: { reason: 'Stopped' } });
    expect(machine.launched).toHaveLength(1);
  });
});

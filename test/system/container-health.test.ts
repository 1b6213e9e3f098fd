/** Probes, hooks and termination messages of containers as a whole, under a real PID 1, with podd and without it. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ContainerStatus } from '../../src/model/pod-status.ts';
import type { EventObject } from '../../src/protocol/objects.ts';
import { describeReal } from '../support/describe-real.ts';
import { GrpcHealthServer } from '../support/grpc-health-server.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod, type ContainerManifest } from '../support/manifest.ts';
import { containerOf, lastExit } from '../support/pods.ts';
import { waitFor } from '../support/wait-for.ts';

describeReal('health of containers', () => {
  let instance: Instance;
  const grpc = new GrpcHealthServer();
  let grpcPort = 0;
  beforeAll(async () => {
    instance = await startInstance();
    grpcPort = await grpc.listen();
    mkdirSync(join(instance.base, 'shared'));
  });
  afterAll(async () => {
    grpc.close();
    await instance.stop();
  });

  const shared = (name: string): string => join(instance.base, 'shared', name);
  const touch = (name: string): void => writeFileSync(shared(name), '');
  const sh = (script: string): string[] => ['/usr/bin/sh', '-c', script];
  const every = { periodSeconds: 1, failureThreshold: 1 };
  const exists = (name: string) => ({ exec: { command: ['/usr/bin/test', '-e', `/shared/${name}`] }, ...every });
  const inShared = (name: string, fields: Partial<ContainerManifest>) =>
    aContainer({ name, volumeMounts: [{ name: 'shared', mountPath: '/shared' }], ...fields });
  const apply = (name: string, containers: readonly ContainerManifest[], fields = {}): Promise<void> =>
    instance.apply(
      aPod({
        ...{ name, containers, terminationGracePeriodSeconds: 600, ...fields },
        volumes: [{ name: 'shared', hostPath: { path: join(instance.base, 'shared') } }],
      }),
    );
  const seen = async (pod: string, name: string, what: string, is: (status: ContainerStatus) => boolean) =>
    containerOf(
      await instance.waitForPod(pod, `${name} ${what}`, (one) =>
        one.status.containerStatuses.some((status) => status.name === name && is(status)),
      ),
      name,
    );
  const eventsOf = async (pod: string): Promise<{ line: string; count: number }[]> => {
    const { body } = await instance.api('GET', '/api/v1/events');
    return (body.items as EventObject[]).flatMap(({ reason, message, count, involvedObject }) =>
      involvedObject.name === pod ? [{ line: `${reason}: ${message}`, count }] : [],
    );
  };

  test('readiness and startup turn by their probes, a failed liveness restarts within its own grace, also while podd is dead', async () => {
    grpc.statuses.set('db', 2);
    await apply(
      'p',
      [
        inShared('web', { readinessProbe: exists('ready') }),
        inShared('app', {
          command: sh('trap "" TERM; while :; do sleep 1; done'),
          startupProbe: { ...exists('up'), failureThreshold: 600 },
          livenessProbe: {
            exec: { command: ['/usr/bin/test', '!', '-e', '/shared/dead'] },
            ...every,
            terminationGracePeriodSeconds: 1,
          },
        }),
        aContainer({ name: 'db', readinessProbe: { grpc: { port: grpcPort, service: 'db' }, ...every } }),
      ],
      { hostNetwork: true },
    );
    await seen('p', 'web', 'runs', (status) => 'running' in status.state && status.started && !status.ready);
    await seen('p', 'app', 'has not started', (status) => 'running' in status.state && !status.started);
    await waitFor('db tells that it is unhealthy', async () =>
      (await eventsOf('p')).some(
        ({ line }) => line === 'Unhealthy: Readiness probe failed: service unhealthy (responded with "NOT_SERVING")',
      ),
    );
    grpc.statuses.set('db', 1);
    touch('ready');
    touch('up');
    for (const name of ['web', 'app', 'db'])
      await seen('p', name, 'is ready', (status) => status.started && status.ready);
    const before = await seen('p', 'app', 'runs', ({ restartCount }) => restartCount === 0);
    await instance.killPodd();
    rmSync(shared('ready'));
    touch('dead');
    const runDir = join(instance.base, 'run', 'i', before.containerID?.split('//')[1] ?? '');
    await waitFor('app has ended', () => existsSync(join(runDir, 'exit.json')));
    await instance.startPodd();
    await seen('p', 'web', 'is not ready', (status) => 'running' in status.state && !status.ready);
    const after = await seen('p', 'app', 'was restarted', ({ restartCount }) => restartCount > 0);
    rmSync(shared('dead'));
    expect(lastExit(after)).toMatchObject({ exitCode: 137, reason: 'Error' });
    expect(after.containerID).not.toBe(before.containerID);
    const told = (await eventsOf('p')).map(({ line }) => line);
    expect(told).toContain('Killing: Container app failed liveness probe, will be restarted');
    expect(told.some((line) => line.startsWith('Unhealthy: Liveness probe failed'))).toBe(true);
    await instance.deletePod('p', 0);
  });

  test('hooks run around the programs, and only then does the container count as running, or end', async () => {
    const say = (word: string): string => `echo ${word} >> /shared/order`;
    await apply('q', [
      inShared('main', {
        command: sh(`trap '${say('TERM')}; exit 0' TERM; while :; do sleep 0.1; done`),
        lifecycle: {
          postStart: { exec: { command: sh(`${say('postStart')}; until [ -e /shared/go ]; do sleep 0.1; done`) } },
          preStop: { exec: { command: sh(say('preStop')) } },
        },
      }),
    ]);
    const order = (): string => {
      try {
        return readFileSync(shared('order'), 'utf8').replaceAll('\n', ' ');
      } catch {
        return '';
      }
    };
    await waitFor('postStart runs', () => order() === 'postStart ');
    const pod = await instance.getPod('q');
    expect(pod === undefined ? undefined : containerOf(pod)).toMatchObject({ ready: false, state: { waiting: {} } });
    await waitFor('its start is told', async () =>
      (await eventsOf('q')).some(({ line }) => line === 'Started: Started container main'),
    );
    touch('go');
    await seen('q', 'main', 'runs', (status) => 'running' in status.state && status.ready);
    await instance.deletePod('q');
    expect(order()).toBe('postStart preStop TERM ');
  });

  test('a postStart that fails ends the container, and its last words are told', async () => {
    const say = (word: string, path = '/dev/termination-log'): string => `printf '${word}' > ${path}`;
    const fallback = { terminationMessagePolicy: 'FallbackToLogsOnError' };
    await apply(
      'r',
      [
        inShared('main', {
          command: sh(`trap '${say('bye')}; exit 9' TERM; : > /shared/trapped; while :; do sleep 0.1; done`),
          lifecycle: {
            postStart: { exec: { command: sh('until [ -e /shared/trapped ]; do sleep 0.1; done; exit 1') } },
          },
        }),
        aContainer({ name: 'log', command: sh('echo one; echo two; exit 4'), ...fallback }),
        aContainer({
          ...{ name: 'own', terminationMessagePath: '/var/lib/own/words', securityContext: { runAsUser: 1000 } },
          command: sh(`${say('mine', '/var/lib/own/words')}; exit 5`),
        }),
        aContainer({
          name: 'link',
          command: sh('rm /dev/termination-log; ln -s /etc/passwd /dev/termination-log; exit 6'),
        }),
      ],
      { restartPolicy: 'Never' },
    );
    const ends = ['main', 'log', 'own', 'link'].map(async (name) =>
      lastExit(await seen('r', name, 'has ended', ({ state }) => 'terminated' in state)),
    );
    const said = (await Promise.all(ends)).map((exit) => [exit?.exitCode, exit?.message]);
    const told = await eventsOf('r');
    for (const line of ['FailedPostStartHook: PostStartHook failed', 'Killing: FailedPostStartHook'])
      expect(told).toContainEqual({ line, count: 1 });
    const lines = told.map(({ line }) => line);
    for (const name of ['main', 'log', 'own', 'link']) expect(lines).toContain(`Started: Started container ${name}`);
    const order = ['Created: Created container main', 'Started: Started container main', 'FailedPostStartHook: '];
    const places = order.map((begin) => lines.findIndex((line) => line.startsWith(begin)));
    expect(places, lines.join('\n')).toEqual([...places].sort((a, b) => a - b));
    expect(said).toEqual([
      [9, 'bye'],
      [4, 'one\ntwo\n'],
      [5, 'mine'],
      [6, undefined],
    ]);
    await instance.deletePod('r', 0);
  });
});

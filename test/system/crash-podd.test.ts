/** podd killed at random moments while pods come and go: afterwards everything is as it was asked for. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventList, PodObject } from '../../src/protocol/objects.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { containerOf, isRunning, podPids } from '../support/pods.ts';
import { pidsInCgroup } from '../support/processes.ts';
import { randomFrom } from '../support/random.ts';

const rounds = Number(process.env.PODCTL_TEST_ROUNDS ?? '20');
const seed = Number(process.env.PODCTL_TEST_SEED ?? Date.now() % 1_000_000);

describeReal('crashes of podd', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const names = Array.from({ length: 10 }, (_, i) => `pod-${i}`);
  const podNamed = (name: string) =>
    aPod({
      name,
      containers: [aContainer({ rootfs: { path: instance.payloadRoot() }, command: ['/payload', 'sleep'] })],
    });

  /** One apply or delete of some pods, over the API: podctl would start a podd of its own. podd's death cuts the connection. */
  const disturb = async (random: () => number, wanted: Map<string, boolean>): Promise<void> => {
    const chosen = names.filter(() => random() < 0.4);
    const create = random() < 0.6;
    for (const name of chosen) wanted.set(name, create);
    const acts = create ? [apply(chosen)] : chosen.map(remove);
    const kill = delay(random() * 120).then(() => instance.killPodd());
    await Promise.all([kill, ...acts.map((act) => act.catch(() => undefined))]);
  };

  const apply = (chosen: readonly string[]): Promise<unknown> =>
    instance.api('POST', '/apis/podctl.dev/v1/apply', { manifests: chosen.map(podNamed), dryRun: false });

  const remove = (name: string): Promise<unknown> => instance.api('DELETE', `/api/v1/namespaces/default/pods/${name}`);

  /** What the pod tells about its restarts, for the message of a failure. */
  const restartsOf = async ({ metadata, status }: PodObject): Promise<string> => {
    const events = (await instance.api('GET', '/api/v1/events')).body as EventList;
    const lines = events.items
      .filter(({ involvedObject }) => involvedObject.uid === metadata.uid)
      .map(({ lastTimestamp, reason, message }) => `${lastTimestamp} ${reason}: ${message}`);
    return `restarts of ${metadata.name}: ${JSON.stringify(status.containerStatuses[0]?.lastState)}\n${lines.join('\n')}\n`;
  };

  test(`${rounds} kills during apply and delete of 10 pods lose, double and leak nothing (PODCTL_TEST_SEED=${seed})`, async () => {
    const random = randomFrom(seed);
    const wanted = new Map<string, boolean>();
    for (let round = 0; round < rounds; round++) {
      await disturb(random, wanted);
      await instance.startPodd();
    }
    const present = names.filter((name) => wanted.get(name) === true);
    const absent = names.filter((name) => wanted.get(name) !== true);
    // What a dying podd did not hear is said again: the requests are idempotent.
    await apply(present);
    for (const name of absent) await remove(name);
    for (const name of absent) await instance.waitUntilDeleted(name);
    const counted: number[] = [];
    for (const name of present) {
      const pod = await instance.waitForPod(name, 'runs', isRunning);
      expect.soft(podPids(pod), `processes of ${name}`).toHaveLength(2);
      expect.soft(containerOf(pod).restartCount, await restartsOf(pod)).toBe(0);
      counted.push(...podPids(pod));
    }
    expect(pidsInCgroup(`/${instance.mark().cgroupName}/`).sort()).toEqual(counted.sort());
    expect((await instance.system()).problems).toEqual([]);
  }, 600_000);
});

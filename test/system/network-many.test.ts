/** Three hundred pods at once: an address each, all reach all, and afterwards the machine is as it was before. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PodObject } from '../../src/protocol/objects.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { type MachineNetwork, networkDifferences, readMachineNetwork } from '../support/network-leaks.ts';
import { namespaceOf } from '../support/network-namespace.ts';
import { isRunning, podPids } from '../support/pods.ts';
import { randomFrom } from '../support/random.ts';
import { reach } from '../support/traffic.ts';
import { waitFor } from '../support/wait-for.ts';
import { whyNoTools } from '../support/why-no-tools.ts';

const count = 300;
const pairs = 200;
const port = 7;
const seed = Number(process.env.PODCTL_TEST_SEED ?? Date.now() % 1_000_000);
const why = whyNoTools('nft', 'ip');

/** Looks each name up at the resolver; prints `name address`, or the error. */
const lookUp = `
  const [server, ...names] = process.argv.slice(1);
  const resolver = new (require('node:dns').promises.Resolver)({ timeout: 2000, tries: 2 });
  resolver.setServers([server]);
  (async () => {
    for (const name of names)
      console.log(name, await resolver.resolve4(name + '.default.svc.cluster.local').then(String, (error) => error.code));
  })();`;

describeReal(`${count} pods at once`, () => {
  describe.skipIf(why !== undefined)(`(PODCTL_TEST_SEED=${seed})`, () => {
    const names = Array.from({ length: count }, (_, index) => `many-${index}`);
    const random = randomFrom(seed);
    const took: string[] = [];
    let before: MachineNetwork;
    let instance: Instance;
    let pods: readonly PodObject[];
    const clients = new Map<string, ReturnType<typeof namespaceOf>>();

    beforeAll(async () => {
      before = readMachineNetwork();
      instance = await startInstance();
    });
    afterAll(async () => {
      await instance.stop();
      console.info(took.join('\n'));
    });

    const timed = async <T>(what: string, act: () => Promise<T>): Promise<T> => {
      const from = performance.now();
      const result = await act();
      took.push(`${what}: ${Math.round(performance.now() - from)} ms`);
      return result;
    };
    const listed = async (): Promise<PodObject[]> => (await instance.api('GET', '/api/v1/pods')).body.items;
    const aServer = (name: string) =>
      aPod({
        name,
        containers: [
          aContainer({ rootfs: { path: instance.payloadRoot() }, command: ['/payload', 'echo', String(port)] }),
        ],
      });
    const addressOf = (pod: PodObject): string => pod.status.podIP ?? '';
    const address6Of = (pod: PodObject): string => pod.status.podIPs?.[1]?.ip ?? '';
    const clientOf = ({ metadata: { name } }: PodObject) => clients.get(name) ?? namespaceOf(-1);
    const oneOf = (): PodObject => pods[Math.floor(random() * count)] as PodObject;

    test('all run, each with addresses of its own', async () => {
      await timed(`${count} pods applied and running`, async () => {
        await instance.apply(...names.map(aServer));
        await waitFor('all run', async () => (await listed()).filter(isRunning).length === count, 120_000, 200);
      });
      pods = await listed();
      expect(new Set(pods.map(addressOf)).size).toBe(count);
      expect(new Set(pods.map(address6Of)).size).toBe(count);
      for (const pod of pods) clients.set(pod.metadata.name, namespaceOf(podPids(pod, 'main', 'app')[0] ?? -1));
      expect((await instance.system()).network?.addresses).toBe(count);
    }, 400_000);

    test('one reaches all, by both families', async () => {
      for (const address of [addressOf, address6Of]) {
        const answers = await timed('one to all', () => reach(clientOf(oneOf()), port, pods.map(address)));
        expect(pods.filter((pod) => answers.get(address(pod)) !== pod.metadata.name)).toEqual([]);
      }
    });

    test('all reach one', async () => {
      const target = oneOf();
      const reaches = async (pod: PodObject): Promise<boolean> =>
        (await reach(clientOf(pod), port, [addressOf(target)])).get(addressOf(target)) === target.metadata.name;
      const lost = await timed('all to one', () => failing(pods, reaches));
      expect(lost.map((pod) => pod.metadata.name)).toEqual([]);
    });

    test(`${pairs} pairs chosen by lot reach each other`, async () => {
      const chosen = Array.from({ length: pairs }, () => [oneOf(), oneOf()] as const);
      const reaches = async ([from, to]: (typeof chosen)[number]): Promise<boolean> =>
        (await reach(clientOf(from), port, [addressOf(to), address6Of(to)])).get(address6Of(to)) === to.metadata.name;
      const lost = await timed(`${pairs} pairs`, () => failing(chosen, reaches));
      expect(lost.map(([from, to]) => `${from.metadata.name} → ${to.metadata.name}`)).toEqual([]);
    });

    test('names of thirty resolve to their addresses', async () => {
      const chosen = Array.from({ length: 30 }, oneOf);
      const { dnsAddress = '' } = (await instance.system()).network ?? {};
      const wanted = chosen.map((pod) => pod.metadata.name);
      const text = await timed('30 names', () => clientOf(oneOf()).run('node', ['-e', lookUp, dnsAddress, ...wanted]));
      expect(text.split('\n')).toEqual(chosen.map((pod) => `${pod.metadata.name} ${addressOf(pod)}`));
    });

    test('deleted, they leave links, routes, rules, tables, switches and podnet as they were', async () => {
      const { podnetPid } = (await instance.system()).network ?? {};
      await timed(`${count} pods deleted`, () => instance.deleteAll());
      const differences = (): string[] => networkDifferences(before, readMachineNetwork());
      await timed('and the machine as before', () => expect.poll(differences).toEqual([]));
      const { network } = await instance.system();
      expect([network?.addresses, network?.podnetPid]).toEqual([0, undefined]);
      expect(podnetPid).toBeGreaterThan(1);
    });
  });
});

/** Those that are not as they should be; eight at a time. */
async function failing<T>(items: readonly T[], isGood: (item: T) => Promise<boolean>): Promise<T[]> {
  const left = [...items];
  const bad: T[] = [];
  const work = async (): Promise<void> => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) if (!(await isGood(item))) bad.push(item);
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return bad;
}

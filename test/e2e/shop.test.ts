/** examples/shop.yaml: four pods of Debian's servers that find each other by name, behind one port of the machine. */
import { networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { containerOf, isReady } from '../support/pods.ts';
import { waitFor } from '../support/wait-for.ts';
import { whyNoTools } from '../support/why-no-tools.ts';

const file = fileURLToPath(new URL('../../examples/shop.yaml', import.meta.url));
const pods = ['web', 'api', 'redis', 'postgres'] as const;

const why = whyNoTools('nginx', 'redis-server', 'psql', 'curl');

interface Order {
  readonly visits: number;
  readonly orders: number;
  readonly newest: string;
}

describeReal('examples/shop.yaml', () => {
  describe.skipIf(why !== undefined)('with nginx, redis and postgres', () => {
    let instance: Instance;
    beforeAll(async () => {
      instance = await startInstance();
      expect(await instance.podctlOk(['apply', '-f', file, '--wait'])).toMatch(/pod\/web created/);
    });
    afterAll(() => instance.stop());

    const curl = async (host: string) => {
      const { stdout } = await execa('curl', ['--silent', '--max-time', '30', `http://${host}:8080`], {
        reject: false,
      });
      return stdout;
    };
    const order = async (host = 'localhost'): Promise<Order | undefined> => {
      const answer = await curl(host);
      return answer.startsWith('{"visits"') ? (JSON.parse(answer) as Order) : undefined;
    };
    const restartsOf = async (name: string): Promise<number> => {
      const pod = await instance.getPod(name);
      return pod === undefined ? Number.NaN : containerOf(pod, pod.status.containerStatuses[0]?.name).restartCount;
    };
    const restarts = async () =>
      Object.fromEntries(await Promise.all(pods.map(async (name) => [name, await restartsOf(name)] as const)));

    test('one curl shows what went through all four', async () => {
      expect(await order()).toEqual({ visits: 1, orders: 1, newest: expect.stringMatching(/^order 1 at \d{4}-/) });
      expect(await order()).toMatchObject({ visits: 2, orders: 2 });
      expect(await restarts()).toEqual({ web: 0, api: 0, redis: 0, postgres: 0 });
    });

    test('so does one to each other address of localhost and of the machine', async () => {
      for (const host of ['127.0.0.1', '[::1]', ...addressesOfMachine()])
        expect(await order(host), host).toMatchObject({ newest: expect.stringContaining('order ') });
    });

    test.each(pods)('after a restart of %s the others reconnect by name and have lost nothing', async (name) => {
      const before = await order();
      const counts = await restarts();
      await instance.podctlOk(['restart', name]);
      const after = await waitFor('all answers again', () => order(), 60_000);
      expect(after.orders).toBeGreaterThan(before?.orders ?? Number.NaN);
      expect(after.visits).toBeGreaterThan(before?.visits ?? Number.NaN);
      expect(await restarts()).toEqual({ ...counts, [name]: (counts[name] ?? Number.NaN) + 1 });
    });

    test.each(pods)('deleted, %s is missed, and found by its name when it is made anew', async (name) => {
      const counts = await restarts();
      await instance.podctlOk(['delete', 'pod', name, '--wait']);
      expect(await order()).toBeUndefined();
      expect(await instance.podctlOk(['apply', '-f', file, '--wait'])).toMatch(new RegExp(`pod/${name} created`));
      expect(await waitFor('all answers again', () => order(), 60_000)).toMatchObject({ orders: expect.any(Number) });
      expect(await restarts()).toEqual({ ...counts, [name]: 0 });
      await instance.waitForPod(name, 'is ready', isReady);
    });
  });
});

/** As a URL has them, without those that need a zone. */
function addressesOfMachine(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const outward = all.filter(({ internal, scopeid }) => !internal && !scopeid);
  return outward.map(({ family, address }) => (family === 'IPv6' ? `[${address}]` : address));
}

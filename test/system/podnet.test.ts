/** podnet on the real machine: what ordinary resolvers get from it, and that it lives on whatever happens to podd and to itself. */
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readProcessEntries } from '../../src/linux/process-table.ts';
import type { Podnet } from '../../src/network/podnet-client.ts';
import { type PodnetRecord, type PodnetWanted, podnetFiles } from '../../src/protocol/podnet.ts';
import { PodnetBench, resolverAt } from '../support/podnet-driver.ts';
import { whyNoRealKernel } from '../support/real-kernel.ts';
import { startUpstream, type UpstreamResolver } from '../support/upstream-resolver.ts';
import { waitFor } from '../support/wait-for.ts';

const hasNoDig = spawnSync('dig', ['-v']).error !== undefined;
if (hasNoDig) console.warn('names are not asked for with dig: apt-get install bind9-dnsutils');

const podnetAddress = '127.53.0.1';
const upstreamAddress = '127.53.0.2';

const dns = {
  address: podnetAddress,
  domain: 'cluster.local',
  upstreams: [upstreamAddress],
  pods: [
    { namespace: 'default', name: 'web', hostname: 'web', addresses: { ipv4: '10.99.0.2', ipv6: 'fd00:53::2' } },
    { namespace: 'other', name: 'api', hostname: 'api', addresses: { ipv4: '10.99.0.3' } },
  ],
  services: [
    {
      namespace: 'default',
      name: 'cart',
      ips: ['10.99.128.20'],
      ports: [{ name: 'http', protocol: 'TCP' as const, port: 80 }],
      endpoints: [],
    },
    { namespace: 'default', name: 'outside', ips: [], externalName: 'www.example.test', ports: [], endpoints: [] },
    {
      namespace: 'default',
      name: 'many',
      ips: [],
      ports: [],
      endpoints: Array.from({ length: 150 }, (_, i) => ({ addresses: { ipv4: `10.99.7.${i}` }, ports: [] })),
    },
  ],
};
const wanted: PodnetWanted = { dns, proxies: [] };
const webRenamed = (name: string): PodnetWanted => ({
  ...wanted,
  dns: { ...dns, pods: [{ namespace: 'default', name, hostname: name, addresses: { ipv4: '10.99.0.9' } }] },
});

describe.skipIf(whyNoRealKernel())('podnet', () => {
  let upstream: UpstreamResolver;
  beforeAll(async () => {
    upstream = await startUpstream(upstreamAddress, 53, (question) =>
      question.type === 'A' && question.name.endsWith('example.test')
        ? [{ type: 'A', name: question.name, data: '192.0.2.80' }]
        : 'nxdomain',
    );
  });
  afterAll(() => upstream.close());

  describe('to the resolvers that people have', () => {
    const bench = new PodnetBench();
    const resolvConf = join(bench.base, 'resolv.conf');
    beforeAll(async () => {
      const podnet = bench.client();
      podnet.want(wanted);
      await podnet.settled();
      const search = 'default.svc.cluster.local svc.cluster.local cluster.local';
      writeFileSync(resolvConf, `nameserver ${podnetAddress}\nsearch ${search}\noptions ndots:5\n`);
    });
    afterAll(() => bench.stop());

    /** With a pod's resolv.conf in the place of the machine's; what it printed. */
    async function inPod(...command: string[]): Promise<string> {
      const script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"';
      const result = await execa('unshare', ['-m', 'sh', '-c', script, resolvConf, ...command], { reject: false });
      return `${result.stdout}\n${result.stderr}`;
    }
    const addressesIn = (text: string): string[] =>
      [...new Set(text.match(/\b(10\.99|192\.0)\.[0-9.]+/g) ?? [])].toSorted();

    test.each([
      ['web', ['10.99.0.2']],
      ['web.default', ['10.99.0.2']],
      ['api.other', ['10.99.0.3']],
      ['api.other.svc.cluster.local', ['10.99.0.3']],
      ['cart', ['10.99.128.20']],
      ['outside', ['192.0.2.80']],
      ['www.example.test', ['192.0.2.80']],
      ['api', []],
      ['nobody.example', []],
    ])('getent: %s', async (name, expected) => {
      expect(addressesIn(await inPod('getent', 'ahostsv4', name))).toEqual(expected);
    });

    test('getent: 150 addresses, which come by TCP', async () => {
      expect(addressesIn(await inPod('getent', 'ahostsv4', 'many'))).toHaveLength(150);
    });

    test('getent: both families', async () => {
      const text = await inPod('getent', 'ahosts', 'web');
      expect(text).toContain('10.99.0.2');
      expect(text).toContain('fd00:53::2');
    });

    test('getent: a name of an address', async () => {
      expect(await inPod('getent', 'hosts', '10.99.0.2')).toContain('web.default.svc.cluster.local');
    });

    test('busybox nslookup', async () => {
      const text = await inPod('busybox', 'nslookup', '-type=a', 'cart.default.svc.cluster.local', podnetAddress);
      expect(addressesIn(text)).toEqual(['10.99.128.20']);
    });

    test('python', async () => {
      const program = 'import socket,sys; print(socket.gethostbyname(sys.argv[1]))';
      expect(addressesIn(await inPod('python3', '-c', program, 'api.other'))).toEqual(['10.99.0.3']);
    });

    test('node, names in full and written short', async () => {
      const resolver = resolverAt(podnetAddress);
      expect(await resolver.resolve4('web')).toEqual(['10.99.0.2']);
      expect(await resolver.resolveSrv('_http._tcp.cart.default.svc.cluster.local')).toMatchObject([
        { name: 'cart.default.svc.cluster.local', port: 80 },
      ]);
      await expect(resolver.resolve4('nobody')).rejects.toThrow('ENOTFOUND');
      await expect(resolver.resolveMx('web')).rejects.toThrow('ENODATA');
    });

    test.skipIf(hasNoDig)('dig, with EDNS, by UDP and by TCP', async () => {
      const dig = async (...args: string[]): Promise<string> =>
        (await execa('dig', [`@${podnetAddress}`, '+tries=1', ...args])).stdout;
      expect(addressesIn(await dig('+short', 'cart.default.svc.cluster.local'))).toEqual(['10.99.128.20']);
      expect(addressesIn(await dig('+tcp', '+short', 'www.example.test'))).toEqual(['192.0.2.80']);
      const absent = await dig('nobody.default.svc.cluster.local');
      expect(absent).toContain('status: NXDOMAIN');
      expect(absent).toMatch(/cluster\.local\.\s+5\s+IN\s+SOA\s+ns\.dns\.cluster\.local\./);
      expect(absent).not.toMatch(/malformed|extra bytes/i);
      expect(await dig('+short', '-x', '10.99.128.20')).toContain('cart.default.svc.cluster.local.');
      expect(
        addressesIn(await dig('+ignore', '+bufsize=512', 'many.default.svc.cluster.local')).length,
      ).toBeGreaterThan(25);
    });

    test('an unknown single name is not told outside', async () => {
      await inPod('getent', 'ahostsv4', 'secretname');
      expect(upstream.asked.filter((question) => question.includes('secretname'))).toEqual([]);
    });
  });

  describe('lives on', () => {
    let bench: PodnetBench;
    let podnet: Podnet;
    beforeEach(async () => {
      bench = new PodnetBench();
      podnet = bench.client();
      podnet.want(wanted);
      await podnet.settled();
    });
    afterEach(() => bench.stop());

    const resolver = resolverAt(podnetAddress, 500);
    const answersFor = (name: string): Promise<boolean> =>
      resolver.resolve4(name).then(
        () => true,
        () => false,
      );
    const file = (name: keyof typeof podnetFiles): string => join(bench.paths.networkDir, podnetFiles[name]);

    test('killed, it is started anew', async () => {
      const before = podnet.pid() ?? 0;
      process.kill(before, 'SIGKILL');
      await waitFor('another podnet serves', async () => podnet.pid() !== before && (await answersFor('web')));
      expect(bench.pids()).toEqual([podnet.pid()]);
      expect(bench.log).toContain(`podnet ${before} ended by itself`);
    });

    test('podd killed, it serves on, and the next podd adopts it with what is wanted', async () => {
      await podnet.end();
      await podnet.close();
      const podd = bench.spawnClient(wanted);
      const [pid] = (await once(podd.stdout as NodeJS.ReadableStream, 'data')).map(Number);
      podd.kill('SIGKILL');
      await once(podd, 'exit');
      expect(await resolver.resolve4('cart.default.svc.cluster.local')).toEqual(['10.99.128.20']);
      expect(await resolver.resolve4('www.example.test')).toEqual(['192.0.2.80']);

      const writtenAt = statSync(file('wanted')).ino;
      const next = bench.client();
      next.want(wanted);
      await next.settled();
      expect(next.pid()).toBe(pid);
      expect(statSync(file('wanted')).ino).toBe(writtenAt);
      expect(bench.log.at(-1)).toBe(`podnet ${pid} is adopted`);
    });

    test('of another program, it gives way to the new one within a moment', async () => {
      const before = podnet.pid() ?? 0;
      await podnet.close();
      const record = JSON.parse(readFileSync(file('record'), 'utf8')) as PodnetRecord;
      writeFileSync(file('record'), JSON.stringify({ ...record, version: 'older' }));
      let isOver = false;
      let longestMs = 0;
      const asking = (async () => {
        for (let answeredAt = performance.now(); !isOver; ) {
          if (!(await answersFor('web'))) continue;
          longestMs = Math.max(longestMs, performance.now() - answeredAt);
          answeredAt = performance.now();
        }
      })();
      const next = bench.client();
      next.want(wanted);
      await next.settled();
      await waitFor('the new one answers', () => answersFor('web'));
      isOver = true;
      await asking;
      expect(next.pid()).not.toBe(before);
      expect(bench.pids()).toEqual([next.pid()]);
      // a question that meets nobody is lost for resolverAt's 500 ms
      expect(longestMs).toBeLessThan(10_000);
    });

    test('two podds at once end with one podnet', async () => {
      process.kill(podnet.pid() ?? 0, 'SIGKILL');
      const others = [bench.client(), bench.client()];
      for (const other of others) other.want(wanted);
      await Promise.all(others.map((other) => other.settled()));
      await waitFor('one podnet is left, and known', () => {
        const pids = new Set([podnet, ...others].map((one) => one.pid()));
        return pids.size === 1 && bench.pids().length === 1 && pids.has(bench.pids()[0]);
      });
      await waitFor('it answers', () => answersFor('web'));
    });

    test('names change while it runs', async () => {
      podnet.want(webRenamed('shop'));
      await waitFor('the new name is served', () => answersFor('shop'));
      expect(await answersFor('web')).toBe(false);
    });

    test('a burst of changes ends with the last one', async () => {
      for (let i = 0; i < 100; i++) {
        podnet.want(webRenamed(`shop-${i}`));
        if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await waitFor('the last name is served', () => answersFor('shop-99'));
      expect(await answersFor('shop-98')).toBe(false);
    });

    test('a broken file changes nothing', async () => {
      const linesAbout = (): number => readFileSync(file('log'), 'utf8').split('wanted.json: ').length - 1;
      for (const text of ['{"dns":', '{}', '{"dns":{"domain":5}}', '[]']) {
        const before = linesAbout();
        writeFileSync(`${file('wanted')}.new`, text);
        renameSync(`${file('wanted')}.new`, file('wanted'));
        await waitFor(`${text} is told`, () => linesAbout() > before);
      }
      expect(await answersFor('web')).toBe(true);
      expect(bench.pids()).toEqual([podnet.pid()]);
    });

    test('signals of a terminal do not end it, and SIGUSR1 opens no debugger', async () => {
      const pid = podnet.pid() ?? 0;
      for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGPIPE', 'SIGUSR1'] as const) process.kill(pid, signal);
      expect(await answersFor('web')).toBe(true);
      const listeners = (await execa('ss', ['-Hltnp'], { reject: false })).stdout.split('\n');
      expect(listeners.filter((line) => line.includes(`pid=${pid},`) && !line.includes(`${podnetAddress}:53`))).toEqual(
        [],
      );
    });

    test('it is a session of its own, with nothing of podd', () => {
      const pid = podnet.pid() ?? 0;
      expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).toBe(`PODCTL_RUN=${bench.paths.run}\0`);
      expect(readlinkSync(`/proc/${pid}/cwd`)).toBe('/');
      expect(readProcessEntries([pid])[0]?.session).toBe(pid);
    });

    test('it ends when its directory is gone', async () => {
      rmSync(bench.paths.run, { recursive: true });
      await podnet.close();
      await waitFor('podnet ends', () => bench.pids().length === 0);
    });

    test('ended, it leaves only its log', async () => {
      await podnet.end();
      expect(bench.pids()).toEqual([]);
      expect(podnet.pid()).toBeUndefined();
      for (const name of ['wanted', 'record', 'status', 'lock'] as const) expect(existsSync(file(name))).toBe(false);
      podnet.want(wanted);
      await podnet.settled();
      expect(await answersFor('web')).toBe(true);
    });
  });

  describe('says what is in the way', () => {
    const bench = new PodnetBench();
    const podnet = bench.client();
    const unroutable = '192.0.2.53';
    afterAll(async () => {
      spawnSync('ip', ['route', 'del', 'local', unroutable, 'dev', 'lo']);
      await bench.stop();
    });

    test('a port that another process has, until it lets go', async () => {
      const other = createSocket('udp4');
      other.bind(53, podnetAddress);
      await once(other, 'listening');
      podnet.want(wanted);
      await podnet.settled();
      await waitFor('it is told', () => podnet.problems().length > 0);
      expect(podnet.problems()).toEqual([
        `podnet cannot listen on UDP ${podnetAddress} port 53: EADDRINUSE, another process has the port`,
      ]);
      expect(bench.troubles).toBe(1);
      other.close();
      await waitFor('it is well', () => podnet.problems().length === 0);
      expect(await resolverAt(podnetAddress).resolve4('web')).toEqual(['10.99.0.2']);
    });

    test('an address that is not there, until its route comes', async () => {
      podnet.want({ ...wanted, dns: { ...dns, address: unroutable } });
      await waitFor('both are told', () => podnet.problems().length === 2);
      expect(podnet.problems()[0]).toContain('EADDRNOTAVAIL, the machine has no such address');
      await execa('ip', ['route', 'add', 'local', unroutable, 'dev', 'lo']);
      await waitFor('it is well', () => podnet.problems().length === 0);
      expect(await resolverAt(unroutable).resolve4('web')).toEqual(['10.99.0.2']);
    });
  });
});

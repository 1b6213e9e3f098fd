/** A pod's link on the real machine: as planned on both sides, repaired whatever is removed of it, gone with the pod. */
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync, existsSync, readFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { execaSync } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { dump, openNetlink } from '../../src/linux/netlink.ts';
import { decodeLink, type Link, listLinks } from '../../src/linux/rtnetlink.ts';
import type { PodObject } from '../../src/protocol/objects.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { initPid, isRunning } from '../support/pods.ts';
import { waitFor } from '../support/wait-for.ts';

const hasNoIp = spawnSync('ip', ['-V']).error !== undefined;
if (hasNoIp) console.warn('what somebody removes of a link is not tried: apt-get install iproute2');

/** Says its name to whoever connects. */
const greeter = (name: string) =>
  aContainer({
    command: [
      'node',
      '-e',
      `require('node:net').createServer((s) => s.end(${JSON.stringify(name)})).listen(7000, '::')`,
    ],
  });

describeReal('a pod’s link', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterEach(() => instance.deleteAll());
  afterAll(() => instance.stop());

  const start = async (name: string, container = greeter(name)): Promise<PodObject> => {
    await instance.apply(aPod({ name, containers: [container] }));
    return instance.waitForPod(name, 'runs', isRunning);
  };
  const answers = (pod: PodObject): Promise<string> =>
    waitFor(`${pod.metadata.name} answers`, () => ask(addressesOf(pod)[0] ?? '', 7000).catch(() => undefined));

  test('has a name of the instance, an alias that says whose it is, and the pod’s addresses at its other end', async () => {
    const pod = await start('linked');
    const { uid } = pod.metadata;
    expect(hostLink(pod)).toMatchObject({
      name: expect.stringMatching(new RegExp(`^pc[0-9a-f]{4}${uid.replaceAll('-', '').slice(0, 9)}$`)),
      alias: `podctl default/linked ${uid}`,
      isUp: true,
      inet: { forwarding: 1, rp_filter: 1, route_localnet: 1, accept_redirects: 0 },
    });
    const inside = await instance.exec('linked', ['node', '-p', 'JSON.stringify(os.networkInterfaces().eth0)']);
    const seen = JSON.parse(inside.output).map(({ cidr }: { cidr: string }) => cidr);
    expect(seen).toEqual(addressesOf(pod).map((address) => `${address}/${address.includes(':') ? 128 : 32}`));
    expect(switchOf(`ipv6/conf/${hostLink(pod)?.name}/accept_ra`)).toBe('0');
  });

  test('leads from the machine to the pod, to the machine, and to another pod, by both families', async () => {
    const [web, api] = await Promise.all([start('web'), start('api')]);
    await Promise.all([answers(web), answers(api)]);
    for (const address of addressesOf(api)) {
      expect(await ask(address, 7000), address).toBe('api');
      expect(await askFrom(instance, 'web', address, 7000), address).toBe('api');
    }
    const server = createServer((socket) => socket.end('machine')).listen(0, '::');
    await once(server, 'listening');
    try {
      const { dnsAddress } = (await instance.system()).network;
      expect(await askFrom(instance, 'web', dnsAddress ?? '', portOf(server))).toBe('machine');
    } finally {
      server.close();
    }
  });

  test.skipIf(hasNoIp)('lets no packet with another’s address out of the pod', async () => {
    const liar = await start('liar');
    const [own = ''] = addressesOf(liar);
    const { dnsAddress = '' } = (await instance.system()).network;
    execaSync('sh', ['-c', inPod(liar, 'ip address add 10.99.77.77/32 dev eth0')]);
    const heard: string[] = [];
    const server = createSocket('udp4', (_, { address }) => heard.push(address));
    server.bind(0);
    await once(server, 'listening');
    try {
      const { port } = server.address();
      await sendFrom(instance, 'liar', { from: '10.99.77.77', to: dnsAddress, port });
      await sendFrom(instance, 'liar', { from: own, to: dnsAddress, port });
      await waitFor('what has its own address is heard', () => heard.includes(own));
      expect(heard).toEqual([own]);
    } finally {
      server.close();
    }
  });

  describe.skipIf(hasNoIp)('is repaired', () => {
    const cases: [string, (link: string, pod: PodObject) => string][] = [
      ['its route', (_, pod) => `ip route del ${addressesOf(pod)[0]}`],
      ['its IPv6 route', (_, pod) => `ip -6 route del ${addressesOf(pod)[1]}`],
      ['the machine’s end', (link) => `ip link del ${link}`],
      ['the state of the machine’s end', (link) => `ip link set ${link} down`],
      ['its switch of forwarding', (link) => `sysctl -qw net.ipv4.conf.${link}.forwarding=0`],
      // with these the kernel switches IPv6 forwarding off on every link
      ['IPv6 forwarding', () => switchThereAndBack('net.ipv6.conf.all.forwarding')],
      ['IPv6 forwarding that was off', () => 'sysctl -qw net.ipv6.conf.all.forwarding=0'],
      ...(existsSync('/proc/sys/net/ipv6/conf/all/force_forwarding')
        ? [
            ['forced IPv6 forwarding', () => switchThereAndBack('net.ipv6.conf.all.force_forwarding')] as [
              string,
              () => string,
            ],
          ]
        : []),
      ['the address in the pod', (_, pod) => inPod(pod, `ip address del ${addressesOf(pod)[0]}/32 dev eth0`)],
      ['the IPv6 address in the pod', (_, pod) => inPod(pod, `ip address del ${addressesOf(pod)[1]}/128 dev eth0`)],
      ['the pod’s end', (_, pod) => inPod(pod, 'ip link del eth0')],
      ['the state of the pod’s end', (_, pod) => inPod(pod, 'ip link set eth0 down')],
    ];

    test('whatever of it somebody removes, and nothing else is touched', async () => {
      const [pod, other] = await Promise.all([start('mended'), start('other')]);
      await Promise.all([answers(pod), answers(other)]);
      const link = hostLink(pod)?.name ?? '';
      const held = connect(7000, addressesOf(other)[0] ?? '');
      await once(held, 'connect');
      const untouched = hostLink(other)?.index;
      for (const [what, command] of cases) {
        execaSync('sh', ['-c', command(link, pod)]);
        await waitFor(`${what} is back`, () => isWhole(pod));
        for (const address of addressesOf(pod)) {
          expect(await ask(address, 7000), `${what}: ${address}`).toBe('mended');
          expect(await askFrom(instance, 'other', address, 7000), `${what}: ${address} from a pod`).toBe('mended');
        }
      }
      expect(hostLink(other)?.index).toBe(untouched);
      held.destroy();
    });

    test('what was removed while podd was dead is put back by the next one', async () => {
      const pod = await start('survivor');
      await answers(pod);
      const before = hostLink(pod)?.name ?? '';
      await instance.killPodd();
      execaSync('ip', ['link', 'del', before]);
      await instance.startPodd();
      await waitFor('it is back', () => isWhole(pod));
      expect(await answers(pod)).toBe('survivor');
    });

    test('a connection outlives podd and the next podd’s look at the link', async () => {
      const echo = "require('node:net').createServer((s) => s.pipe(s)).listen(7000, '::')";
      const pod = await start('echo', aContainer({ command: ['node', '-e', echo] }));
      const held = await waitFor('it answers', () => opened(addressesOf(pod)[0] ?? '', 7000).catch(() => undefined));
      const { index } = hostLink(pod) ?? {};
      await instance.restartPodd();
      held.write('still there');
      expect(String((await once(held, 'data'))[0])).toBe('still there');
      expect(hostLink(pod)?.index).toBe(index);
      held.destroy();
    });

    test('another’s link of the instance’s prefix is left alone', async () => {
      const pod = await start('own');
      const foreign = `${hostLink(pod)?.name.slice(0, 6)}fffffffff`;
      execaSync('ip', ['link', 'add', foreign, 'type', 'veth', 'peer', 'name', 'pcpeer']);
      try {
        await instance.restartPodd();
        await instance.waitForPod('own', 'runs', isRunning);
        expect(allLinks().map(({ name }) => name)).toContain(foreign);
      } finally {
        execaSync('ip', ['link', 'del', foreign]);
      }
    });
  });

  test('goes with the pod', async () => {
    const pod = await start('short');
    const { name = '' } = hostLink(pod) ?? {};
    await instance.deletePod('short');
    await waitFor('it is gone', () => !allLinks().some((link) => link.name === name));
  });

  const isWhole = (pod: PodObject): boolean => {
    const link = hostLink(pod);
    const addresses = addressesOf(pod);
    if (link?.isUp !== true || link.inet?.forwarding !== 1 || !forwardsIpv6(link)) return false;
    const routes = execaSync('sh', ['-c', `ip route show dev ${link.name}; ip -6 route show dev ${link.name}`]).stdout;
    const inside = execaSync('sh', ['-c', inPod(pod, 'sh -c "ip address; ip route; ip -6 route"')]).stdout;
    const isInside = (address: string): boolean => inside.includes(` ${address}/`);
    const leads = inside.includes('default via 169.254.1.1') && inside.includes('default via fe80::1');
    return leads && addresses.every((address) => routes.includes(address) && isInside(address));
  };
});

const addressesOf = (pod: PodObject): string[] => (pod.status.podIPs ?? []).map(({ ip }) => ip);
const inPod = (pod: PodObject, command: string): string => `nsenter -t ${initPid(pod)} -n ${command}`;
const switchOf = (path: string): string => readFileSync(`/proc/sys/net/${path}`, 'utf8').trim();
const switchThereAndBack = (name: string): string => `sysctl -qw ${name}=1 && sysctl -qw ${name}=0`;
function forwardsIpv6({ name }: Link): boolean {
  const forced = `ipv6/conf/${name}/force_forwarding`;
  return switchOf(existsSync(`/proc/sys/net/${forced}`) ? forced : 'ipv6/conf/all/forwarding') === '1';
}
const portOf = (server: Server): number => (server.address() as { port: number }).port;
function allLinks(): Link[] {
  const socket = openNetlink('route');
  try {
    return dump(socket, listLinks(), decodeLink);
  } finally {
    closeSync(socket);
  }
}

const hostLink = (pod: PodObject): Link | undefined =>
  allLinks().find(({ alias }) => alias.endsWith(` ${pod.metadata.uid}`));

async function opened(address: string, port: number) {
  const socket = connect(port, address);
  await once(socket, 'connect');
  return socket;
}

/** What whoever listens there says until it ends the connection. */
async function ask(address: string, port: number): Promise<string> {
  const socket = connect({ port, host: address, timeout: 3_000 });
  socket.once('timeout', () => socket.destroy(new Error(`${address} does not answer`)));
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

async function askFrom(instance: Instance, pod: string, address: string, port: number): Promise<string> {
  const script = `require('node:net').connect(${port}, '${address}').setTimeout(3000, () => process.exit(1)).on('error', (e) => { console.log(e.code); process.exit(1); }).pipe(process.stdout)`;
  const { code, output } = await instance.exec(pod, ['node', '-e', script]);
  if (code !== 0) throw new Error(`${pod} does not reach ${address}: ${output}`);
  return output;
}

/** One datagram, handed to the kernel when it returns. */
async function sendFrom(
  instance: Instance,
  pod: string,
  { from, to, port }: { readonly from: string; readonly to: string; readonly port: number },
): Promise<void> {
  const send = `s.send('x', ${port}, '${to}', () => s.close())`;
  const script = `const s = require('node:dgram').createSocket('udp4').bind(0, '${from}', () => ${send})`;
  expect(await instance.exec(pod, ['node', '-e', script])).toEqual({ code: 0, output: '' });
}

/** The table on the real kernel, in network namespaces of the test's own, with real sockets; no podd. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { HostPortState, NetworkState, ServiceState } from '../../src/model/network.ts';
import { createFirewall, type Firewall } from '../../src/network/firewall.ts';
import { describeReal } from '../support/describe-real.ts';
import {
  endpointOf,
  hostLink,
  labSettings,
  machine,
  type NetworkLab,
  startNetworkLab,
} from '../support/network-lab.ts';
import type { NetworkParty } from '../support/network-party.ts';
import { waitFor, within } from '../support/wait-for.ts';

const nft = (...args: string[]): string => execFileSync('nft', args, { encoding: 'utf8' });
const table = ['inet', labSettings.table];

const otherTable = `table inet other {
  set s { type ipv4_addr; elements = { 192.0.2.7 }; }
  chain c { ip saddr @s counter; }
}
`;
const aState = (state: Partial<NetworkState>): NetworkState => ({
  hostPorts: [],
  services: [],
  isolations: [],
  ...state,
});
const aHostPort = (port: Partial<HostPortState> = {}): HostPortState => ({
  protocol: 'TCP',
  hostPort: 8080,
  target: endpointOf(1, 80),
  pod: 'default/pod1',
  ...port,
});
const serviceIps = ['10.99.128.20', 'fd12:3456:789a:1::20'];
const aService = (service: Partial<ServiceState> = {}): ServiceState => ({
  namespace: 'default',
  name: 'web',
  ips: serviceIps,
  ports: [{ protocol: 'TCP', port: 80, endpoints: [1, 2, 3].map((number) => endpointOf(number, 80)) }],
  ...service,
});

function runIn(party: NetworkParty | undefined, script: string): void {
  execFileSync('nsenter', ['-t', String(party?.pid), '-n', 'sh', '-c', script]);
}

describeReal('the firewall', () => {
  let lab: NetworkLab;
  let firewall: Firewall;
  const told: string[] = [];

  /** As the next podd does. */
  const replaceFirewall = async (): Promise<void> => {
    firewall?.close();
    firewall = await createFirewall({ settings: labSettings, log: (message) => told.push(message) });
  };

  beforeAll(async () => {
    lab = await startNetworkLab(3);
    for (const pod of lab.pods) {
      await pod.listen(80);
      await pod.listen(53, { protocol: 'UDP' });
    }
    await lab.outside.listen(7000);
    await lab.beyond.listen(7000);
    await replaceFirewall();
  });

  afterEach(async () => {
    await within(`no table; told: ${told.join()}`, 5_000, firewall.remove());
    expect(told.splice(0)).toEqual([]);
  });

  afterAll(async () => {
    firewall?.close();
    await lab?.stop();
  });

  test('leads a hostPort to its pod: from outside, from the machine, from localhost, from another pod, from the pod itself', async () => {
    expect(firewall).toMatchObject({ mode: 'nftables' });
    await firewall.apply(aState({ hostPorts: [aHostPort()] }));
    const [pod1, pod2] = lab.pods;
    const ask = (party: typeof pod1, host: string) => party?.ask({ host, port: 8080 });
    expect(await ask(lab.outside, machine.ipv4)).toBe('pod1 192.0.2.2');
    expect(await ask(lab.outside, machine.ipv6)).toBe('pod1 2001:db8::2');
    expect(await ask(lab.inside, machine.ipv4)).toBe(`pod1 ${machine.ipv4}`);
    expect(await ask(lab.inside, machine.ipv6)).toBe(`pod1 ${machine.ipv6}`);
    expect(await ask(lab.inside, '127.0.0.1')).toBe(`pod1 ${labSettings.dnsAddress}`);
    expect(await ask(lab.inside, '::1')).toBe('ECONNREFUSED');
    expect(await ask(pod2, machine.ipv4)).toBe('pod1 10.99.0.2');
    expect(await ask(pod2, machine.ipv6)).toBe('pod1 fd12:3456:789a::2');
    expect(await ask(pod1, machine.ipv4)).toBe(`pod1 ${labSettings.dnsAddress}`);
    expect(await ask(pod1, machine.ipv6)).toBe('pod1 fd12:3456:789a:1::');
    await firewall.apply(aState({}));
    expect(await ask(lab.outside, machine.ipv4)).toBe('ECONNREFUSED');
  });

  test('leads a UDP hostPort too, and one with a hostIP only from there', async () => {
    const udp = aHostPort({ protocol: 'UDP', hostPort: 5300, target: endpointOf(2, 53) });
    await firewall.apply(aState({ hostPorts: [aHostPort({ hostIP: '127.0.0.1' }), udp] }));
    const question = { protocol: 'UDP', port: 5300 } as const;
    expect(await lab.outside.ask({ ...question, host: machine.ipv4 })).toBe('pod2 192.0.2.2');
    expect(await lab.outside.ask({ ...question, host: machine.ipv6 })).toBe('pod2 2001:db8::2');
    expect(await lab.inside.ask({ ...question, host: '127.0.0.1' })).toBe(`pod2 ${labSettings.dnsAddress}`);
    expect(await lab.inside.ask({ host: '127.0.0.1', port: 8080 })).toBe(`pod1 ${labSettings.dnsAddress}`);
    expect(await lab.outside.ask({ host: machine.ipv4, port: 8080 })).toBe('ECONNREFUSED');
  });

  test('leads a UDP client that keeps sending to the new pod of its port', async () => {
    const at = (number: number) => aHostPort({ protocol: 'UDP', hostPort: 5300, target: endpointOf(number, 53) });
    const ask = (host: string) => lab.outside.ask({ protocol: 'UDP', port: 5300, host, fromPort: 40_000 });
    await firewall.apply(aState({}));
    expect(await ask(machine.ipv4)).toBe('ECONNREFUSED');
    for (const number of [1, 2, 3]) {
      await firewall.apply(aState({ hostPorts: [at(number)] }));
      expect(await ask(machine.ipv4)).toBe(`pod${number} 192.0.2.2`);
      expect(await ask(machine.ipv6)).toBe(`pod${number} 2001:db8::2`);
    }
  });

  test('gives a Service’s connections to its endpoints in turn, exactly evenly', async () => {
    await firewall.apply(aState({ services: [aService()] }));
    for (const host of serviceIps) {
      const answers: string[] = [];
      for (let turn = 0; turn < 9; turn++) answers.push((await lab.inside.ask({ host, port: 80 })).split(' ')[0] ?? '');
      expect(answers.toSorted()).toEqual(['pod1', 'pod2', 'pod3'].flatMap((pod) => [pod, pod, pod]));
    }
    expect(await lab.pods[0]?.ask({ host: serviceIps[0] ?? '', port: 80 })).toMatch(/^pod[123] 10\.99\./);
  });

  test('keeps a client at its endpoint, as long as that is there', async () => {
    const sticky = (...numbers: number[]) => {
      const endpoints = numbers.map((number) => endpointOf(number, 80));
      return aState({
        services: [aService({ affinitySeconds: 60, ports: [{ protocol: 'TCP', port: 80, endpoints }] })],
      });
    };
    const ask = async (host = serviceIps[0] ?? '') => (await lab.inside.ask({ host, port: 80 })).split(' ')[0] ?? '';
    await firewall.apply(sticky(1, 2, 3));
    const first = await ask();
    for (let turn = 0; turn < 5; turn++) expect(await ask()).toBe(first);
    const sixth = await ask(serviceIps[1]);
    for (let turn = 0; turn < 5; turn++) expect(await ask(serviceIps[1])).toBe(sixth);
    const number = Number(first.slice(3));
    await firewall.apply(sticky(number));
    await firewall.apply(sticky(number, ...[1, 2, 3].filter((other) => other !== number)));
    expect(await ask()).toBe(first);
    const others = [1, 2, 3].filter((other) => other !== number);
    await firewall.apply(sticky(...others));
    const second = await ask();
    expect(others.map((other) => `pod${other}`)).toContain(second);
    expect(await ask()).toBe(second);
  });

  test('refuses at once what a Service without endpoints is asked, and ports that it does not have', async () => {
    const empty = aService({
      ips: [...serviceIps, '203.0.113.9'],
      ports: [{ protocol: 'TCP', port: 80, nodePort: 30080, endpoints: [] }],
    });
    await firewall.apply(aState({ services: [empty] }));
    for (const party of [lab.inside, ...lab.pods.slice(0, 1)]) {
      for (const host of [...serviceIps, '203.0.113.9'])
        expect([host, await party.ask({ host, port: 80 })]).toEqual([host, 'ECONNREFUSED']);
      expect(await party.ask({ host: serviceIps[0] ?? '', port: 81 })).toBe('ECONNREFUSED');
    }
    // Once: the kernel limits how many ICMP errors it sends to one host.
    expect(await lab.inside.ask({ host: serviceIps[0] ?? '', port: 81, protocol: 'UDP' })).toBe('ECONNREFUSED');
    expect(await lab.outside.ask({ host: machine.ipv4, port: 30080 })).toBe('ECONNREFUSED');
  });

  test('leads a NodePort and external addresses to the endpoints', async () => {
    const ports = [{ protocol: 'TCP', port: 80, nodePort: 30080, endpoints: [endpointOf(2, 80)] }] as const;
    await firewall.apply(aState({ services: [aService({ ips: [...serviceIps, machine.ipv4], ports })] }));
    expect(await lab.outside.ask({ host: machine.ipv4, port: 30080 })).toBe('pod2 192.0.2.2');
    expect(await lab.outside.ask({ host: machine.ipv6, port: 30080 })).toBe('pod2 2001:db8::2');
    expect(await lab.inside.ask({ host: '127.0.0.1', port: 30080 })).toBe(`pod2 ${labSettings.dnsAddress}`);
    expect(await lab.outside.ask({ host: machine.ipv4, port: 80 })).toBe('pod2 192.0.2.2');
    expect(await lab.pods[1]?.ask({ host: machine.ipv4, port: 30080 })).toBe(`pod2 ${labSettings.dnsAddress}`);
  });

  test('masquerades what leaves for the outside, and not what goes to pods and the machine', async () => {
    await lab.inside.listen(7001);
    await firewall.apply(aState({}));
    const [pod1, pod2] = lab.pods;
    expect(await pod1?.ask({ host: '192.0.2.2', port: 7000 })).toBe(`outside ${machine.ipv4}`);
    expect(await pod1?.ask({ host: '2001:db8::2', port: 7000 })).toBe(`outside ${machine.ipv6}`);
    expect(await pod1?.ask({ host: machine.ipv4, port: 7001 })).toBe('inside 10.99.0.1');
    expect(await pod2?.ask({ host: '10.99.0.1', port: 80 })).toBe('pod1 10.99.0.2');
    expect(await lab.inside.ask({ host: '10.99.0.1', port: 80 })).toMatch(/^pod1 /);
  });

  test('changes nothing of a connection that exists when the whole table is replaced', async () => {
    await firewall.apply(aState({ hostPorts: [aHostPort()], services: [aService()] }));
    await lab.outside.open('port', machine.ipv4, 8080);
    await lab.inside.open('service', serviceIps[0] ?? '', 80);
    const say = async (text: string) => [await lab.outside.say('port', text), await lab.inside.say('service', text)];
    await replaceFirewall();
    await firewall.apply(aState({ hostPorts: [aHostPort({ target: endpointOf(2, 80) })] }));
    expect(await say('two')).toEqual(['two', 'two']);
    expect(await lab.outside.ask({ host: machine.ipv4, port: 8080 })).toBe('pod2 192.0.2.2');
  });

  test.each([
    ['flushed', ['flush', 'table', ...table], 'changed'],
    ['deleted', ['delete', 'table', ...table], 'removed'],
    ['robbed of a rule', ['flush', 'chain', ...table, 'host-ports'], 'changed'],
    ['given a rule', ['insert', 'rule', ...table, 'forward', 'drop'], 'changed'],
    ['robbed of an element', ['delete', 'element', ...table, 'host-ports4', '{ 6 . 8080 }'], 'changed'],
    ['given a set', ['add', 'set', ...table, 'more', '{ type ipv4_addr; }'], 'changed'],
  ])('mends a table that was %s, and the connections through it notice nothing', async (_, command, how) => {
    await firewall.apply(aState({ hostPorts: [aHostPort()], services: [aService()] }));
    const whole = nft('list', 'table', ...table);
    execFileSync('nft', ['-f', '-'], { input: otherTable });
    const other = nft('list', 'table', 'inet', 'other');
    await lab.outside.open('port', machine.ipv4, 8080);
    await lab.inside.open('service', serviceIps[0] ?? '', 80);
    nft(...command);
    expect([await lab.outside.say('port', 'one'), await lab.inside.say('service', 'two')]).toEqual(['one', 'two']);
    await waitFor('the table is whole', () => told.length > 0);
    expect(told.splice(0)).toEqual([`table inet podctl_lab was ${how} by nft: put back`]);
    expect(nft('list', 'table', ...table)).toBe(whole);
    expect(await lab.outside.ask({ host: machine.ipv4, port: 8080 })).toBe('pod1 192.0.2.2');
    expect(nft('list', 'table', 'inet', 'other')).toBe(other);
    nft('delete', 'table', 'inet', 'other');
  });

  test('takes a table over as it is, and rewrites what another podd left behind', async () => {
    const state = aState({ hostPorts: [aHostPort()], services: [aService()] });
    await firewall.apply(state);
    const handles = nft('-a', 'list', 'table', ...table);
    await replaceFirewall();
    await firewall.apply(state);
    expect(nft('-a', 'list', 'table', ...table)).toBe(handles);
    await replaceFirewall();
    await firewall.apply(aState({}));
    expect(nft('list', 'map', ...table, 'host-ports4')).not.toContain('8080');
  });

  test.each([
    ['10.99.0.2', '10.99.0.3', '10.99.0.1'],
    ['fd12:3456:789a::2', 'fd12:3456:789a::3', 'fd12:3456:789a::1'],
  ])('drops what a pod sends to %s as another pod (%s), whatever rp_filter says', async (host, other, own) => {
    const [pod1, pod2] = lab.pods;
    for (const link of ['all', hostLink(1)]) writeFileSync(`/proc/sys/net/ipv4/conf/${link}/rp_filter`, '0');
    const borrow = (verb: string) =>
      runIn(pod1, `ip address ${verb} ${other}/${other.includes(':') ? '128 dev eth0 nodad' : '32 dev eth0'}`);
    borrow('add');
    const send = (from: string) => pod1?.ask({ protocol: 'UDP', host, port: 53, from }, 50);
    const heard = async () => (await pod2?.heard())?.filter((one) => one === own || one === other);
    await send(other);
    await waitFor('it is heard without a table', async () => (await heard())?.includes(other));
    await firewall.apply(aState({}));
    await send(other);
    await send(own);
    await waitFor('what comes after it is heard', async () => (await heard())?.includes(own));
    expect(await heard()).toEqual([other, own]);
    borrow('delete');
  });

  test('keeps pods from what listens on the machine’s loopback', async () => {
    const [pod1] = lab.pods;
    await lab.inside.listen(7002, { host: '127.0.0.1', protocol: 'UDP' });
    const steps = [
      'ip address delete 127.0.0.1/8 dev lo',
      'ip route add 127.0.0.0/8 via 169.254.1.1 dev eth0 onlink',
      'echo 1 >/proc/sys/net/ipv4/conf/eth0/route_localnet',
    ];
    runIn(pod1, steps.join('; '));
    const send = () => pod1?.ask({ protocol: 'UDP', host: '127.0.0.1', port: 7002 }, 50);
    await send();
    await waitFor('it is heard without a table', async () => (await lab.inside.heard()).length > 0);
    await firewall.apply(aState({}));
    await send();
    await lab.inside.ask({ protocol: 'UDP', host: '127.0.0.1', port: 7002 });
    expect(await lab.inside.heard()).toEqual(['10.99.0.1', '127.0.0.1']);
    runIn(pod1, 'ip route delete 127.0.0.0/8; ip address add 127.0.0.1/8 dev lo');
  });

  test('lets nothing through between links that did not forward before, and pods to both', async () => {
    const beyond = { host: '198.51.100.2', port: 7000 };
    await firewall.apply(aState({}));
    expect(await lab.outside.ask(beyond)).toBe('beyond 192.0.2.2');
    const closedLinks = { ipv4: ['up0', 'up1'], ipv6: ['up0', 'up1'] };
    await firewall.apply(aState({ hostPorts: [aHostPort()] }), { closedLinks });
    expect(await lab.outside.ask(beyond, 200)).toBe('nothing');
    expect(await lab.pods[1]?.ask(beyond)).toBe('beyond 198.51.100.1');
    expect(await lab.outside.ask({ host: machine.ipv4, port: 8080 })).toBe('pod1 192.0.2.2');
  });

  test('leaves the ports to podnet where nft is missing, and says so', async () => {
    const path = process.env.PATH;
    process.env.PATH = '/nowhere';
    try {
      const other = await createFirewall({ settings: labSettings, log: () => undefined });
      expect(other).toMatchObject({ mode: 'userland', why: 'nft is not in PATH (apt-get install nftables)' });
    } finally {
      process.env.PATH = path;
    }
  });
});

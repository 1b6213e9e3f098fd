/** Services as chains: the map leads a Service's port to its chain, the chain to one endpoint after the other. Pure. */
import type { Endpoint, ServicePortState, ServiceState } from '../model/network.ts';
import { type NftChain, type NftSet, protocolNumbers, type RulesetPart } from '../model/ruleset.ts';

/** `services4`, `services6` and `node-ports` for those that have endpoints, `refused4` and `refused6` for the others. */
export function planServiceChains(services: readonly ServiceState[]): RulesetPart {
  const ports = services.flatMap((service) => service.ports.map((port) => planPort(service, port)));
  const answered = ports.filter(({ port }) => port.endpoints.length > 0);
  const refused = ports.filter(({ port }) => port.endpoints.length === 0);
  return {
    sets: {
      services4: setOf('map', 4, answered),
      services6: setOf('map', 6, answered),
      'node-ports': nodePortsOf(answered),
      refused4: setOf('set', 4, refused),
      refused6: setOf('set', 6, refused),
      ...Object.assign({}, ...answered.map(({ sets }) => sets)),
    },
    chains: Object.assign({}, ...answered.map(({ chains }) => chains)),
  };
}

interface PlannedPort extends RulesetPart {
  readonly service: ServiceState;
  readonly port: ServicePortState;
  readonly chain: string;
}

function planPort(service: ServiceState, port: ServicePortState): PlannedPort {
  // nft takes slashes in names, and Kubernetes does not: no two Services have one
  const name = `${service.namespace}/${service.name}/${port.protocol.toLowerCase()}/${port.port}`;
  const chain = `svc/${name}`;
  const families = ([4, 6] as const).map((family) => ({ family, targets: targetsOf(port.endpoints, family) }));
  const parts = families
    .filter(({ targets }) => targets.length > 0)
    .map(({ family, targets }) => {
      const turn = { family, targets, protocol: protocolNumbers[port.protocol] };
      return service.affinitySeconds === undefined
        ? { rules: [roundRobin(turn)], sets: {}, chains: {} }
        : stickyRules(turn, name, service.affinitySeconds);
    });
  return {
    service,
    port,
    chain,
    sets: Object.assign({}, ...parts.map(({ sets }) => sets)),
    chains: Object.assign({ [chain]: { rules: parts.flatMap(({ rules }) => rules) } }, ...parts.map((p) => p.chains)),
  };
}

interface Target {
  readonly address: string;
  readonly port: number;
}

interface Turn {
  readonly family: 4 | 6;
  readonly protocol: number;
  readonly targets: readonly Target[];
}

function targetsOf(endpoints: readonly Endpoint[], family: 4 | 6): readonly Target[] {
  return endpoints.flatMap(({ addresses, port }) => {
    const address = family === 4 ? addresses.ipv4 : addresses.ipv6;
    return address === undefined ? [] : [{ address, port }];
  });
}

/** The kernel counts: exactly even, over all CPUs. */
function roundRobin({ family, protocol, targets }: Turn): string {
  const turns = targets.map(({ address, port }, index) => `${index} : ${address} . ${port}`);
  const to = `numgen inc mod ${targets.length} map { ${turns.join(', ')} }`;
  return `meta nfproto ipv${family} meta l4proto ${protocol} dnat ${ip(family)} to ${to}`;
}

/** An endpoint remembers its clients in a set of its own, which goes with it. What is seen is the first packet of each connection. */
function stickyRules(
  turn: Turn,
  service: string,
  seconds: number,
): { readonly rules: readonly string[] } & RulesetPart {
  const { family, protocol, targets } = turn;
  const named = targets.map((target) => ({
    ...target,
    suffix: `${service}/${target.address.replaceAll(':', '.')}/${target.port}`,
  }));
  const chainOf = ({ address, port, suffix }: (typeof named)[number]): readonly [string, NftChain] => [
    `ep/${suffix}`,
    {
      rules: [
        `update @clients/${suffix} { ${ip(family)} saddr timeout ${seconds}s }`,
        `meta l4proto ${protocol} dnat ${ip(family)} to ${family === 4 ? address : `[${address}]`}:${port}`,
      ],
    },
  ];
  const clients: NftSet = { kind: 'set', type: `ipv${family}_addr`, flags: 'dynamic,timeout', elements: {} };
  const turns = named.map(({ suffix }, index) => `${index} : goto ep/${suffix}`);
  return {
    rules: [
      ...named.map(({ suffix }) => `${ip(family)} saddr @clients/${suffix} goto ep/${suffix}`),
      `meta nfproto ipv${family} numgen inc mod ${targets.length} vmap { ${turns.join(', ')} }`,
    ],
    sets: Object.fromEntries(named.map(({ suffix }) => [`clients/${suffix}`, clients])),
    chains: Object.fromEntries(named.map(chainOf)),
  };
}

const ip = (family: 4 | 6): 'ip' | 'ip6' => (family === 4 ? 'ip' : 'ip6');

function setOf(kind: NftSet['kind'], family: 4 | 6, ports: readonly PlannedPort[]): NftSet {
  const key = `ipv${family}_addr . inet_proto . inet_service`;
  const elements = ports.flatMap(({ service, port, chain }) =>
    service.ips
      .filter((address) => address.includes(':') === (family === 6))
      .map((address) => [
        `${address} . ${protocolNumbers[port.protocol]} . ${port.port}`,
        kind === 'map' ? `goto ${chain}` : '',
      ]),
  );
  return { kind, type: kind === 'map' ? `${key} : verdict` : key, elements: Object.fromEntries(elements) };
}

function nodePortsOf(ports: readonly PlannedPort[]): NftSet {
  const elements = ports.flatMap(({ port, chain }) =>
    port.nodePort === undefined ? [] : [[`${protocolNumbers[port.protocol]} . ${port.nodePort}`, `goto ${chain}`]],
  );
  return { kind: 'map', type: 'inet_proto . inet_service : verdict', elements: Object.fromEntries(elements) };
}

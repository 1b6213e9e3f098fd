/** What the kernel does for all pods together, in one nftables table that is kept as it is wanted. */
import { type NftablesChange, watchNftables } from '../linux/nftables-events.ts';
import type { NetworkSettings, NetworkState } from '../model/network.ts';
import { formatError, hintOf } from '../util/pod-error.ts';
import { endStaleFlows } from './end-stale-flows.ts';
import { runNft } from './nft.ts';
import { planRuleset, type RulesetOptions } from './plan-ruleset.ts';
import { formatRuleset, keptAliveBy } from './plan-ruleset-change.ts';
import { planUdpFronts, type UdpFronts } from './plan-stale-flows.ts';
import { TableKeeper } from './table-keeper.ts';

export interface FirewallOptions {
  readonly settings: NetworkSettings;
  readonly log: (message: string) => void;
}

export interface Firewall {
  /** `userland`: nothing is done here, podnet serves the ports (plan-proxies.ts) */
  readonly mode: 'nftables' | 'userland';
  /** of userland, with what to do about it */
  readonly why?: string;
  /** Resolves when this state, or a later one, is in the kernel. Never throws: what fails is told once, and tried again. */
  apply(state: NetworkState, options?: RulesetOptions): Promise<void>;
  /** No table: there are no pods. */
  remove(): Promise<void>;
  /** podd ends: the table stays and works. */
  close(): void;
}

/** Tries whether this kernel and its nft can do all that a table may hold; nothing is changed before the first apply. */
export async function createFirewall(options: FirewallOptions): Promise<Firewall> {
  const why = await whyNot(options.settings);
  return why === undefined ? kernelFirewall(options) : userlandFirewall(why);
}

function userlandFirewall(why: string): Firewall {
  const nothing = (): Promise<void> => Promise.resolve();
  return { mode: 'userland', why, apply: nothing, remove: nothing, close: () => {} };
}

function kernelFirewall({ settings, log }: FirewallOptions): Firewall {
  const keeper = new TableKeeper({ table: settings.table, log });
  const closeWatch = watchTable(settings.table, keeper);
  const followFlows = flowFollower(log);
  return {
    mode: 'nftables',
    apply: async (state, options) => {
      await keeper.want(planRuleset(settings, state, options));
      followFlows(planUdpFronts(state));
    },
    remove: () => keeper.want('absent'),
    close: () => {
      closeWatch();
      keeper.close();
    },
  };
}

function flowFollower(log: (message: string) => void): (fronts: UdpFronts) => void {
  let last: UdpFronts = new Map();
  let isTold = false;
  return (fronts) => {
    const before = last;
    last = fronts;
    try {
      endStaleFlows(before, fronts);
    } catch (error) {
      if (!isTold) log(`UDP clients may keep talking to pods that are gone: ${formatError(error)}`);
      isTold = true;
    }
  };
}

/** So long between two repairs at least: another program that goes on changing the table must not keep podd busy. */
const pauseMs = 400;

/** Returns what ends it. What others do to the table is looked at at once: until it is mended, new connections are lost. */
function watchTable(table: string, keeper: TableKeeper): () => void {
  let timer: NodeJS.Timeout | undefined;
  let heard: Parameters<TableKeeper['suspect']> = ['', 'unknown'];
  let lastMs = Number.NEGATIVE_INFINITY;
  const suspect = (...what: typeof heard): void => {
    heard = what;
    timer ??= setTimeout(
      () => {
        timer = undefined;
        lastMs = performance.now();
        keeper.suspect(...heard);
      },
      Math.max(0, lastMs + pauseMs - performance.now()),
    );
  };
  const take = ({ tables, removed, pid, program }: NftablesChange): void => {
    const isOurs = tables.has(table) || tables.has(keptAliveBy(table));
    if (isOurs && !keeper.isOwn(pid)) suspect(program, removed.has(table) ? 'absent' : 'unknown');
  };
  const watch = watchNftables(take, () => suspect('', 'unknown'));
  return () => {
    clearTimeout(timer);
    watch.close();
  };
}

/** Why nftables cannot be used; undefined: it can. The kernel judges a whole table (`nft -c`), and keeps nothing of it. */
async function whyNot(settings: NetworkSettings): Promise<string | undefined> {
  const trial = formatRuleset(planRuleset({ ...settings, table: `${settings.table}_trial` }, trialState));
  try {
    await runNft({ args: ['-c', '-f', '-'], input: trial });
    return undefined;
  } catch (error) {
    const hint = hintOf(error);
    return hint === undefined ? formatError(error) : `${formatError(error)} (${hint})`;
  }
}

const endpoint = { addresses: { ipv4: '192.0.2.1', ipv6: '2001:db8::1' }, port: 80 };
const service = {
  namespace: 'trial',
  ips: ['192.0.2.2', '2001:db8::2'],
  ports: [{ protocol: 'TCP', port: 80, endpoints: [endpoint] }],
} as const;
const trialAllows = [
  {
    peers: [
      { cidr: '192.0.2.0/24', except: ['192.0.2.0/25', '192.0.2.192/27'] },
      { cidr: '2001:db8::1/128', except: [] },
    ],
    ports: [{ protocol: 'TCP', from: 80, to: 90 }],
  },
] as const;
/** One of everything. */
const trialState: NetworkState = {
  hostPorts: [{ protocol: 'TCP', hostPort: 80, target: endpoint, pod: 'trial/trial' }],
  services: [
    { ...service, name: 'even' },
    { ...service, name: 'sticky', ips: ['192.0.2.3'], affinitySeconds: 1 },
  ],
  isolations: [{ pod: 'trial/trial', addresses: endpoint.addresses, direction: 'ingress', allows: trialAllows }],
};

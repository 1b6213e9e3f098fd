/** What the kernel does for all pods together, in one nftables table that is kept as it is wanted. */
import type { NetworkSettings, NetworkState } from '../model/network.ts';
import { formatError, hintOf } from '../util/pod-error.ts';
import { runNft } from './nft.ts';
import { planRuleset, type RulesetOptions } from './plan-ruleset.ts';
import { formatRuleset } from './plan-ruleset-change.ts';
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
  return {
    mode: 'nftables',
    apply: (state, options) => keeper.want(planRuleset(settings, state, options)),
    remove: () => keeper.want('absent'),
    close: () => keeper.close(),
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

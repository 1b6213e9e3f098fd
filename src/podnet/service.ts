/** All that podnet serves, as it is wanted at the moment. */
import type { PodnetProblem, PodnetWanted } from '../protocol/podnet.ts';
import { createForwarder } from './forwarder.ts';
import { type NameServer, serveNames } from './name-server.ts';
import { planZone } from './plan-zone.ts';
import { createProxies } from './proxies.ts';
import { createResolver, type Resolver } from './resolver.ts';

export interface Service {
  /** Throws when it is not what podd writes; then all stays as it was. */
  readonly apply: (wanted: PodnetWanted) => void;
  /** resolves when each socket was tried once */
  readonly tried: () => Promise<void>;
}

/** What changes when other names are wanted; sockets and questions under way stay. */
interface Names {
  readonly dns: PodnetWanted['dns'];
  readonly forwarder: ReturnType<typeof createForwarder>;
  readonly resolver: Resolver;
}

const dnsPort = 53;

/** `onProblems` gets all of them whenever one comes or goes. */
export function createService(
  log: (message: string) => void,
  onProblems: (problems: readonly PodnetProblem[]) => void,
): Service {
  const problems = new Map<string, PodnetProblem>();
  const note = (at: Omit<PodnetProblem, 'code'>, error: Error | undefined): void => {
    const key = `${at.use} ${at.protocol} ${at.address} ${at.port}`;
    const code = error === undefined ? undefined : codeOf(error);
    if (problems.get(key)?.code === code) return;
    if (code === undefined) problems.delete(key);
    else problems.set(key, { ...at, code });
    onProblems([...problems.values()]);
  };
  const proxies = createProxies(({ protocol, address, port }, error) =>
    note({ use: 'proxy', protocol, address, port }, error),
  );
  let names: Names | undefined;
  let server: NameServer | undefined;

  const serve = (address: string): void => {
    server?.close();
    for (const [key, { use }] of problems) if (use === 'names') problems.delete(key);
    const at = { address, port: dnsPort };
    server = serveNames(
      at,
      () => (names as Names).resolver,
      (protocol, error) => note({ use: 'names', protocol, ...at }, error),
    );
  };
  return {
    apply: ({ dns, proxies: ports }) => {
      const before = names;
      names = planNames(dns, before, log);
      if (before?.dns.address !== dns.address) serve(dns.address);
      proxies.apply(ports);
    },
    tried: async () => {
      await Promise.all([server?.tried, proxies.tried()]);
    },
  };
}

function planNames(dns: PodnetWanted['dns'], before: Names | undefined, log: (message: string) => void): Names {
  const isSame = before?.dns.address === dns.address && before.dns.upstreams.join() === dns.upstreams.join();
  const forwarder = isSame ? before.forwarder : createForwarder(dns, log);
  return { dns, forwarder, resolver: createResolver(planZone(dns), forwarder) };
}

const codeOf = (error: Error): string => (error as NodeJS.ErrnoException).code ?? error.message;

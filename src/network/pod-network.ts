/**
 * The network of one podd, put together. Its parts keep themselves as they are wanted; here is decided what is wanted, and whether
 * anything is.
 *
 *   a pod, a Service, a policy changes ─touch─▶ (at a pace) pass ─▶ NetworkState ─▶ firewall
 *                                                   │            └─▶ PodnetWanted ─▶ podnet
 *                                                   └─ the last pod's addresses were let go a while ago ─▶ lower: nothing is left
 *
 * Nothing of it has to live for what runs to go on: the kernel and podnet keep what they were told last.
 */
import type { InstancePaths } from '../model/instance-paths.ts';
import type { AddressPair, NetworkSettings, NetworkState } from '../model/network.ts';
import type { NetworkStatus } from '../protocol/api.ts';
import { createWorker, type Worker } from '../reconcile/worker.ts';
import { formatError, PodError } from '../util/pod-error.ts';
import { type AddressOwner, type AddressPool, createAddressPool } from './address-pool.ts';
import { dropClaim } from './claims.ts';
import { createFirewall, type Firewall } from './firewall.ts';
import { createForwarding, type Forwarding } from './forwarding.ts';
import { inTime } from './in-time.ts';
import { createLinks, type Links } from './links.ts';
import type { WantedLink } from './mend-link.ts';
import { createNoNetwork, type Network, type NetworkSource } from './network.ts';
import type { ChosenSettings } from './network-settings.ts';
import { networkStatus, oldAddresses } from './network-status.ts';
import type { ClosedLinks } from './plan-forwarding.ts';
import { type LinkedPod, planPodLink } from './plan-link.ts';
import { isLinked, type NetworkObjects, planNetworkState } from './plan-network-state.ts';
import { planPodnet } from './plan-podnet.ts';
import { planMachineRoutes, planProxies } from './plan-proxies.ts';
import { createPodnet, type Podnet } from './podnet-client.ts';
import { whyNoLinks } from './probe-links.ts';

export interface NetworkDeps {
  readonly paths: InstancePaths;
  readonly log: (message: string) => void;
  /** text of the machine's resolver configuration as it is now */
  readonly resolvConf: () => string;
}

/** Nothing is changed on the machine before `start`. */
export async function createNetwork(chosen: ChosenSettings, deps: NetworkDeps): Promise<Network> {
  const why = whyNoLinks();
  if (why !== undefined) return createNoNetwork(chosen.settings, why);
  const { settings } = chosen;
  return new PodNetwork(chosen, deps, await createFirewall({ settings, log: deps.log }));
}

/** A start is not to share the machine's CPUs with what it means for the others; and a burst of changes is one. */
const settleMs = 10;
/** All pods are looked at in a pass, and a thousand that start tell of themselves some thousand times: a fifth of a CPU at most. */
const restPerPass = 4;
/** What the kernel refused, or a bug: it is tried again. */
const afterFailureMs = 5_000;
/** A pod that follows soon after the last one finds all as it was. */
const lingerMs = 3_000;
/** What ran before podd did tells of itself well within this; it is not waited for longer. */
const knownMs = 3_000;
/** podnet starts, and a table is there, in a tenth of this; nothing waits longer for what does not come. */
const readyMs = 2_000;

class PodNetwork implements Network {
  readonly settings: NetworkSettings;
  readonly #chosen: ChosenSettings;
  readonly #deps: NetworkDeps;
  readonly #pool: AddressPool;
  readonly #firewall: Firewall;
  readonly #links: Links;
  readonly #podnet: Podnet;
  readonly #forwarding: Forwarding;
  readonly #worker: Worker;
  #source: NetworkSource | undefined;
  /** until when pods that ran before are waited for (monotonic); undefined: no more */
  #knownByMs: number | undefined;
  #tellKnown: () => void = () => undefined;
  readonly #known = new Promise<void>((resolve) => {
    this.#tellKnown = resolve;
  });
  /** what the planning of the last pass took */
  #passMs = 0;
  /** links of pods that are gone, on their way out */
  readonly #leaving = new Set<Promise<void>>();
  #touching: NodeJS.Timeout | undefined;
  /** something of the network may be there */
  #isUp = false;
  /** the machine forwards, its own routes are made */
  #isRaised = false;
  /** what pods find when they start is there */
  #isReady = false;
  /** since when no pod has an address */
  #idleSinceMs: number | undefined;
  #state: NetworkState = { hostPorts: [], services: [], isolations: [] };
  #closedLinks: ClosedLinks = { ipv4: [], ipv6: [] };
  /** state and closed links that the firewall was told last */
  #toldState = '';
  #applied: Promise<void> = Promise.resolve();
  #trouble: string | undefined;

  constructor(chosen: ChosenSettings, deps: NetworkDeps, firewall: Firewall) {
    this.settings = chosen.settings;
    this.#chosen = chosen;
    this.#deps = deps;
    this.#pool = createAddressPool(chosen.settings.ranges);
    this.#firewall = firewall;
    this.#links = createLinks({ settings: this.settings, wanted: () => this.#wantedLinks(), log: deps.log });
    this.#podnet = createPodnet({ paths: deps.paths, log: deps.log, onTrouble: () => undefined });
    this.#forwarding = createForwarding({
      run: deps.paths.run,
      linkPrefix: this.settings.linkPrefix,
      closeLinks: (links) => this.#closeLinks(links),
      log: deps.log,
    });
    this.#worker = createWorker(
      () => this.#passOrTell(),
      () => performance.now(),
    );
  }

  /** What a podd before this one left is either in use or taken down. */
  async start(source: NetworkSource): Promise<void> {
    this.#source = source;
    this.#knownByMs = performance.now() + knownMs;
    this.#idleSinceMs = performance.now() - lingerMs;
    this.#isUp = true;
    await this.#links.removeStale();
    this.touch();
  }

  assign(pod: AddressOwner): AddressPair {
    return this.#pool.take(pod);
  }

  keep(pod: AddressOwner, addresses: AddressPair): boolean {
    return this.#pool.keep(pod, addresses);
  }

  linkOf(pod: LinkedPod) {
    const { mtu } = this.#chosen;
    return planPodLink(this.settings, pod, { mtu, routeLocalnet: this.#firewall.mode === 'nftables' });
  }

  async release(uid: string): Promise<boolean> {
    const owner = this.#pool.ownerOf(uid);
    if (owner === undefined) return false;
    const gone = this.#links.remove(this.linkOf(owner).hostLink);
    this.#leaving.add(gone);
    await gone;
    this.#leaving.delete(gone);
    this.#pool.release(uid);
    this.touch();
    return true;
  }

  touch(): void {
    this.#touching ??= setTimeout(
      () => {
        this.#touching = undefined;
        this.#worker.poke();
      },
      Math.max(settleMs, this.#passMs * restPerPass),
    );
  }

  /** A pod that a policy isolates must not run before it is isolated. */
  beforeStart(): Promise<void> | undefined {
    const hasPolicies = this.#source?.hasPolicies() ?? false;
    if (hasPolicies && this.#firewall.mode === 'nftables') return this.#whenIsolated();
    return this.#isReady ? undefined : this.#whenReady().then(() => undefined);
  }

  async settled(): Promise<void> {
    if (this.#isUp) await this.#whenReady();
  }

  status(): NetworkStatus {
    return networkStatus(this.settings, this.#firewall, this.#pool.count(), this.#podnet.pid());
  }

  problems(): readonly string[] {
    const old = oldAddresses(this.settings, this.#pool.outside());
    const trouble = this.#trouble === undefined ? [] : [this.#trouble];
    return [...this.#chosen.problems, ...old, ...trouble, ...this.#podnet.problems()];
  }

  async close(): Promise<void> {
    // The last pods may be gone and their links not yet.
    await Promise.all(this.#leaving);
    clearTimeout(this.#touching);
    await this.#worker.stop();
    const objects = this.#source?.objects();
    if (objects !== undefined && !this.#isNeeded(objects)) {
      if (this.#isUp) await this.#lower();
      await this.#orTell(() => dropClaim(this.#deps.paths.run));
    }
    this.#firewall.close();
    this.#forwarding.close();
    this.#links.close();
    await this.#podnet.close();
  }

  async #passOrTell(): Promise<number | undefined> {
    try {
      return await this.#pass();
    } catch (error) {
      this.#deps.log(`the pod network: ${formatError(error)}`);
      return performance.now() + afterFailureMs;
    }
  }

  /** Returns when to look again. */
  async #pass(): Promise<number | undefined> {
    if (this.#source === undefined || this.#isWaiting(this.#source)) return this.#knownByMs;
    const objects = this.#source.objects();
    if (this.#isNeeded(objects)) {
      this.#idleSinceMs = undefined;
      await this.#serve(objects);
      return undefined;
    }
    if (!this.#isUp) return undefined;
    this.#idleSinceMs ??= performance.now();
    const dueMs = this.#idleSinceMs + lingerMs;
    if (performance.now() < dueMs) {
      await this.#serve(objects);
      return dueMs;
    }
    await this.#lower();
    return undefined;
  }

  /** Who is not known to be ready would be taken out of Services, and connections refused. */
  #isWaiting(source: NetworkSource): boolean {
    if (this.#knownByMs === undefined) return false;
    if (!source.isKnown() && performance.now() < this.#knownByMs) return true;
    this.#knownByMs = undefined;
    this.#tellKnown();
    // a pod's end of its link is reached by way of one of its processes
    void this.#links.check();
    return false;
  }

  /** Also of pods in the machine's network alone: Services may lead to them. */
  #isNeeded({ pods, services }: NetworkObjects): boolean {
    return this.#pool.count() > 0 || (services.length > 0 && pods.some(({ hostNetwork, isUp }) => hostNetwork && isUp));
  }

  async #serve(objects: NetworkObjects): Promise<void> {
    const beganMs = performance.now();
    const { state, named } = planNetworkState(objects);
    const proxies = planProxies(state, this.#firewall.mode);
    const resolvConf = this.#deps.resolvConf();
    this.#state = state;
    this.#isUp = true;
    this.#podnet.want(planPodnet(this.settings, { pods: objects.pods, services: named, proxies, resolvConf }));
    this.#passMs = performance.now() - beganMs;
    if (!this.#isRaised) await inTime(this.#raise(), readyMs);
    this.#applyState();
  }

  /** What is closed is closed before anything forwards. Without nftables nothing could be: then only pods' own links forward. */
  async #raise(): Promise<void> {
    this.#isRaised = true;
    this.#links.setMachineRoutes(planMachineRoutes(this.settings, this.#firewall.mode));
    if (this.#firewall.mode !== 'nftables') return;
    try {
      await this.#forwarding.hold();
      this.#trouble = undefined;
    } catch (error) {
      this.#trouble = `this machine does not forward for pods: ${formatError(error)}`;
      this.#deps.log(this.#trouble);
    }
  }

  #closeLinks(links: ClosedLinks): Promise<void> {
    this.#closedLinks = links;
    this.#applyState();
    return this.#applied;
  }

  #applyState(): void {
    const options = { closedLinks: this.#closedLinks };
    const text = JSON.stringify([this.#state, options]);
    if (text === this.#toldState) return;
    this.#toldState = text;
    this.#applied = this.#firewall.apply(this.#state, options);
  }

  async #lower(): Promise<void> {
    this.#isUp = false;
    this.#isRaised = false;
    this.#isReady = false;
    this.#toldState = '';
    this.#closedLinks = { ipv4: [], ipv6: [] };
    // before the table goes: until then the machine forwards for pods alone
    await this.#orTell(() => this.#forwarding.release());
    await inTime(Promise.all([this.#firewall.remove(), this.#podnet.end()]), readyMs);
    await this.#links.removeStale();
    this.#links.setMachineRoutes([]);
  }

  async #orTell(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.#deps.log(`what the pod network changed is not as it was: ${formatError(error)}`);
    }
  }

  /** Rather not at all than open to everybody. */
  async #whenIsolated(): Promise<void> {
    // nothing is planned before; at the latest in knownMs
    await this.#known;
    if (await this.#whenReady()) return;
    throw new PodError('NotIsolated', 'NetworkPolicies cannot be put in force', { hint: 'podd’s log says why' });
  }

  /** Whether what was wanted is in the kernel. */
  async #whenReady(): Promise<boolean> {
    const passed = this.#passed();
    const applied = passed.then(() => this.#applied);
    const served = passed.then(() => this.#podnet.settled());
    const [isApplied] = await Promise.all([inTime(applied, readyMs), inTime(served, readyMs)]);
    this.#isReady = this.#isUp;
    return isApplied;
  }

  /** All that happened up to now is planned. */
  #passed(): Promise<void> {
    this.#worker.poke();
    return this.#worker.idle();
  }

  #wantedLinks(): readonly WantedLink[] {
    const pods = this.#source?.objects().pods ?? [];
    return pods.filter(isLinked).map((pod) => ({
      plan: this.linkOf(pod),
      ...(pod.init === undefined ? {} : { init: pod.init }),
    }));
  }
}

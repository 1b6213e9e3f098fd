/**
 * The pods' links on this machine: the zygote makes them, here they are kept as planned and seen to their end.
 *
 *   kernel ─link, address, route removed or changed─▶ noted ─(coalesced)─▶ mend what is wanted ─▶ told in podd's log
 *
 * What podd itself puts back comes as an event of what is as it should be, and ends there.
 */
import { closeSync } from 'node:fs';
import { dump, openNetlink, transact, transactAside } from '../linux/netlink.ts';
import { decodeLink, deleteLink, getLink, type Link, listLinks } from '../linux/rtnetlink.ts';
import type { NetworkSettings } from '../model/network.ts';
import { formatError } from '../util/pod-error.ts';
import { type LinkListener, watchLinks } from './link-events.ts';
import { keepMachineRoutes } from './machine-routes.ts';
import { mendLink, type WantedLink } from './mend-link.ts';
import { watchIpv6Forwarding } from './watch-ipv6-forwarding.ts';

export interface LinksDeps {
  readonly settings: NetworkSettings;
  /** of every pod that has a link; asked when something happened, and must be quick */
  readonly wanted: () => readonly WantedLink[];
  readonly log: (message: string) => void;
}

export interface Links {
  /** Looks at every wanted link and at the machine's routes, and puts back what is missing. Never throws: what fails is logged. */
  check(): Promise<void>;
  /**
   * Blocks of addresses that are this machine's own without being on a link: the resolver's, and where podnet serves Services, their
   * whole range. Earlier ones go.
   */
  setMachineRoutes(destinations: readonly string[]): void;
  /**
   * Resolves when the link is gone, which it is soon after the pod's namespace; what keeps that alive loses the link. Never rejects; what
   * the kernel refuses is logged.
   */
  remove(hostLink: string): Promise<void>;
  /** Removes the links of this instance that belong to no wanted pod. */
  removeStale(): Promise<void>;
  /** Stops watching; links stay. */
  close(): void;
}

/** Watches from now on. */
export const createLinks = (deps: LinksDeps): Links => new PodLinks(deps);

/** so long after an event, for what comes along with it */
const quietMs = 20;
/** somebody who removes things again and again is answered this often */
const patienceMs = 500;
/** the kernel takes apart a namespace in some 30 ms, and all that end at once together; by hand each link takes as long */
const namespaceEndMs = 2_000;

class PodLinks implements Links {
  readonly #deps: LinksDeps;
  readonly #home = openNetlink('route');
  readonly #watch: { close(): void };
  readonly #forwarding: { close(): void };
  readonly #wrong = new Set<string>();
  readonly #lostAddresses = new Set<string>();
  readonly #endings = new Map<string, (() => void)[]>();
  #all = false;
  #isRouteLost = false;
  #isRateChanged = false;
  #machineRoutes: readonly string[] | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #mendedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: LinksDeps) {
    this.#deps = deps;
    const names = new Map(this.#ownLinks().map(({ index, name }) => [index, name]));
    const listener = this.#listener();
    this.#watch = watchLinks(deps.settings.linkPrefix, names, listener);
    this.#forwarding = watchIpv6Forwarding(listener.onLost);
  }

  async check(): Promise<void> {
    this.#keepMachineRoutes();
    for (const link of this.#deps.wanted()) {
      this.#mend(link);
      // a few hundred are looked at in between whatever else podd does
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  setMachineRoutes(destinations: readonly string[]): void {
    this.#machineRoutes = destinations;
    this.#keepMachineRoutes();
  }

  remove(hostLink: string): Promise<void> {
    if (this.#isClosed || !this.#isThere(hostLink)) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => void this.#delete([hostLink]).then(() => this.#ended(hostLink)), namespaceEndMs);
      const waiting = this.#endings.get(hostLink) ?? [];
      this.#endings.set(hostLink, waiting);
      waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  async removeStale(): Promise<void> {
    const wanted = new Set(this.#deps.wanted().map(({ plan }) => plan.hostLink));
    await this.#delete(this.#ownLinks().flatMap(({ name }) => (wanted.has(name) ? [] : [name])));
  }

  close(): void {
    this.#isClosed = true;
    for (const hostLink of [...this.#endings.keys()]) this.#ended(hostLink);
    clearTimeout(this.#timer);
    this.#forwarding.close();
    this.#watch.close();
    closeSync(this.#home);
  }

  #listener(): LinkListener {
    return {
      onGone: (hostLink) => {
        this.#wrong.add(hostLink);
        this.#ended(hostLink);
        this.#mendSoon();
      },
      onChanged: (hostLink, isWrong) => {
        if (!isWrong) this.#wrong.delete(hostLink);
        else if (!this.#wrong.has(hostLink)) {
          this.#wrong.add(hostLink);
          this.#mendSoon();
        }
      },
      onAddressLost: (address) => {
        this.#lostAddresses.add(address);
        this.#mendSoon();
      },
      onMachineRouteLost: () => {
        this.#isRouteLost = true;
        this.#mendSoon();
      },
      onRateChanged: () => {
        this.#isRateChanged = true;
        this.#mendSoon();
      },
      onLost: () => {
        this.#all = true;
        this.#mendSoon();
      },
    };
  }

  #ended(hostLink: string): void {
    for (const tell of this.#endings.get(hostLink) ?? []) tell();
    this.#endings.delete(hostLink);
  }

  #mendSoon(): void {
    if (this.#timer !== undefined) return;
    const delay = performance.now() - this.#mendedAt < patienceMs ? patienceMs : quietMs;
    this.#timer = setTimeout(() => this.#mendNoted(), delay);
    this.#timer.unref();
  }

  #mendNoted(): void {
    this.#timer = undefined;
    if (this.#isRouteLost || this.#all) this.#keepMachineRoutes();
    const isNoted = ({ plan: { hostLink, addresses, bandwidth } }: WantedLink): boolean =>
      this.#all ||
      (this.#isRateChanged && bandwidth !== undefined) ||
      this.#wrong.has(hostLink) ||
      this.#lostAddresses.has(addresses.ipv4) ||
      this.#lostAddresses.has(addresses.ipv6 ?? '');
    const noted = this.#deps.wanted().filter(isNoted);
    if (this.#all) for (const hostLink of this.#endings.keys()) if (!this.#isThere(hostLink)) this.#ended(hostLink);
    this.#all = false;
    this.#isRouteLost = false;
    this.#isRateChanged = false;
    this.#wrong.clear();
    this.#lostAddresses.clear();
    if (noted.map((link) => this.#mend(link)).includes(true)) this.#mendedAt = performance.now();
  }

  /** True when something was put back. */
  #mend(link: WantedLink): boolean {
    try {
      const mended = mendLink(link, this.#home);
      if (mended.length > 0) this.#deps.log(`${link.plan.alias}: put back: ${mended.join(', ')}`);
      return mended.length > 0;
    } catch (error) {
      this.#deps.log(`${link.plan.alias}: its link cannot be repaired: ${formatError(error)}`);
      return true;
    }
  }

  #keepMachineRoutes(): void {
    if (this.#machineRoutes === undefined) return;
    try {
      keepMachineRoutes(this.#home, this.#deps.settings, this.#machineRoutes);
    } catch (error) {
      this.#deps.log(`the pod network's local routes: ${formatError(error)}`);
    }
  }

  #ownLinks(): Link[] {
    const { linkPrefix } = this.#deps.settings;
    const links = dump(this.#home, listLinks(), decodeLink);
    return links.filter(({ name, alias }) => name.startsWith(linkPrefix) && alias.startsWith('podctl '));
  }

  #isThere(hostLink: string): boolean {
    return transact(this.#home, [getLink(hostLink)])[0]?.refusal?.code !== 'ENODEV';
  }

  /** On a socket of its own: this takes the kernel tens of milliseconds for each. */
  async #delete(hostLinks: readonly string[]): Promise<void> {
    if (hostLinks.length === 0) return;
    const socket = openNetlink('route');
    try {
      for (const { refusal } of await transactAside(socket, hostLinks.map(deleteLink))) {
        if (refusal !== undefined && refusal.code !== 'ENODEV') this.#deps.log(formatError(refusal));
      }
    } catch (error) {
      this.#deps.log(`remove links: ${formatError(error)}`);
    } finally {
      closeSync(socket);
    }
  }
}

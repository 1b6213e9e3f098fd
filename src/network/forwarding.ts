/**
 * The machine's forwarding, switched on as long as any podctl has pods in the network, and back as it was. What it was is on record in
 * /run for all instances, and written before anything is switched: whoever is killed when, the last one to go restores it.
 */
import { readdirSync, readlinkSync } from 'node:fs';
import type { NetlinkWatch } from '../linux/netlink.ts';
import { readBootId, readStartTicks } from '../linux/procfs.ts';
import { readSysctl, setSysctl } from '../linux/sysctl.ts';
import { formatError } from '../util/pod-error.ts';
import { sameJson } from '../util/same-json.ts';
import { isHeld, isMachineHolder, type MachineFile, type MachineHolder, withMachineFile } from './machine-file.ts';
import { isPodLink, watchOtherLinks } from './other-links.ts';
import {
  type ClosedLinks,
  closedLinks,
  type LinkSwitches,
  type MachineSwitches,
  planForwarding,
  planRestore,
  type TurnedSwitch,
} from './plan-forwarding.ts';

export interface ForwardingDeps {
  /** PODCTL_RUN */
  readonly run: string;
  readonly linkPrefix: string;
  /** which links are to be closed to what is no pod's; they forward only when it has resolved */
  readonly closeLinks: (links: ClosedLinks) => Promise<void>;
  readonly log: (message: string) => void;
}

export interface Forwarding {
  /** There are pods: links forward from when this resolves, and those that come later soon after. */
  hold(): Promise<void>;
  /** There are none any more: as it was before, unless another instance has pods. Also what an earlier podd of this instance left. */
  release(): Promise<void>;
  /** podd ends: what is switched stays, and is not watched. */
  close(): void;
}

/** For all podctls of the machine; by network namespace: whoever is in another one has other links. */
const recordFile = '/run/podctl-forwarding.json';
/** so long after a link came or a switch was turned, for what comes along with it */
const quietMs = 50;

const noLinks: ClosedLinks = { ipv4: [], ipv6: [] };

export const createForwarding = (deps: ForwardingDeps): Forwarding => new MachineForwarding(deps);

class MachineForwarding implements Forwarding {
  readonly #deps: ForwardingDeps;
  #watch: NetlinkWatch | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed: ClosedLinks = noLinks;
  /** counts what ended a hold: whatever one waits for, it turns nothing afterwards */
  #term = 0;

  constructor(deps: ForwardingDeps) {
    this.#deps = deps;
  }

  async hold(): Promise<void> {
    const term = this.#term;
    this.#watch ??= watchOtherLinks(() => this.#holdSoon());
    const self = this.#self();
    const { wanted, closed } = await withRecord(this.#deps.run, ({ holders, turned }, write) => {
      if (term !== this.#term) return { wanted: [], closed: noLinks };
      const machine = readMachine();
      const planned = planForwarding(machine, turned);
      write({ holders: [...holders, self], turned: planned });
      return { wanted: planned, closed: closedLinks(machine, planned) };
    });
    if (term !== this.#term) return;
    if (!sameJson(closed, this.#closed)) await this.#deps.closeLinks(closed);
    if (term !== this.#term) return;
    this.#closed = closed;
    for (const { path, set } of wanted) setSysctl(path, set);
  }

  async release(): Promise<void> {
    this.close();
    await withRecord(this.#deps.run, ({ holders, turned }, write) => {
      if (holders.length === 0) for (const { path, value } of planRestore(turned, readSysctl)) setSysctl(path, value);
      write(holders.length === 0 ? undefined : { holders, turned });
    });
  }

  close(): void {
    this.#term++;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#watch?.close();
    this.#watch = undefined;
    this.#closed = noLinks;
  }

  #self(): MachineHolder {
    const { run, linkPrefix } = this.#deps;
    return { run, linkPrefix, pid: process.pid, startTicks: readStartTicks('self') ?? 0 };
  }

  #holdSoon(): void {
    this.#timer ??= setTimeout(() => void this.#holdAgain(), quietMs);
    this.#timer.unref();
  }

  async #holdAgain(): Promise<void> {
    this.#timer = undefined;
    try {
      await this.hold();
    } catch (error) {
      this.#deps.log(`forwarding for pods: ${formatError(error)}`);
    }
  }
}

interface ForwardingRecord {
  /** instances that have pods, without this one */
  readonly holders: readonly MachineHolder[];
  readonly turned: readonly TurnedSwitch[];
}

/** `write(undefined)`: nothing is turned any more. */
function withRecord<T>(
  run: string,
  use: (record: ForwardingRecord, write: (record: ForwardingRecord | undefined) => void) => T,
): Promise<T> {
  const space = `${readBootId()} ${readlinkSync('/proc/self/ns/net')}`;
  return withMachineFile(recordFile, (file) => {
    const spaces = recordsOf(file);
    const { holders, turned } = spaces[space] ?? { holders: [], turned: [] };
    const others = holders.filter((holder) => holder.run !== run && isHeld(holder));
    return use({ holders: others, turned }, (record) => {
      const { [space]: _, ...rest } = spaces;
      const all = record === undefined ? rest : { ...rest, [space]: record };
      file.write(Object.keys(all).length === 0 ? undefined : all);
    });
  });
}

function recordsOf({ content }: MachineFile): Readonly<Record<string, ForwardingRecord>> {
  const spaces = Object.entries((content ?? {}) as Record<string, Partial<ForwardingRecord> | undefined>);
  const bootId = readBootId();
  return Object.fromEntries(
    spaces.flatMap(([space, record]) =>
      space.startsWith(`${bootId} `)
        ? [[space, { holders: record?.holders?.filter(isMachineHolder) ?? [], turned: record?.turned ?? [] }]]
        : [],
    ),
  );
}

const ipv4Directory = '/proc/sys/net/ipv4/conf';

function readMachine(): MachineSwitches {
  const names = readdirSync(ipv4Directory).filter(
    (name) => !['all', 'default', 'lo'].includes(name) && canBeClosed(name),
  );
  return withoutAbsent({
    all4: readSysctl('net/ipv4/conf/all/forwarding'),
    all6: readSysctl('net/ipv6/conf/all/forwarding'),
    default6: readSysctl('net/ipv6/conf/default/forwarding'),
    hasForce6: readSysctl('net/ipv6/conf/all/force_forwarding') !== undefined,
    links: names.filter((name) => !isPodLink(name)).map(readLink),
  });
}

/** What nft cannot be told of, in its quotes and without a pattern, is not made to forward. */
const canBeClosed = (name: string): boolean => !/["*\\]/.test(name);

const readLink = (name: string): LinkSwitches =>
  withoutAbsent({
    name,
    forwarding4: readSysctl(`net/ipv4/conf/${name}/forwarding`),
    forwarding6: readSysctl(`net/ipv6/conf/${name}/forwarding`),
    force6: readSysctl(`net/ipv6/conf/${name}/force_forwarding`),
    acceptRa6: readSysctl(`net/ipv6/conf/${name}/accept_ra`),
  });

type WithoutAbsent<T> = { [K in keyof T]: Exclude<T[K], undefined> };

const withoutAbsent = <T extends object>(values: T): WithoutAbsent<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as WithoutAbsent<T>;

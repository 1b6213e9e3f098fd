/**
 * Which of the kernel's forwarding switches are turned for pods, and which are turned back. IPv4 is forwarded per link; IPv6 per link where
 * the kernel has force_forwarding (Linux 6.17), else for the whole machine, and then router advertisements are heard only with accept_ra 2
 * (Documentation/networking/ip-sysctl.rst). Pure.
 */

/** A switch on record: its path below /proc/sys, the value it had at first, and what it was given. */
export interface TurnedSwitch {
  readonly path: string;
  readonly was: string;
  readonly set: string;
}

/** Of a link that is no pod's; a value is absent where this kernel has no such switch. */
export interface LinkSwitches {
  readonly name: string;
  readonly forwarding4?: string;
  readonly forwarding6?: string;
  readonly force6?: string;
  readonly acceptRa6?: string;
}

export interface MachineSwitches {
  /** net.ipv4.conf.all.forwarding, net.ipv6.conf.all.forwarding, net.ipv6.conf.default.forwarding */
  readonly all4?: string;
  readonly all6?: string;
  readonly default6?: string;
  /** the kernel has net.ipv6.conf.*.force_forwarding */
  readonly hasForce6: boolean;
  readonly links: readonly LinkSwitches[];
}

/** Links that did not forward before there were pods: what comes in there goes to pods or nowhere. */
export interface ClosedLinks {
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
}

const all6 = 'net/ipv6/conf/all/forwarding';
const forwarding4 = (link: string): string => `net/ipv4/conf/${link}/forwarding`;
const forwarding6 = (link: string): string => `net/ipv6/conf/${link}/forwarding`;
const force6 = (link: string): string => `net/ipv6/conf/${link}/force_forwarding`;
const acceptRa6 = (link: string): string => `net/ipv6/conf/${link}/accept_ra`;

/**
 * All that has to be on record and turned, in this order; `turned` is what was so far. A machine that somebody has made a router stays
 * one, and nothing of it is on record.
 */
export function planForwarding(machine: MachineSwitches, turned: readonly TurnedSwitch[]): readonly TurnedSwitch[] {
  const first = new Map(turned.map((one) => [one.path, one]));
  const turn = (path: string, value: string | undefined, from: string, to: string): TurnedSwitch[] => {
    const was = first.get(path)?.was ?? value;
    return was === from ? [{ path, was, set: to }] : [];
  };
  const { links } = machine;
  const ipv4 =
    machine.all4 === '1' ? [] : links.flatMap((link) => turn(forwarding4(link.name), link.forwarding4, '0', '1'));
  if (machine.all6 === undefined || (machine.all6 === '1' && !first.has(all6))) return ipv4;
  if (machine.hasForce6) return [...ipv4, ...links.flatMap((link) => turn(force6(link.name), link.force6, '0', '1'))];
  const advertised = links.flatMap((link) => turn(acceptRa6(link.name), link.acceptRa6, '1', '2'));
  return [...ipv4, ...planOverwritten(machine, turned), ...advertised, ...turn(all6, machine.all6, '0', '1')];
}

/** What turning net.ipv6.conf.all.forwarding back will overwrite: links that forward by themselves. */
function planOverwritten({ links, default6 }: MachineSwitches, turned: readonly TurnedSwitch[]): TurnedSwitch[] {
  if (turned.some(({ path }) => path === all6)) return turned.filter(isOverwritten);
  const all = [{ name: 'default', forwarding6: default6 }, ...links];
  return all.flatMap((link) =>
    link.forwarding6 === '1' ? [{ path: forwarding6(link.name), was: '1', set: '1' }] : [],
  );
}

const isOverwritten = ({ was, set }: TurnedSwitch): boolean => was === set;

/** In this order, and only where nobody has turned it otherwise meanwhile (`read`). */
export function planRestore(
  turned: readonly TurnedSwitch[],
  read: (path: string) => string | undefined,
): readonly { readonly path: string; readonly value: string }[] {
  const isRouterNow = read('net/ipv4/conf/all/forwarding') === '1';
  return turned.toReversed().flatMap((one) => {
    if (isRouterNow && one.path.startsWith('net/ipv4/')) return [];
    return isOverwritten(one) || read(one.path) === one.set ? [{ path: one.path, value: one.was }] : [];
  });
}

/** In the order of their names. */
export function closedLinks(machine: MachineSwitches, turned: readonly TurnedSwitch[]): ClosedLinks {
  const paths = new Set(turned.map(({ path }) => path));
  const names = machine.links.map(({ name }) => name).toSorted();
  return {
    ipv4: names.filter((name) => paths.has(forwarding4(name))),
    ipv6: names.filter((name) => paths.has(force6(name)) || (paths.has(all6) && !paths.has(forwarding6(name)))),
  };
}

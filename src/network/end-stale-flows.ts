/** UDP conversations with pods that a port does not lead to any more are ended, so that their next packet goes where it leads now. */
import { closeSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { endUdpFlows, readUdpFlows } from '../linux/conntrack.ts';
import { openNetlink } from '../linux/netlink.ts';
import { changedUdpPorts, staleFlows, type UdpFronts } from './plan-stale-flows.ts';

/** Call when the kernel leads ports as `after` says. Throws SysError where the kernel does not tell of conntrack. */
export function endStaleFlows(before: UdpFronts, after: UdpFronts): void {
  const ports = changedUdpPorts(before, after);
  if (ports.length === 0) return;
  const own = new Set(Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address)));
  const fd = openNetlink('netfilter');
  try {
    for (const port of ports) endUdpFlows(fd, staleFlows(readUdpFlows(fd, port), before, after, own));
  } finally {
    closeSync(fd);
  }
}

/** Whether this machine can make links for pods. */
import { closeSync } from 'node:fs';
import { openNamespace } from '../linux/namespaces.ts';
import { openNetlink, transact } from '../linux/netlink.ts';
import { makeVeth } from '../linux/rtnetlink.ts';
import { formatError } from '../util/pod-error.ts';

/** Below what any Ethernet link may have: the kernel finds the kind of link, refuses this size, and makes nothing. */
const impossibleMtu = 1;

/** Why not; undefined: it can. Makes nothing. */
export function whyNoLinks(): string | undefined {
  try {
    const refusal = tryVeth();
    if (refusal === undefined || refusal.code === 'EINVAL') return undefined;
    const hint = refusal.code === 'EOPNOTSUPP' ? ' (the kernel module veth is missing)' : '';
    return `pods cannot have links: ${formatError(refusal)}${hint}`;
  } catch (error) {
    return `pods cannot have links: ${formatError(error)}`;
  }
}

function tryVeth() {
  const socket = openNetlink('route');
  const namespace = openNamespace('self', 'net');
  try {
    const end = { mac: '02:00:00:00:00:01', mtu: impossibleMtu };
    const peer = { ...end, name: 'podctltrial1', namespaceFd: namespace };
    return transact(socket, [makeVeth({ ...end, name: 'podctltrial0' }, peer)])[0]?.refusal;
  } finally {
    closeSync(namespace);
    closeSync(socket);
  }
}

/**
 * How much a pod may receive and send. Each end of its link limits what it sends itself: the machine's what the pod receives, the pod's
 * what it sends. Not by a filter on the machine's end: that takes cls_matchall and ifb or act_police, which many kernels lack, and
 * policing TCP holds no rate. A program with NET_ADMIN can take the pod's limit away; podd puts it back.
 */
import type { Bandwidth } from '../model/network.ts';
import { perform, transact } from './netlink.ts';
import { decodeRate, deleteRate, getRate, setRate } from './rtnetlink-rate.ts';

/** Sockets of the two namespaces, and the indexes of the two ends there. */
export interface LinkEnds {
  readonly home: number;
  readonly hostIndex: number;
  readonly pod: number;
  readonly podIndex: number;
}

/** Sets and takes away what is otherwise; says which. Queues that are not ours stay where nothing is limited. Throws SysError. */
export function limitEnds(bandwidth: Bandwidth | undefined, ends: LinkEnds): readonly string[] {
  const { ingressBps, egressBps } = bandwidth ?? {};
  return [
    ...limitEnd('ingress-bandwidth', ingressBps, ends.home, ends.hostIndex),
    ...limitEnd('egress-bandwidth', egressBps, ends.pod, ends.podIndex),
  ];
}

function limitEnd(what: string, bps: number | undefined, socket: number, index: number): readonly string[] {
  const [seen] = transact(socket, [getRate(index)]);
  const reply = seen?.replies[0];
  const current = reply === undefined ? undefined : decodeRate(reply.body);
  const wanted = bps === undefined ? undefined : wholeBytes(bps);
  if (current === wanted) return [];
  perform(socket, [bps === undefined ? deleteRate(index) : setRate(index, bps)]);
  return [what];
}

/** The kernel counts bytes. */
const wholeBytes = (bps: number): number => Math.max(Math.round(bps / 8), 1) * 8;

/** Whoever makes the link goes on without limits where the kernel has no sch_tbf. */
export function tryLimitEnds(bandwidth: Bandwidth | undefined, ends: LinkEnds): void {
  const { ingressBps, egressBps } = bandwidth ?? {};
  if (ingressBps !== undefined) transact(ends.home, [setRate(ends.hostIndex, ingressBps)]);
  if (egressBps !== undefined) transact(ends.pod, [setRate(ends.podIndex, egressBps)]);
}

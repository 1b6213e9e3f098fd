/**
 * How much a pod may receive and send. Each end of its link limits what it sends itself: the machine's what the pod receives, the pod's
 * what it sends. Not by a filter on the machine's end: that takes cls_matchall and ifb or act_police, which many kernels lack, and
 * policing TCP holds no rate. A program with NET_ADMIN can take the pod's limit away; podd puts it back.
 */
import type { Bandwidth } from '../model/network.ts';
import { dump, perform, transact } from './netlink.ts';
import type { Link } from './rtnetlink.ts';
import { decodeQueueIndex, decodeRate, deleteRate, listRates, setRate, tokenBucket } from './rtnetlink-rate.ts';

/** Sockets of the two namespaces, and the two ends there. */
export interface LinkEnds<End = Link> {
  readonly home: number;
  readonly host: End;
  readonly pod: number;
  readonly end: End;
}

/** Sets and takes away what is otherwise; says which. Queues that are not ours stay where nothing is limited. Throws SysError. */
export function limitEnds(bandwidth: Bandwidth | undefined, { home, host, pod, end }: LinkEnds): readonly string[] {
  const { ingressBps, egressBps } = bandwidth ?? {};
  return [
    ...limitEnd('ingress-bandwidth', ingressBps, home, host),
    ...limitEnd('egress-bandwidth', egressBps, pod, end),
  ];
}

function limitEnd(what: string, bps: number | undefined, socket: number, { index, queue }: Link): readonly string[] {
  const current = queue === tokenBucket ? findRate(socket, index) : undefined;
  const wanted = bps === undefined ? undefined : wholeBytes(bps);
  if (current === wanted) return [];
  perform(socket, [bps === undefined ? deleteRate(index) : setRate(index, bps)]);
  return [what];
}

function findRate(socket: number, index: number): number | undefined {
  const rates = dump(socket, listRates(), (body) => (decodeQueueIndex(body) === index ? decodeRate(body) : undefined));
  return rates[0];
}

/** The kernel counts bytes. */
const wholeBytes = (bps: number): number => Math.max(Math.round(bps / 8), 1) * 8;

/** By index. Whoever makes the link goes on without limits where the kernel has no sch_tbf. */
export function tryLimitEnds(bandwidth: Bandwidth | undefined, { home, host, pod, end }: LinkEnds<number>): void {
  const { ingressBps, egressBps } = bandwidth ?? {};
  if (ingressBps !== undefined) transact(home, [setRate(host, ingressBps)]);
  if (egressBps !== undefined) transact(pod, [setRate(end, egressBps)]);
}

/** How fast a link sends: a token bucket as its queue, tc-tbf(8). Messages, and what is read out of them. */
import {
  type Attribute,
  attributeText,
  decodeAttributes,
  type NetlinkMessage,
  netlinkFlags,
} from './netlink-message.ts';
import { dumpOf, rtm } from './rtnetlink.ts';

const TC_H_ROOT = 0xffffffff;
/** Of our queues, to know them again: major number `7063:` in the words of tc(8). */
const ownHandle = 0x7063_0000;

/** its kind */
export const tokenBucket = 'tbf';

const TCA_KIND = 1;
const TCA_OPTIONS = 2;
const TCA_TBF_PARMS = 1;
const TCA_TBF_RATE64 = 4;
const TCA_TBF_BURST = 6;

/** Sent at once after a pause: what comes in this time, at least some packets. */
const burstMs = 10;
/** How long a packet waits at most before it is dropped: TCP fills this. */
const latencyMs = 50;
const leastBurstBytes = 4 * 1514;
const leastQueueBytes = 20 * 1514;
const most = 0xffff_ffff;

/** struct tcmsg */
function queueHeader(index: number, handle: number): Buffer {
  const header = Buffer.alloc(20);
  header.writeInt32LE(index, 4);
  header.writeUInt32LE(handle, 8);
  header.writeUInt32LE(TC_H_ROOT, 12);
  return header;
}

/** Limits what the link sends to so many bits per second, headers included; whatever queue it had is replaced. ENOENT: no sch_tbf. */
export function setRate(index: number, bps: number): NetlinkMessage {
  const bytes = Math.max(Math.round(bps / 8), 1);
  const burst = Math.min(Math.max(Math.round((bytes * burstMs) / 1000), leastBurstBytes), most);
  const queue = Math.max(Math.round((bytes * latencyMs) / 1000), leastQueueBytes);
  const rate64 = Buffer.alloc(8);
  rate64.writeBigUInt64LE(BigInt(bytes));
  const options: Attribute[] = [
    [TCA_TBF_PARMS, { bytes: bucket(bytes, Math.min(queue + burst, most)) }],
    [TCA_TBF_RATE64, { bytes: rate64 }],
    [TCA_TBF_BURST, { u32: burst }],
  ];
  return {
    what: `limit link ${index} to ${bps} bits a second`,
    type: rtm.newQdisc,
    flags: netlinkFlags.create | netlinkFlags.replace,
    header: queueHeader(index, ownHandle),
    attributes: [
      [TCA_KIND, { text: tokenBucket }],
      [TCA_OPTIONS, { nested: options }],
    ],
  };
}

/** struct tc_tbf_qopt: rate and peak rate (struct tc_ratespec, 12 bytes each, the rate last), limit, buffer, mtu */
function bucket(bytesPerSecond: number, limit: number): Buffer {
  const options = Buffer.alloc(36);
  options.writeUInt8(TC_LINKLAYER_ETHERNET, 1);
  options.writeUInt32LE(Math.min(bytesPerSecond, most), 8);
  options.writeUInt32LE(limit, 24);
  return options;
}

const TC_LINKLAYER_ETHERNET = 1;

/** Of our own queue only: EINVAL, ENOENT where there is another or none. */
export const deleteRate = (index: number): NetlinkMessage => ({
  what: `take the limit of link ${index} away`,
  type: rtm.delQdisc,
  flags: 0,
  header: queueHeader(index, ownHandle),
  attributes: [],
});

/** Of all links: asked about one, the kernel tells everyone who listens. */
export const listRates = (): NetlinkMessage => dumpOf('queues', rtm.getQdisc, Buffer.alloc(20));

/** Of the link that a queue belongs to. */
export const decodeQueueIndex = (body: Buffer): number => body.readInt32LE(4);

/** Of RTM_NEWQDISC and RTM_DELQDISC: bits per second of a queue of ours; undefined: it is none. */
export function decodeRate(body: Buffer): number | undefined {
  if (body.readUInt32LE(8) !== ownHandle) return undefined;
  const attributes = decodeAttributes(body, 20);
  const kind = attributeText(attributes.get(TCA_KIND) ?? Buffer.alloc(0));
  const options = decodeAttributes(attributes.get(TCA_OPTIONS) ?? Buffer.alloc(0));
  const rate64 = options.get(TCA_TBF_RATE64);
  const rate = rate64 === undefined ? options.get(TCA_TBF_PARMS)?.readUInt32LE(8) : Number(rate64.readBigUInt64LE(0));
  return kind === tokenBucket && rate !== undefined ? rate * 8 : undefined;
}

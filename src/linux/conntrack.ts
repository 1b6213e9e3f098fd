/** Connections that the kernel keeps track of (ctnetlink): UDP flows by the port that they were sent to, and their end. */

import type { FlowSide, UdpFlow } from '../model/udp-flow.ts';
import { AF_INET, AF_INET6, addressBytes, addressText, familyOf } from './inet-address.ts';
import { dump, transact } from './netlink.ts';
import {
  type Attribute,
  type AttributeValue,
  decodeAttributes,
  type NetlinkMessage,
  netlinkFlags,
} from './netlink-message.ts';

// linux/netfilter/nfnetlink.h, nfnetlink_conntrack.h
const NFNL_SUBSYS_CTNETLINK = 1;
const IPCTNL_MSG_CT_GET = 1;
const IPCTNL_MSG_CT_DELETE = 2;
const CTA_TUPLE_ORIG = 1;
const CTA_TUPLE_REPLY = 2;
const CTA_TUPLE_IP = 1;
const CTA_TUPLE_PROTO = 2;
const CTA_IP_V4_SRC = 1;
const CTA_IP_V4_DST = 2;
const CTA_IP_V6_SRC = 3;
const CTA_IP_V6_DST = 4;
const CTA_PROTO_NUM = 1;
const CTA_PROTO_SRC_PORT = 2;
const CTA_PROTO_DST_PORT = 3;
const CTA_FILTER = 25;
const CTA_FILTER_ORIG_FLAGS = 1;
/** protocol and destination port; kernels before 5.8 know no filter, and tell of all */
const portFilter = (1 << 3) | (1 << 5);
const UDP = 17;
const headerBytes = 4;

/** `fd`: of openNetlink('netfilter'). Flows of both families that were sent to that port. */
export function readUdpFlows(fd: number, port: number): readonly UdpFlow[] {
  return [AF_INET, AF_INET6].flatMap((family) => {
    const tuple: AttributeValue = {
      nested: [[CTA_TUPLE_PROTO, { nested: [protocol, [CTA_PROTO_DST_PORT, portBytes(port)]] }]],
    };
    const filter: AttributeValue = { nested: [[CTA_FILTER_ORIG_FLAGS, { u32: portFilter }]] };
    const request = requestOf('list flows', IPCTNL_MSG_CT_GET, family, netlinkFlags.dump, [
      [CTA_TUPLE_ORIG, tuple],
      [CTA_FILTER, filter],
    ]);
    return dump(fd, request, decodeFlow).filter(({ original }) => original.destinationPort === port);
  });
}

const perDatagram = 64;

/** The next packet of each begins anew. No failure when one has ended meanwhile. */
export function endUdpFlows(fd: number, flows: readonly UdpFlow[]): void {
  for (let from = 0; from < flows.length; from += perDatagram) {
    const requests = flows.slice(from, from + perDatagram).map(({ original }) => {
      const tuple: Attribute = [CTA_TUPLE_ORIG, tupleOf(original)];
      return requestOf('end a flow', IPCTNL_MSG_CT_DELETE, familyOf(original.source), 0, [tuple]);
    });
    for (const { refusal } of transact(fd, requests)) {
      if (refusal !== undefined && refusal.code !== 'ENOENT') throw refusal;
    }
  }
}

function requestOf(
  what: string,
  message: number,
  family: number,
  flags: number,
  attributes: readonly Attribute[],
): NetlinkMessage {
  const header = Buffer.from([family, 0, 0, 0]);
  return { what, type: (NFNL_SUBSYS_CTNETLINK << 8) | message, flags, header, attributes };
}

const protocol: Attribute = [CTA_PROTO_NUM, { u8: UDP }];

function portBytes(port: number): AttributeValue {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(port);
  return { bytes };
}

function tupleOf({ source, sourcePort, destination, destinationPort }: FlowSide): AttributeValue {
  const [from, to] = familyOf(source) === AF_INET ? [CTA_IP_V4_SRC, CTA_IP_V4_DST] : [CTA_IP_V6_SRC, CTA_IP_V6_DST];
  const addresses: readonly Attribute[] = [
    [from, { bytes: addressBytes(source) }],
    [to, { bytes: addressBytes(destination) }],
  ];
  const ports: readonly Attribute[] = [
    protocol,
    [CTA_PROTO_SRC_PORT, portBytes(sourcePort)],
    [CTA_PROTO_DST_PORT, portBytes(destinationPort)],
  ];
  return {
    nested: [
      [CTA_TUPLE_IP, { nested: addresses }],
      [CTA_TUPLE_PROTO, { nested: ports }],
    ],
  };
}

/** undefined: of another protocol. */
function decodeFlow(body: Buffer): UdpFlow | undefined {
  const attributes = decodeAttributes(body, headerBytes);
  const original = decodeSide(attributes.get(CTA_TUPLE_ORIG));
  const reply = decodeSide(attributes.get(CTA_TUPLE_REPLY));
  return original === undefined || reply === undefined ? undefined : { original, reply };
}

function decodeSide(tuple: Buffer | undefined): FlowSide | undefined {
  const parts = tuple === undefined ? new Map<number, Buffer>() : decodeAttributes(tuple);
  const [ip, proto] = [parts.get(CTA_TUPLE_IP), parts.get(CTA_TUPLE_PROTO)];
  if (ip === undefined || proto === undefined) return undefined;
  const [addresses, ports] = [decodeAttributes(ip), decodeAttributes(proto)];
  const source = addresses.get(CTA_IP_V4_SRC) ?? addresses.get(CTA_IP_V6_SRC);
  const destination = addresses.get(CTA_IP_V4_DST) ?? addresses.get(CTA_IP_V6_DST);
  const [sourcePort, destinationPort] = [ports.get(CTA_PROTO_SRC_PORT), ports.get(CTA_PROTO_DST_PORT)];
  if (ports.get(CTA_PROTO_NUM)?.[0] !== UDP || source === undefined || destination === undefined) return undefined;
  if (sourcePort === undefined || destinationPort === undefined) return undefined;
  return {
    source: addressText(source),
    sourcePort: sourcePort.readUInt16BE(0),
    destination: addressText(destination),
    destinationPort: destinationPort.readUInt16BE(0),
  };
}

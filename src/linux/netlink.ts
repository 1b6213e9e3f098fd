/** Netlink sockets, netlink(7): requests in batches with their refusals, dumps, and what the kernel tells of itself. */
import { closeSync, readSync, write, writeSync } from 'node:fs';
import { constants as os } from 'node:os';
import { readNow } from './descriptors.ts';
import { libcFunction } from './library.ts';
import {
  attributeText,
  decodeAttributes,
  decodeMessages,
  encodeMessages,
  type NetlinkMessage,
  type NetlinkReply,
} from './netlink-message.ts';
import { readable, watchFd } from './poll.ts';
import { check, SysError } from './sys-error.ts';

const cSocket = libcFunction('int socket(int domain, int type, int protocol)');
const cBind = libcFunction('int bind(int fd, void *address, uint length)');
const cSetOption = libcFunction('int setsockopt(int fd, int level, int option, const int *value, uint length)');

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const SOCK_NONBLOCK = 0o4000;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
const SOL_NETLINK = 270;
const NETLINK_ADD_MEMBERSHIP = 1;
const NETLINK_LISTEN_ALL_NSID = 8;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const NETLINK_GET_STRICT_CHK = 12;

/** NETLINK_ROUTE, NETLINK_NETFILTER */
const protocols = { route: 0, netfilter: 12 } as const;
export type NetlinkProtocol = keyof typeof protocols;

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLM_F_DUMP_INTR = 0x10;
const NLM_F_ACK_TLVS = 0x200;
const NLMSGERR_ATTR_MSG = 1;

/** A socket of the network namespace that this thread is in now; it stays of that one. */
export function openNetlink(protocol: NetlinkProtocol): number {
  const fd = open(protocol, 0);
  cSetOption(fd, SOL_NETLINK, NETLINK_CAP_ACK, [1], 4);
  cSetOption(fd, SOL_NETLINK, NETLINK_EXT_ACK, [1], 4);
  // dumps are of what their header names, not of everything
  cSetOption(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, [1], 4);
  return fd;
}

const open = (protocol: NetlinkProtocol, flags: number): number =>
  check('socket', cSocket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, protocols[protocol]), `netlink ${protocol}`);

/** What became of one message of a batch. Replies are copies. */
export interface NetlinkOutcome {
  readonly refusal?: SysError;
  readonly replies: readonly NetlinkReply[];
}

// one datagram of a dump is at most 32 KiB, netlink_dump() in the kernel
const chunk = Buffer.alloc(32 * 1024);
let sequence = 1;

/** Sends all at once; a message that is refused does not keep the later ones from being carried out. Not for dumps. */
export function transact(fd: number, messages: readonly NetlinkMessage[]): NetlinkOutcome[] {
  const first = sequence;
  sequence = (sequence + messages.length) >>> 0;
  writeSync(fd, encodeMessages(messages, first));
  return readOutcomes(fd, messages, first);
}

/** The same without waiting on this thread: for what takes the kernel milliseconds. One at a time per socket. */
export function transactAside(fd: number, messages: readonly NetlinkMessage[]): Promise<NetlinkOutcome[]> {
  const first = sequence;
  sequence = (sequence + messages.length) >>> 0;
  return new Promise((resolve, reject) => {
    write(fd, encodeMessages(messages, first), (error) => {
      if (error !== null) return reject(error);
      try {
        resolve(readOutcomes(fd, messages, first));
      } catch (cause) {
        reject(cause);
      }
    });
  });
}

/** All must be accepted: throws the first refusal; the replies of all. */
export function perform(fd: number, messages: readonly NetlinkMessage[]): NetlinkReply[] {
  const outcomes = transact(fd, messages);
  for (const { refusal } of outcomes) if (refusal !== undefined) throw refusal;
  return outcomes.flatMap(({ replies }) => replies);
}

interface OpenOutcome {
  refusal?: SysError;
  readonly replies: NetlinkReply[];
}

/** The kernel has answered all before write(2) returned: no read waits. */
function readOutcomes(fd: number, messages: readonly NetlinkMessage[], first: number): NetlinkOutcome[] {
  const outcomes = messages.map((): OpenOutcome => ({ replies: [] }));
  for (const reply of readReplies(fd)) {
    const index = (reply.sequence - first) >>> 0;
    const outcome = outcomes[index];
    if (outcome === undefined) continue;
    if (reply.type !== NLMSG_ERROR) outcome.replies.push({ ...reply, body: Buffer.from(reply.body) });
    else Object.assign(outcome, refusalOf(messages[index]?.what ?? '', reply));
    if (reply.type === NLMSG_ERROR && index === messages.length - 1) break;
  }
  return outcomes;
}

/** Message by message, without an end: whoever reads knows which is the last. */
function* readReplies(fd: number): Generator<NetlinkReply, never> {
  for (;;) yield* decodeMessages(chunk.subarray(0, readSync(fd, chunk)));
}

function refusalOf(what: string, { body, flags }: NetlinkReply): { refusal?: SysError } {
  const errno = -body.readInt32LE(0);
  if (errno === 0) return {};
  const words = (flags & NLM_F_ACK_TLVS) === 0 ? undefined : decodeAttributes(body, 20).get(NLMSGERR_ATTR_MSG);
  return { refusal: new SysError('netlink', errno, words === undefined ? what : `${what} (${attributeText(words)})`) };
}

const dumpTries = 5;

/** Everything of one kind, as `decode` makes it; undefined is left out. Asked again when it changed meanwhile. */
export function dump<T>(fd: number, message: NetlinkMessage, decode: (body: Buffer) => T | undefined): T[] {
  for (let tried = 1; ; tried++) {
    const { items, wasInterrupted } = dumpOnce(fd, message, decode);
    if (!wasInterrupted || tried >= dumpTries) return items;
  }
}

function dumpOnce<T>(
  fd: number,
  message: NetlinkMessage,
  decode: (body: Buffer) => T | undefined,
): { readonly items: T[]; readonly wasInterrupted: boolean } {
  const own = sequence;
  sequence = (sequence + 1) >>> 0;
  writeSync(fd, encodeMessages([message], own));
  const items: T[] = [];
  let wasInterrupted = false;
  for (const reply of readReplies(fd)) {
    if (reply.sequence !== own) continue;
    wasInterrupted ||= (reply.flags & NLM_F_DUMP_INTR) !== 0;
    if (reply.type === NLMSG_DONE) break;
    if (reply.type === NLMSG_ERROR)
      throw refusalOf(message.what, reply).refusal ?? new Error('bug: a dump was answered');
    const item = decode(reply.body);
    if (item !== undefined) items.push(item);
  }
  return { items, wasInterrupted };
}

export interface NetlinkEvents {
  readonly protocol: NetlinkProtocol;
  /** by number: RTNLGRP_*, NFNLGRP_* */
  readonly groups: readonly number[];
  /** also of the other namespaces that this one knows by a number: those at the other ends of its links */
  readonly allNamespaces?: boolean;
  /** the body holds only until it returns */
  readonly onMessage: (message: NetlinkReply) => void;
  /** messages were lost (ENOBUFS): look at everything */
  readonly onLost: () => void;
}

export interface NetlinkWatch {
  readonly close: () => void;
}

/** enough for the events of some hundred links that come or go at once */
const eventBufferBytes = 4 << 20;
const eventsPerTurn = 256;

const socketAddressBytes = 12;

/** sockaddr_nl: any port that is free, no groups. */
function ownPort(): Buffer {
  const address = Buffer.alloc(socketAddressBytes);
  address.writeUInt16LE(AF_NETLINK, 0);
  return address;
}

/** Does not keep the process alive. */
export function watchNetlink(events: NetlinkEvents): NetlinkWatch {
  const fd = open(events.protocol, SOCK_NONBLOCK);
  // without a port of its own it passes for the sender, and hears nothing
  check('bind', cBind(fd, ownPort(), socketAddressBytes), `netlink ${events.protocol}`);
  cSetOption(fd, SOL_SOCKET, SO_RCVBUFFORCE, [eventBufferBytes], 4);
  for (const group of events.groups) {
    check('setsockopt NETLINK_ADD_MEMBERSHIP', cSetOption(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, [group], 4));
  }
  if (events.allNamespaces === true) cSetOption(fd, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, [1], 4);
  const watch = watchFd(fd, readable, () => readEvents(fd, events), { keepsAlive: false });
  return {
    close: () => {
      watch.close();
      closeSync(fd);
    },
  };
}

function readEvents(fd: number, { onMessage, onLost }: NetlinkEvents): void {
  const buffer = Buffer.alloc(chunk.length);
  for (let turn = 0; turn < eventsPerTurn; turn++) {
    try {
      const length = readNow(fd, buffer);
      if (length === 'empty' || length === 0) return;
      for (const message of decodeMessages(buffer.subarray(0, length))) onMessage(message);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).errno !== -os.errno.ENOBUFS) throw error;
      onLost();
    }
  }
}

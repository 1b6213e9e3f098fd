/** One query to one upstream resolver: raw bytes there and back, with an id and a port that nobody can guess. */
import { randomInt } from 'node:crypto';
import { connect } from 'node:net';
import { createMessageSplitter, withLength } from './length-prefix.ts';
import { closeQuietly, createDatagramSocket, type ListenAddress } from './listen.ts';
import { rcodeOf } from './read-query.ts';

export interface Question {
  /** a whole query; its id is replaced */
  readonly bytes: Buffer;
  /** name, type and class in it */
  readonly questionBytes: Buffer;
}

const headerBytes = 12;
const responseBit = 0x80;
const truncatedBit = 0x02;

/** Rejects when nothing came in time, or the upstream's machine refused (ECONNREFUSED). The reply has the id of the query. */
export async function askByUdp(upstream: ListenAddress, question: Question, timeoutMs: number): Promise<Buffer> {
  const sent = withRandomId(question.bytes);
  const socket = createDatagramSocket(upstream.address);
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      const timer = setTimeout(() => reject(noReply(upstream, timeoutMs)), timeoutMs);
      socket.on('error', reject);
      socket.on('close', () => clearTimeout(timer));
      socket.on('message', (reply) => {
        if (isReplyTo(sent, question, reply)) resolve(withIdOf(question.bytes, reply));
      });
      // connected: the kernel drops what comes from anybody else, and tells when nobody is there
      socket.once('connect', () => socket.send(sent));
      socket.connect(upstream.port, upstream.address);
    });
  } finally {
    closeQuietly(socket);
  }
}

/** As askByUdp, over a connection of its own. */
export async function askByTcp(upstream: ListenAddress, question: Question, timeoutMs: number): Promise<Buffer> {
  const sent = withRandomId(question.bytes);
  const socket = connect({ host: upstream.address, port: upstream.port });
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      const timer = setTimeout(() => reject(noReply(upstream, timeoutMs)), timeoutMs);
      const take = createMessageSplitter((reply) => {
        if (isReplyTo(sent, question, reply)) resolve(withIdOf(question.bytes, reply));
      });
      socket.on('error', reject);
      socket.on('end', () => reject(new Error(`${upstream.address} ended the connection without a reply`)));
      socket.on('close', () => clearTimeout(timer));
      socket.on('data', take);
      socket.write(withLength(sent));
    });
  } finally {
    socket.destroy();
  }
}

export const isTruncated = (reply: Buffer): boolean => ((reply[2] ?? 0) & truncatedBit) !== 0;

const noReply = ({ address }: ListenAddress, timeoutMs: number): Error =>
  new Error(`no reply from ${address} within ${timeoutMs} ms`);

function withRandomId(query: Buffer): Buffer {
  const sent = Buffer.from(query);
  sent.writeUInt16BE(randomInt(0x10000), 0);
  return sent;
}

function withIdOf(query: Buffer, reply: Buffer): Buffer {
  const own = Buffer.from(reply);
  query.copy(own, 0, 0, 2);
  return own;
}

/** Same id, and the same question where the reply repeats it: an error may come without. */
function isReplyTo(sent: Buffer, question: Question, reply: Buffer): boolean {
  if (reply.length < headerBytes || reply.readUInt16BE(0) !== sent.readUInt16BE(0)) return false;
  if (((reply[2] ?? 0) & responseBit) === 0) return false;
  if (reply.readUInt16BE(4) === 0) return rcodeOf(reply) !== 0;
  const repeated = reply.subarray(headerBytes, headerBytes + question.questionBytes.length);
  return repeated.toString('latin1').toLowerCase() === question.questionBytes.toString('latin1').toLowerCase();
}

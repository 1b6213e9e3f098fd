/** A resolver to forward to: it answers as it is told, by UDP and TCP on one port, and counts what it was asked. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { type Answer, decode, encode, type Question } from 'dns-packet';
import { createMessageSplitter, withLength } from '../../src/podnet/length-prefix.ts';
import { freePort } from './free-port.ts';

export type UpstreamAnswer =
  | readonly Answer[]
  | 'servfail'
  | 'nxdomain'
  /** by UDP nothing but that there is more */
  | { readonly onlyByTcp: readonly Answer[] }
  | 'silent'
  /** replies with an id and a question that nobody asked come first */
  | { readonly afterForgeries: readonly Answer[] };

export interface UpstreamResolver {
  readonly address: string;
  readonly port: number;
  /** `UDP www.example.com A`, in order */
  readonly asked: readonly string[];
  readonly close: () => void;
}

const rcodeOf = { servfail: 2, nxdomain: 3 } as const;
const truncatedBit = 0x0200;

/** Port 0: any that is free by UDP and TCP. */
export async function startUpstream(
  address: string,
  port: number,
  answer: (question: Question) => UpstreamAnswer,
): Promise<UpstreamResolver> {
  const asked: string[] = [];
  const replies = (query: Buffer, protocol: 'UDP' | 'TCP'): Buffer[] => {
    const { id = 0, questions = [] } = decode(query);
    const question = questions[0] as Question;
    asked.push(`${protocol} ${question.name} ${question.type}`);
    return encodeReplies(id, question, answer(question), protocol);
  };
  const udp = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  udp.on('message', (query, from) => {
    for (const reply of replies(query, 'UDP')) udp.send(reply, from.port, from.address, () => undefined);
  });
  udp.bind(port === 0 ? await freePort() : port, address);
  await once(udp, 'listening');
  const tcp = createServer((socket: Socket) => {
    socket.on('error', () => undefined);
    socket.on(
      'data',
      createMessageSplitter((query) => {
        for (const reply of replies(query, 'TCP')) socket.write(withLength(reply));
      }),
    );
  });
  tcp.listen(udp.address().port, address);
  await once(tcp, 'listening');
  return {
    address,
    port: udp.address().port,
    asked,
    close: () => {
      udp.close();
      tcp.close();
    },
  };
}

function encodeReplies(id: number, question: Question, answer: UpstreamAnswer, protocol: 'UDP' | 'TCP'): Buffer[] {
  if (answer === 'silent') return [];
  if (answer === 'servfail' || answer === 'nxdomain') return [reply(id, question, [], rcodeOf[answer])];
  if ('onlyByTcp' in answer) {
    return protocol === 'TCP' ? [reply(id, question, answer.onlyByTcp)] : [reply(id, question, [], truncatedBit)];
  }
  if ('afterForgeries' in answer) {
    const forged: Answer[] = [{ type: 'A', name: question.name, data: '192.0.2.66' }];
    const other = { ...question, name: `x${question.name}` };
    return [reply(id ^ 1, question, forged), reply(id, other, forged), reply(id, question, answer.afterForgeries)];
  }
  return [reply(id, question, answer)];
}

const reply = (id: number, question: Question, answers: readonly Answer[], flags = 0): Buffer =>
  encode({ type: 'response', id, flags: flags | 0x80, questions: [question], answers: [...answers] });

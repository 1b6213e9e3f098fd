/** Questions on their way to the upstreams: how many at once, and none that is our own come back. */
import type { PodnetWanted } from '../protocol/podnet.ts';
import type { Question } from './ask-upstream.ts';
import { createUpstreams } from './upstreams.ts';

export interface Asker {
  readonly address: string;
  readonly byTcp: boolean;
}

export interface Forwarder {
  /** Rejects when there is no reply to be had. */
  readonly ask: (question: Question, asker: Asker) => Promise<Buffer>;
}

/** What one address may have waiting for the upstreams, and all together: each one holds a socket. */
const mostPending = { perAsker: 200, all: 2_000 };
const dnsPort = 53;

export function createForwarder({ address: ownAddress, upstreams }: PodnetWanted['dns']): Forwarder {
  const addresses = upstreams.filter((address) => address !== ownAddress);
  const asked = createUpstreams(addresses.map((address) => ({ address, port: dnsPort })));
  const machineAddresses = new Set([ownAddress, ...upstreams]);
  const pending = createPending();

  /** Our own question, come back by way of the machine's resolver: forwarding it again would never end. */
  const isLoop = (asker: Asker, question: Question): boolean =>
    machineAddresses.has(asker.address) && pending.hasQuestion(question);

  return {
    ask: async (question, asker) => {
      if (isLoop(asker, question)) throw new Error(`the resolver ${asker.address} asks podnet what podnet asks it`);
      if (!pending.begin(asker, question)) throw new Error('too many questions wait for the upstreams');
      try {
        return await asked.ask(question, asker.byTcp);
      } finally {
        pending.end(asker, question);
      }
    },
  };
}

/** What waits for the upstreams, by who asked and by what was asked. */
function createPending() {
  const perAsker = new Map<string, number>();
  const perQuestion = new Map<string, number>();
  let all = 0;
  return {
    hasQuestion: (question: Question): boolean => perQuestion.has(keyOf(question)),
    /** False when it is one too many. */
    begin: ({ address }: Asker, question: Question): boolean => {
      if (all >= mostPending.all || (perAsker.get(address) ?? 0) >= mostPending.perAsker) return false;
      all++;
      count(perAsker, address, 1);
      count(perQuestion, keyOf(question), 1);
      return true;
    },
    end: ({ address }: Asker, question: Question): void => {
      all--;
      count(perAsker, address, -1);
      count(perQuestion, keyOf(question), -1);
    },
  };
}

const keyOf = ({ questionBytes }: Question): string => questionBytes.toString('latin1').toLowerCase();

function count(counts: Map<string, number>, key: string, by: 1 | -1): void {
  const now = (counts.get(key) ?? 0) + by;
  if (now === 0) counts.delete(key);
  else counts.set(key, now);
}

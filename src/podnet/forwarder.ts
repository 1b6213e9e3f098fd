/** Questions on their way to the upstreams, and how many of them at once. */
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

/**
 * What one address may have waiting for the upstreams, and all together: each one holds a socket. The same question over and over is
 * our own, come back by way of a resolver of the machine that asks podnet: there it ends.
 */
const mostPending = { perAsker: 200, sameQuestion: 50, all: 2_000 };
const dnsPort = 53;

export function createForwarder(
  { address: ownAddress, upstreams }: Pick<PodnetWanted['dns'], 'address' | 'upstreams'>,
  log: (message: string) => void,
  port = dnsPort,
): Forwarder {
  const addresses = upstreams.filter((address) => address !== ownAddress);
  const asked = createUpstreams(addresses.map((address) => ({ address, port })));
  const pending = createPending(log);
  return {
    ask: async (question, asker) => {
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
function createPending(log: (message: string) => void) {
  const counts = new Map<string, number>();
  const told = new Set<string>();
  let all = 0;
  const count = (key: string, by: 1 | -1): void => {
    const now = (counts.get(key) ?? 0) + by;
    if (now === 0) counts.delete(key);
    else counts.set(key, now);
  };
  const tellOnce = (address: string, what: string): void => {
    if (told.has(address)) return;
    told.add(address);
    log(`${address} ${what}`);
  };
  const isTooMuch = ({ address }: Asker, question: string): boolean => {
    if ((counts.get(question) ?? 0) >= mostPending.sameQuestion) {
      tellOnce(address, 'asks the same over and over: does a resolver of this machine ask podnet what podnet asks it?');
      return true;
    }
    const isTooMuch = all >= mostPending.all || (counts.get(address) ?? 0) >= mostPending.perAsker;
    if (isTooMuch) tellOnce(address, `asks more than the upstreams answer: ${counts.get(address) ?? 0} questions wait`);
    return isTooMuch;
  };
  return {
    /** False when it is one too many. */
    begin: (asker: Asker, question: Question): boolean => {
      const same = sameQuestionKey(asker, question);
      if (isTooMuch(asker, same)) return false;
      all++;
      count(asker.address, 1);
      count(same, 1);
      return true;
    },
    end: (asker: Asker, question: Question): void => {
      all--;
      count(asker.address, -1);
      count(sameQuestionKey(asker, question), -1);
    },
  };
}

const sameQuestionKey = ({ address }: Asker, { questionBytes }: Question): string =>
  `${address} ${questionBytes.toString('latin1').toLowerCase()}`;

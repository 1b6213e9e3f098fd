/** The machine's own resolvers, asked in their order; one that does not answer is asked last for a while. */
import { askByTcp, askByUdp, isTruncated, type Question } from './ask-upstream.ts';
import type { ListenAddress } from './listen.ts';
import { rcodeOf, rcodes } from './read-query.ts';

export interface Upstreams {
  /** The reply of the first that has one. Rejects when none had, at once when there is none. */
  readonly ask: (question: Question, byTcp: boolean) => Promise<Buffer>;
}

const timeoutMs = 2_000;
const avoidMs = 10_000;
/** A datagram may be lost: where there is one upstream only, it is asked again. Stub resolvers wait for 5 s. */
const fewestAttempts = 2;

export function createUpstreams(addresses: readonly ListenAddress[]): Upstreams {
  const avoidedUntil = new Map<ListenAddress, number>();

  const inOrder = (): readonly ListenAddress[] => {
    const now = performance.now();
    const isAvoided = (one: ListenAddress): boolean => (avoidedUntil.get(one) ?? 0) > now;
    const ordered = [...addresses.filter((one) => !isAvoided(one)), ...addresses.filter(isAvoided)];
    return ordered.length < fewestAttempts ? [...ordered, ...ordered] : ordered;
  };
  const askOne = async (upstream: ListenAddress, question: Question, byTcp: boolean): Promise<Buffer> => {
    try {
      const reply = await askOneWay(upstream, question, byTcp);
      avoidedUntil.delete(upstream);
      return reply;
    } catch (error) {
      avoidedUntil.set(upstream, performance.now() + avoidMs);
      throw error;
    }
  };
  return {
    ask: async (question, byTcp) => {
      let failure: Error = new Error('the machine has no resolver');
      let refusal: Buffer | undefined;
      for (const upstream of inOrder()) {
        try {
          const reply = await askOne(upstream, question, byTcp);
          if (!isRefusal(reply)) return reply;
          refusal ??= reply;
        } catch (error) {
          failure = error as Error;
        }
      }
      if (refusal !== undefined) return refusal;
      throw failure;
    },
  };
}

/** What another upstream may know better. */
const isRefusal = (reply: Buffer): boolean =>
  ([rcodes.serverFailure, rcodes.notImplemented, rcodes.refused] as readonly number[]).includes(rcodeOf(reply));

/** A reply that was cut off by UDP is fetched whole; where that fails, what there is of it is better than nothing. */
async function askOneWay(upstream: ListenAddress, question: Question, byTcp: boolean): Promise<Buffer> {
  if (byTcp) return askByTcp(upstream, question, timeoutMs).catch(() => askByUdp(upstream, question, timeoutMs));
  const reply = await askByUdp(upstream, question, timeoutMs);
  return isTruncated(reply) ? askByTcp(upstream, question, timeoutMs).catch(() => reply) : reply;
}

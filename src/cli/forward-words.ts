/** What stands behind `port-forward`: a pod or a Service, and ports as kubectl writes them. */
import { formatDidYouMean } from './did-you-mean.ts';
import { type ResourceKind, resourceOf } from './resource-args.ts';
import { UsageError } from './usage-error.ts';

export interface ForwardTarget {
  readonly kind: 'pod' | 'service';
  readonly name: string;
}

/** `8080`, `8080:80`, `:80`, `8080:http`: local is absent where it is as remote, 0 where any free one will do. */
export interface ForwardWord {
  readonly text: string;
  readonly local?: number;
  /** a number, or the name of a port */
  readonly remote: number | string;
}

const form = 'podctl port-forward POD|service/NAME [LOCAL:]REMOTE…';

const kinds: Readonly<Partial<Record<ResourceKind, ForwardTarget['kind']>>> = { pods: 'pod', services: 'service' };

/** `web`, `pod/web`, `service/shop`. Throws UsageError. */
export function parseForwardTarget(word: string | undefined): ForwardTarget {
  if (word === undefined) throw new UsageError('to which pod or service?', form);
  const [first = '', name, ...more] = word.split('/');
  if (name === undefined && first !== '') return { kind: 'pod', name: first };
  const resource = resourceOf(first);
  const kind = resource === undefined ? undefined : kinds[resource];
  if (kind !== undefined && name !== undefined && name !== '' && more.length === 0) return { kind, name };
  const guess = formatDidYouMean(first, ['pod', 'service']);
  throw new UsageError(`"${word}" is neither POD, pod/POD nor service/NAME${guess}`, 'a container is named by -c');
}

/** Throws UsageError that says what is wrong with it. */
export function parseForwardWord(text: string): ForwardWord {
  const parts = text.split(':');
  const [first = '', second] = parts;
  if (/\/(udp|sctp)$/i.test(text)) throw new UsageError(`"${text}": only TCP can be forwarded`);
  if (parts.length > 2 || text.includes('/')) throw new UsageError(`"${text}" is not [LOCAL:]REMOTE`, form);
  const remote = remotePort(text, second ?? first);
  return second === undefined ? { text, remote } : { text, remote, local: localPort(text, first) };
}

function remotePort(text: string, word: string): number | string {
  if (/^\d+$/.test(word)) return checkPort(text, Number(word), 1);
  // IANA_SVC_NAME, as the API server wants names of ports
  if (/^(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$/.test(word)) return word;
  throw new UsageError(`"${text}": "${word}" is neither a port nor the name of one`, form);
}

function localPort(text: string, word: string): number {
  if (word === '') return 0;
  if (/^\d+$/.test(word)) return checkPort(text, Number(word), 0);
  throw new UsageError(`"${text}": the local port is a number, or left out for any free one`, form);
}

function checkPort(text: string, port: number, lowest: 0 | 1): number {
  if (port >= lowest && port <= 65_535) return port;
  throw new UsageError(`"${text}": a port is between 1 and 65535, not ${port}`);
}

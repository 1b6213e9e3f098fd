/**
 * `podctl port-forward` while it runs: local listeners, and for each of their connections one of podd's into the pod.
 *
 *   local client ◀─ TCP ─▶ podctl ◀─ unix socket, after 101 ─▶ podd ◀─ TCP made inside of the pod's network ─▶ program
 *
 * Ends of streams (half-close) and back pressure go through both ways. A connection that fails is told and ends alone.
 */
import type { Socket } from 'node:net';
import type { PodObject } from '../protocol/objects.ts';
import { formatError, PodError } from '../util/pod-error.ts';
import type { Client } from './client.ts';
import { followList } from './follow-list.ts';
import type { ForwardedPort } from './forward-ports.ts';
import { hasEnded } from './forward-target.ts';
import type { Io } from './io.ts';
import { type LocalListener, listenLocally } from './listen-locally.ts';
import { podPath, podsPath } from './pod-paths.ts';

export interface ForwardOptions {
  readonly client: Client;
  readonly io: Pick<Io, 'out' | 'err'>;
  readonly pod: PodObject;
  /** whose network; undefined: the pod's */
  readonly container: string | undefined;
  readonly ports: readonly ForwardedPort[];
  readonly addresses: readonly string[];
  /** ends it all */
  readonly signal: AbortSignal;
}

/** Resolves when the signal aborts; rejects with PodError when no port can be listened on, or when the pod has ended. */
export async function runForward(options: ForwardOptions): Promise<void> {
  const connections = new Set<Socket>();
  const listeners = await listenOnAll(options, connections);
  try {
    await podEnds(options);
  } finally {
    for (const { server } of listeners) server.close();
    for (const socket of connections) socket.destroy();
  }
}

async function listenOnAll(options: ForwardOptions, connections: Set<Socket>): Promise<readonly LocalListener[]> {
  const { ports, addresses, io } = options;
  const all: LocalListener[] = [];
  const failures: unknown[] = [];
  for (const { local, remote } of ports) {
    const accept = (socket: Socket, port: number): void => {
      io.out(`Handling connection for ${port}\n`);
      connections.add(socket);
      socket.once('close', () => connections.delete(socket));
      void forward(options, socket, { local: port, remote });
    };
    try {
      const listeners = await listenLocally(addresses, local, accept);
      for (const { where } of listeners) io.out(`Forwarding from ${where} -> ${remote}\n`);
      all.push(...listeners);
    } catch (error) {
      failures.push(error);
    }
  }
  const [first] = failures;
  if (all.length === 0) throw first;
  // as kubectl: the others go on
  for (const failure of failures) io.err(`Unable to forward a port: ${formatError(failure)}\n`);
  return all;
}

/** One connection. Never rejects. */
async function forward(options: ForwardOptions, socket: Socket, { local, remote }: ForwardedPort): Promise<void> {
  const { client, io, pod, container } = options;
  const { namespace, name } = pod.metadata;
  socket.on('error', () => socket.destroy());
  try {
    const path = podPath(namespace, name, 'portforward', { port: remote, container });
    const upgraded = await client.upgrade(path, 'podctl-portforward', {});
    join(socket, upgraded.socket, upgraded.head);
  } catch (error) {
    if (!options.signal.aborted) {
      io.err(`an error occurred forwarding ${local} -> ${remote}: ${formatError(error)}\n`);
    }
    // the client sees a reset, not an empty answer
    socket.resetAndDestroy();
  }
}

function join(local: Socket, pod: Socket, head: Buffer): void {
  // made by node:http, which ends what it writes to as soon as the other side has ended
  pod.allowHalfOpen = true;
  pod.on('error', () => local.resetAndDestroy());
  pod.once('close', () => local.destroySoon());
  local.once('close', () => pod.destroy());
  if (local.destroyed) {
    pod.destroy();
    return;
  }
  if (head.length > 0) local.write(head);
  local.pipe(pod);
  pod.pipe(local);
}

async function podEnds({ client, pod, signal }: ForwardOptions): Promise<void> {
  const { namespace, name, uid } = pod.metadata;
  const fieldSelector = `metadata.name=${name}`;
  const path = (query: Readonly<Record<string, string | boolean>>): string =>
    podsPath(namespace, { fieldSelector, ...query });
  for await (const step of followList<PodObject>(client, path, signal)) {
    const found = 'list' in step ? step.list.find(({ metadata }) => metadata.uid === uid) : step.event.object;
    const isOther = found !== undefined && found.metadata.uid !== uid;
    if (isOther) continue;
    const isGone = found === undefined || ('event' in step && step.event.type === 'DELETED');
    if (isGone) throw lost(name, 'was deleted');
    if (hasEnded(found)) throw lost(name, `has ended (${found.status.phase})`);
  }
}

const lost = (name: string, what: string): PodError =>
  new PodError('PodGone', `lost connection to pod: ${name} ${what}`);

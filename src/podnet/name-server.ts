/** The resolver's sockets: UDP and TCP at one address. */
import type { Socket as DatagramSocket, RemoteInfo } from 'node:dgram';
import type { Socket } from 'node:net';
import { type Closable, type KeptOpen, keepOpen } from './keep-open.ts';
import { createMessageSplitter, withLength } from './length-prefix.ts';
import { bindUdp, type ListenAddress, listenTcp } from './listen.ts';
import type { Resolver } from './resolver.ts';

export interface NameServer extends KeptOpen {}

const mostConnections = 500;
/** RFC 7766, 6.2.3: seconds, not minutes, for a connection costs the server memory. */
const idleMs = 10_000;
/** Replies that a client does not read. */
const mostUnreadBytes = 1 << 20;

/** `resolver` is asked for at each query: it is replaced when names change. */
export function serveNames(
  at: ListenAddress,
  resolver: () => Resolver,
  onState: (protocol: 'UDP' | 'TCP', error: Error | undefined) => void,
): NameServer {
  const udp = keepOpen(
    (onLost) => openUdp(at, resolver, onLost),
    (error) => onState('UDP', error),
  );
  const tcp = keepOpen(
    () => openTcp(at, resolver),
    (error) => onState('TCP', error),
  );
  return {
    tried: Promise.all([udp.tried, tcp.tried]).then(() => undefined),
    close: () => {
      udp.close();
      tcp.close();
    },
  };
}

async function openUdp(at: ListenAddress, resolver: () => Resolver, onLost: (error: Error) => void): Promise<Closable> {
  const socket = await bindUdp(at, onLost);
  socket.on('message', (bytes, from) => {
    resolver().respond(bytes, { address: from.address, byTcp: false }, (reply) => sendQuietly(socket, reply, from));
  });
  return socket;
}

/** Whoever does not get a datagram asks again. */
function sendQuietly(socket: DatagramSocket, reply: Buffer, to: RemoteInfo): void {
  try {
    socket.send(reply, to.port, to.address, () => undefined);
  } catch {
    // closed while the upstream was asked
  }
}

async function openTcp(at: ListenAddress, resolver: () => Resolver): Promise<Closable> {
  const sockets = new Set<Socket>();
  const server = await listenTcp(at, {}, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serveConnection(socket, resolver);
  });
  server.maxConnections = mostConnections;
  return {
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function serveConnection(socket: Socket, resolver: () => Resolver): void {
  const asker = { address: socket.remoteAddress ?? '', byTcp: true };
  socket.setTimeout(idleMs, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on(
    'data',
    createMessageSplitter((message) =>
      resolver().respond(message, asker, (reply) => {
        if (socket.writableLength > mostUnreadBytes) socket.destroy();
        else if (!socket.destroyed) socket.write(withLength(reply));
      }),
    ),
  );
}

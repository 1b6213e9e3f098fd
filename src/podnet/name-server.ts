/** The resolver's sockets: UDP and TCP at one address. */
import type { Socket as DatagramSocket, RemoteInfo } from 'node:dgram';
import type { Socket } from 'node:net';
import type { Asker } from './forwarder.ts';
import { type Closable, type KeptOpen, keepOpen } from './keep-open.ts';
import { createMessageSplitter, withLength } from './length-prefix.ts';
import { bindUdp, type ListenAddress, listenTcp } from './listen.ts';
import type { Resolver } from './resolver.ts';

export interface NameServer extends KeptOpen {}

/** One pod that opens all it can leaves room for the others. */
const mostConnections = { all: 500, perAddress: 50 };
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
  const sockets = new Map<Socket, string>();
  const server = await listenTcp(at, {}, (socket) => {
    const address = socket.remoteAddress ?? '';
    const others = [...sockets.values()].filter((one) => one === address).length;
    if (others >= mostConnections.perAddress) return void socket.destroy();
    sockets.set(socket, address);
    socket.on('close', () => sockets.delete(socket));
    serveConnection(socket, { address, byTcp: true }, resolver);
  });
  server.maxConnections = mostConnections.all;
  return {
    close: () => {
      server.close();
      for (const socket of sockets.keys()) socket.destroy();
    },
  };
}

function serveConnection(socket: Socket, asker: Asker, resolver: () => Resolver): void {
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

/** Sockets that accept, as promises: they reject with the errno of bind or listen. */
import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type ServerOpts, type Socket } from 'node:net';
import { isIpv6 } from './address-names.ts';

export interface ListenAddress {
  readonly address: string;
  readonly port: number;
}

/** Hundreds of pods may start, and ask, in the same instant. The kernel gives what net.core.rmem_max allows. */
const receiveBytes = 1 << 20;

/** An IPv6 socket takes IPv6 only, so that `0.0.0.0` and `::` can be listened on side by side. */
export async function listenTcp(
  { address, port }: ListenAddress,
  options: ServerOpts,
  onConnection: (socket: Socket) => void,
): Promise<Server> {
  const server = createServer(options, onConnection);
  server.listen({ host: address, port, ipv6Only: isIpv6(address), backlog: 511 });
  await once(server, 'listening');
  // accept(2) may fail for a while (EMFILE): the server goes on
  server.on('error', () => undefined);
  return server;
}

/** The address is taken as it is, nothing is ever looked up. `onLost`: the socket failed later, and is closed. */
export async function bindUdp(
  { address, port }: ListenAddress,
  onLost: (error: Error) => void,
): Promise<DatagramSocket> {
  const socket = createDatagramSocket(address);
  // told of within bind: the look-up takes no turn
  const listening = once(socket, 'listening');
  try {
    socket.bind({ address, port, exclusive: true });
    await listening;
  } catch (error) {
    closeQuietly(socket);
    throw error;
  }
  socket.setRecvBufferSize(receiveBytes);
  socket.on('error', (error) => {
    closeQuietly(socket);
    onLost(error);
  });
  return socket;
}

/** A socket of the address's family. Node looks even numeric addresses up, asynchronously, if it is let. */
export function createDatagramSocket(address: string): DatagramSocket {
  const family = isIpv6(address) ? 6 : 4;
  return createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    ipv6Only: family === 6,
    lookup: (host, _options, callback) => callback(null, host, family),
  });
}

/** Closing twice is an error to Node. */
export function closeQuietly(socket: DatagramSocket): void {
  try {
    socket.close();
  } catch {
    // closed already: what was wanted
  }
}

/** One TCP port that leads to endpoints. They see podnet's address, not the client's. */
import { connect, type Socket } from 'node:net';
import type { Endpoints } from './endpoints.ts';
import type { Closable } from './keep-open.ts';
import { type ListenAddress, listenTcp } from './listen.ts';

const connectMs = 3_000;
/** A peer that vanished without a word is found out after a few minutes. */
const keepAliveMs = 60_000;

/** Closing it ends no connection. */
export async function openTcpProxy(at: ListenAddress, endpoints: Endpoints): Promise<Closable> {
  const options = { allowHalfOpen: true, pauseOnConnect: true, noDelay: true };
  const server = await listenTcp(at, options, (client) => void serve(client, endpoints));
  return { close: () => void server.close() };
}

async function serve(client: Socket, endpoints: Endpoints): Promise<void> {
  client.on('error', () => client.destroy());
  const backend = await connectFirst(endpoints.inTurn());
  if (backend === undefined) client.resetAndDestroy();
  else if (client.destroyed) backend.destroy();
  else relay(client, backend);
}

async function connectFirst(places: readonly ListenAddress[]): Promise<Socket | undefined> {
  for (const place of places) {
    const socket = await connectTo(place);
    if (socket !== undefined) return socket;
  }
  return undefined;
}

/** Undefined when nobody accepts there. */
function connectTo({ address, port }: ListenAddress): Promise<Socket | undefined> {
  const socket = connect({ host: address, port, allowHalfOpen: true, noDelay: true });
  return new Promise((resolve) => {
    const giveUp = (): void => {
      socket.destroy();
      resolve(undefined);
    };
    socket.setTimeout(connectMs, giveUp);
    socket.once('error', giveUp);
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('timeout', giveUp);
      socket.on('error', () => socket.destroy());
      resolve(socket);
    });
  });
}

/** An end is passed on as an end (half-close), a reset as a reset; whoever reads slowly slows the other down. */
function relay(client: Socket, backend: Socket): void {
  for (const [from, to] of [
    [client, backend],
    [backend, client],
  ] as const) {
    from.setKeepAlive(true, keepAliveMs);
    from.pipe(to);
    from.on('close', (hadError) => {
      if (hadError && !to.destroyed) to.resetAndDestroy();
    });
  }
}

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below what the kernel gives to outgoing connections (32768) and what a Service takes as NodePort (30000). */
const ports = { first: 10_000, count: 20_000 };

/** A port of this machine that nobody listens on now, by TCP or UDP, and that no connection is given while the test gets ready. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = ports.first + Math.floor(Math.random() * ports.count);
    if ((await isFreeForTcp(port)) && (await isFreeForUdp(port))) return port;
  }
}

async function isFreeForTcp(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  return await listens(server);
}

async function isFreeForUdp(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  socket.bind(port, '127.0.0.1');
  return await listens(socket);
}

async function listens(one: ReturnType<typeof createServer> | ReturnType<typeof createSocket>): Promise<boolean> {
  try {
    await once(one, 'listening');
  } catch {
    return false;
  }
  await new Promise<void>((resolve) => one.close(() => resolve()));
  return true;
}

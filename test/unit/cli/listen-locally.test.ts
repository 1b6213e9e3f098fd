import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type LocalListener, listenLocally } from '../../../src/cli/listen-locally.ts';

let open: readonly LocalListener[] = [];
afterEach(() => {
  for (const { server } of open) server.close();
  open = [];
});

test('a free port is the same on every address, and connections say which', async () => {
  const ports: number[] = [];
  open = await listenLocally(['127.0.0.1', '127.0.0.2'], 0, (socket, port) => {
    ports.push(port);
    socket.destroy();
  });
  const [first, second] = open;
  expect(second?.port).toBe(first?.port);
  expect(second?.where).toBe(`127.0.0.2:${first?.port}`);
  const client = connect({ host: '127.0.0.2', port: first?.port ?? 0 }).on('error', () => undefined);
  await once(client, 'close');
  expect(ports).toEqual([first?.port]);
});

test('a port in use is named, and nothing stays open of the others', async () => {
  const holder = createServer().listen({ host: '127.0.0.2', port: 0 });
  await once(holder, 'listening');
  const { port } = holder.address() as { port: number };
  await expect(listenLocally(['127.0.0.1', '127.0.0.2'], port, () => undefined)).rejects.toMatchObject({
    code: 'PortInUse',
    message: `127.0.0.2:${port} is in use on this machine`,
  });
  open = await listenLocally(['127.0.0.1'], port, () => undefined);
  holder.close();
});

test('an address of another machine is refused', async () => {
  await expect(listenLocally(['192.0.2.1'], 0, () => undefined)).rejects.toMatchObject({
    message: '192.0.2.1:0: this machine has no such address',
  });
});

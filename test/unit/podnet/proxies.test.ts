import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { createProxies } from '../../../src/podnet/proxies.ts';
import type { ProxiedPort } from '../../../src/protocol/podnet.ts';
import { freePort } from '../../support/free-port.ts';
import { waitFor, within } from '../../support/wait-for.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const endpoint = (port: number, address = '127.0.0.1') => ({ addresses: { ipv4: address }, port });

/** The proxies with one port wanted; `lead` takes it elsewhere. */
async function proxied(protocol: 'TCP' | 'UDP', ports: readonly number[], address = '127.0.0.1') {
  const states: string[] = [];
  const port = await freePort();
  const proxies = createProxies((at, error) =>
    states.push(`${at.protocol} ${(error as NodeJS.ErrnoException | undefined)?.code ?? 'listens'}`),
  );
  const lead = (...to: number[]): void => {
    const wanted: ProxiedPort = { protocol, address, port, endpoints: to.map((one) => endpoint(one)) };
    proxies.apply([wanted]);
  };
  lead(...ports);
  closers.push(() => proxies.apply([]));
  await proxies.tried();
  return { port, proxies, states, lead };
}

async function tcpServer(onConnection: (socket: Socket) => void): Promise<number> {
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  return (server.address() as { port: number }).port;
}

const greeter = (word: string): Promise<number> => tcpServer((socket) => socket.end(word));

function client(port: number, host = '127.0.0.1'): Socket {
  const socket = connect({ host, port, allowHalfOpen: true });
  closers.push(() => socket.destroy());
  return socket;
}

const heard = (port: number): Promise<string> => within('the proxy answers', 30_000, text(client(port)));

describe('a TCP port', () => {
  test('leads to its endpoints in turn', async () => {
    const { port } = await proxied('TCP', [await greeter('a'), await greeter('b')]);
    expect([await heard(port), await heard(port), await heard(port)]).toEqual(['a', 'b', 'a']);
  });

  test('skips an endpoint where nobody listens', async () => {
    const { port } = await proxied('TCP', [await freePort(), await greeter('b')]);
    expect([await heard(port), await heard(port)]).toEqual(['b', 'b']);
  });

  test('resets a connection that leads nowhere', async () => {
    const { port } = await proxied('TCP', []);
    const socket = client(port);
    const [error] = await once(socket, 'error');
    expect((error as NodeJS.ErrnoException).code).toBe('ECONNRESET');
  });

  test('passes an end on while the other side still talks', async () => {
    const lengthTeller = await tcpServer((socket) => {
      let bytes = 0;
      socket.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      socket.once('end', () => socket.end(`${bytes} bytes`));
    });
    const { port } = await proxied('TCP', [lengthTeller]);
    const socket = client(port);
    socket.end('x'.repeat(1_000_000));
    expect(await within('the reply comes after the end', 30_000, text(socket))).toBe('1000000 bytes');
  });

  test('passes a reset on, both ways', async () => {
    let atServer: Socket | undefined;
    const server = await tcpServer((socket) => {
      atServer = socket;
      socket.resume();
    });
    const { port } = await proxied('TCP', [server]);
    const first = client(port);
    await waitFor('the server is reached', () => atServer !== undefined);
    atServer?.resetAndDestroy();
    const [error] = await once(first, 'error');
    expect((error as NodeJS.ErrnoException).code).toBe('ECONNRESET');

    atServer = undefined;
    const second = client(port);
    const reached = await waitFor('the server is reached again', () => atServer);
    const failed = once(reached, 'error');
    second.resetAndDestroy();
    const [reset] = await within('the server sees it', 30_000, failed);
    expect((reset as NodeJS.ErrnoException).code).toBe('ECONNRESET');
  });

  test('a reader that does not read stops the writer', async () => {
    let written = 0;
    const server = await tcpServer((socket) => {
      const block = Buffer.alloc(1 << 20);
      const write = (): void => {
        while (written < 256 << 20) {
          written += block.length;
          if (!socket.write(block)) return void socket.once('drain', write);
        }
        socket.end();
      };
      write();
    });
    const { port } = await proxied('TCP', [server]);
    const socket = client(port);
    socket.pause();
    let before = -1;
    await waitFor(
      'the writer stands still',
      () => {
        const stands = written === before && written > 0;
        before = written;
        return stands;
      },
      10_000,
      200,
    );
    expect(written).toBeLessThan(128 << 20);
    let read = 0;
    socket.on('data', (chunk: Buffer) => {
      read += chunk.length;
    });
    socket.resume();
    await once(socket, 'end');
    expect(read).toBe(256 << 20);
  });

  test('leads elsewhere, or away, without touching a connection', async () => {
    const echo = await tcpServer((socket) => socket.pipe(socket));
    const { port, lead, proxies } = await proxied('TCP', [echo]);
    const socket = client(port);
    socket.write('one');
    expect(String((await once(socket, 'data'))[0])).toBe('one');
    lead(await greeter('new'));
    expect(await heard(port)).toBe('new');
    proxies.apply([]);
    await expect(heard(port)).rejects.toThrow('ECONNREFUSED');
    socket.write('two');
    expect(String((await once(socket, 'data'))[0])).toBe('two');
  });

  test('says who is in the way, and listens when it is gone', async () => {
    const port = await freePort();
    const other = createServer();
    other.listen(port, '127.0.0.1');
    await once(other, 'listening');
    const states: string[] = [];
    const proxies = createProxies((_port, error) => states.push((error as NodeJS.ErrnoException)?.code ?? 'listens'));
    closers.push(() => proxies.apply([]));
    proxies.apply([{ protocol: 'TCP', address: '127.0.0.1', port, endpoints: [endpoint(await greeter('hello'))] }]);
    await proxies.tried();
    expect(states).toEqual(['EADDRINUSE']);
    other.close();
    await waitFor('it listens', () => states.at(-1) === 'listens');
    expect(await heard(port)).toBe('hello');
  });

  test('waits for an address that is not there yet', async () => {
    const { states } = await proxied('TCP', [], '192.0.2.1');
    expect(states).toEqual(['TCP EADDRNOTAVAIL']);
  });

  test('of IPv6 leads to a program that listens on IPv4 only', async () => {
    const port = await freePort();
    const proxies = createProxies(() => undefined);
    closers.push(() => proxies.apply([]));
    const addresses = { ipv4: '127.0.0.1', ipv6: '::1' };
    proxies.apply([{ protocol: 'TCP', address: '::1', port, endpoints: [{ addresses, port: await greeter('four') }] }]);
    await proxies.tried();
    expect(await text(client(port, '::1'))).toBe('four');
  });
});

describe('a UDP port', () => {
  function udpSocket(): DatagramSocket {
    const socket = createSocket('udp4');
    closers.push(() => socket.close());
    return socket;
  }

  /** Answers with its word and what was sent. */
  async function answerer(word: string): Promise<number> {
    const socket = udpSocket();
    socket.on('message', (datagram, from) => socket.send(`${word} ${datagram}`, from.port, from.address));
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return socket.address().port;
  }

  async function askUdp(socket: DatagramSocket, port: number, datagram: string): Promise<string> {
    const reply = once(socket, 'message');
    socket.send(datagram, port, '127.0.0.1');
    return String((await within(`a reply to ${datagram}`, 30_000, reply))[0]);
  }

  test('keeps a client with its endpoint, and gives the next client the next one', async () => {
    const { port } = await proxied('UDP', [await answerer('a'), await answerer('b')]);
    const [first, second] = [udpSocket(), udpSocket()];
    expect([await askUdp(first, port, '1'), await askUdp(first, port, '2')]).toEqual(['a 1', 'a 2']);
    expect([await askUdp(second, port, '3'), await askUdp(first, port, '4')]).toEqual(['b 3', 'a 4']);
  });

  test('goes on to the next endpoint where nobody listens, and loses nothing', async () => {
    const { port } = await proxied('UDP', [await freePort(), await answerer('b')]);
    expect(await askUdp(udpSocket(), port, '1')).toBe('b 1');
  });

  test('leaves an endpoint that is no longer one', async () => {
    const { port, lead } = await proxied('UDP', [await answerer('a')]);
    const socket = udpSocket();
    expect(await askUdp(socket, port, '1')).toBe('a 1');
    lead(await answerer('b'));
    expect(await askUdp(socket, port, '2')).toBe('b 2');
  });

  test('without endpoints it says nothing and lives on', async () => {
    const { port, lead } = await proxied('UDP', []);
    const socket = udpSocket();
    socket.send('lost', port, '127.0.0.1');
    // a turn of the proxies' loop later it has been read
    await askUdp(udpSocket(), (await proxied('UDP', [await answerer('b')])).port, 'there');
    lead(await answerer('a'));
    expect(await askUdp(socket, port, '1')).toBe('a 1');
  });

  test('200 clients at once are answered', async () => {
    const { port } = await proxied('UDP', [await answerer('a')]);
    const sockets = Array.from({ length: 200 }, udpSocket);
    const replies = await Promise.all(sockets.map((socket, i) => askUdp(socket, port, String(i))));
    expect(replies).toEqual(sockets.map((_, i) => `a ${i}`));
  });
});

/** Local ports of `port-forward`. */
import { createServer, isIP, isIPv6, type Server, type Socket } from 'node:net';
import { PodError } from '../util/pod-error.ts';
import { UsageError } from './usage-error.ts';

/** `localhost` stands for 127.0.0.1 and, where the machine has it, ::1. Throws UsageError on names of hosts. */
export function parseListenAddresses(text: string): readonly string[] {
  const words = text.split(',').map((word) => word.trim());
  const wrong = words.find((word) => word !== 'localhost' && isIP(word) === 0);
  if (wrong === undefined) return [...new Set(words)];
  throw new UsageError(`--address "${wrong}": write localhost or IP addresses, separated by commas`);
}

export interface LocalListener {
  /** as `-> 80` is written behind: `127.0.0.1:8080` */
  readonly where: string;
  readonly port: number;
  readonly server: Server;
}

/**
 * Listens on one port of all the addresses (0: any free one, the same of all). Connections come paused. All or nothing: rejects with
 * PodError that names address and port.
 */
export async function listenLocally(
  addresses: readonly string[],
  port: number,
  onConnection: (socket: Socket, port: number) => void,
): Promise<readonly LocalListener[]> {
  const listeners: LocalListener[] = [];
  const at = async (address: string): Promise<void> => {
    listeners.push(await listen(address, listeners[0]?.port ?? port, onConnection));
  };
  try {
    for (const address of addresses) {
      await at(address === 'localhost' ? '127.0.0.1' : address);
      if (address !== 'localhost') continue;
      await at('::1').catch((error) => {
        if (!toleratesOn6(error, port)) throw error;
      });
    }
    return listeners;
  } catch (error) {
    for (const { server } of listeners) server.close();
    throw error;
  }
}

/** A machine without IPv6 has no ::1; for any free port IPv4's is enough where IPv6 has it in use. */
function toleratesOn6(error: unknown, port: number): boolean {
  return error instanceof PodError && (error.code === 'NoSuchAddress' || (port === 0 && error.code === 'PortInUse'));
}

function listen(
  address: string,
  port: number,
  onConnection: (socket: Socket, port: number) => void,
): Promise<LocalListener> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(refusal(error, formatPlace(address, port))));
    server.once('listening', () => {
      const bound = server.address();
      const actual = typeof bound === 'object' && bound !== null ? bound.port : port;
      server.on('connection', (socket) => onConnection(socket, actual));
      // from here on accept(2) failures, EMFILE above all: connections wait until descriptors are free again
      server.on('error', () => undefined);
      resolve({ where: formatPlace(address, actual), port: actual, server });
    });
    server.listen({ host: address, port, ipv6Only: isIPv6(address) });
  });
}

const formatPlace = (address: string, port: number): string =>
  isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;

function refusal(error: NodeJS.ErrnoException, where: string): PodError {
  if (error.code === 'EADDRINUSE') {
    const hint = 'another local port is written in front, as 8081:80; any free one as :80';
    return new PodError('PortInUse', `${where} is in use on this machine`, { hint });
  }
  if (error.code === 'EADDRNOTAVAIL')
    return new PodError('NoSuchAddress', `${where}: this machine has no such address`);
  return new PodError('ListenFailed', `listen on ${where}`, { cause: error });
}

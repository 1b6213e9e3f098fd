/** TCP connections of probes. Never by name: a look-up would take a thread, which PID 1 does not have, and the container's files. */
import { connect, isIP, isIPv6, type Socket } from 'node:net';

export interface ConnectOutcome {
  readonly onConnected: (socket: Socket, address: string) => void;
  /** said at most once, and never after onConnected; `refusedBy`: the `address:port` where nobody listens */
  readonly onFailed: (message: string, refusedBy?: string) => void;
}

/** `127.0.0.1:80`, `[::1]:80`. */
export const formatAddress = (host: string, port: number): string =>
  isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;

/**
 * Connect to an IP address, or to `localhost`: 127.0.0.1 and then ::1. Returns what destroys the socket, also after
 * onConnected. Outcomes come from the event loop, never before this returns.
 */
export function connectTo(host: string, port: number, outcome: ConnectOutcome): () => void {
  const addresses = host === 'localhost' ? ['127.0.0.1', '::1'] : [host];
  let socket: Socket | undefined;
  let firstFailure: readonly [message: string, refusedBy?: string] | undefined;
  const tryNext = (): void => {
    const address = addresses.shift();
    if (address === undefined) return outcome.onFailed(...(firstFailure ?? [`nothing to connect to at ${host}`]));
    const attempt = openSocket(address, port);
    socket = attempt;
    const onError = (error: NodeJS.ErrnoException): void => {
      firstFailure ??= describeConnectError(error, formatAddress(address, port));
      attempt.destroy();
      tryNext();
    };
    attempt.once('error', onError);
    attempt.once('connect', () => {
      attempt.off('error', onError);
      outcome.onConnected(attempt, address);
    });
  };
  if (isIP(host) === 0 && host !== 'localhost') addresses.shift();
  let cancelled = false;
  if (addresses.length > 0) tryNext();
  else setImmediate(() => !cancelled && outcome.onFailed(`${host} is neither an IP address nor localhost`));
  return () => {
    cancelled = true;
    socket?.destroy();
  };
}

/** A socket never without an error listener: an error that nobody hears would end PID 1. */
function openSocket(host: string, port: number): Socket {
  const socket = connect({ host, port, autoSelectFamily: false });
  socket.on('error', () => {});
  return socket;
}

function describeConnectError(
  error: NodeJS.ErrnoException,
  address: string,
): readonly [message: string, refusedBy?: string] {
  if (error.code === 'ECONNREFUSED') return [`connection refused on ${address}`, address];
  return [`connect to ${address}: ${error.code ?? error.message}`];
}

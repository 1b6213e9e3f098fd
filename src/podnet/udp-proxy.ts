/** One UDP port that leads to endpoints: each client's datagrams go to one of them, through a socket of that client's own. */
import type { Socket as DatagramSocket } from 'node:dgram';
import type { Endpoints } from './endpoints.ts';
import type { Closable } from './keep-open.ts';
import { bindUdp, closeQuietly, createDatagramSocket, type ListenAddress } from './listen.ts';

/** As the kernel forgets a UDP flow that was answered (nf_conntrack_udp_timeout_stream is longer, 120 s). */
const idleMs = 60_000;
/** A descriptor each; the one that began first gives way. */
const mostSessions = 1_000;
/** Datagrams that come before the socket is connected. */
const mostWaiting = 64;

interface Session extends Closable {
  readonly send: (datagram: Buffer) => void;
  readonly leadsTo: () => ListenAddress | undefined;
}

export async function openUdpProxy(
  at: ListenAddress,
  endpoints: Endpoints,
  onLost: (error: Error) => void,
): Promise<Closable> {
  const sessions = new Map<string, Session>();
  const closeAll = (): void => {
    for (const session of sessions.values()) session.close();
  };
  const socket = await bindUdp(at, (error) => {
    closeAll();
    onLost(error);
  });
  const begin = (key: string, client: ListenAddress): Session | undefined => {
    const places = endpoints.inTurn();
    if (places.length === 0) return undefined;
    const reply = (datagram: Buffer): void => sendQuietly(socket, datagram, client);
    const session = openSession(places, reply, () => sessions.delete(key));
    sessions.set(key, session);
    if (sessions.size > mostSessions) sessions.values().next().value?.close();
    return session;
  };
  socket.on('message', (datagram, client) => {
    const key = `${client.address} ${client.port}`;
    const known = sessions.get(key);
    const place = known?.leadsTo();
    const isStale = place !== undefined && !endpoints.has(place);
    if (isStale) known?.close();
    (isStale || known === undefined ? begin(key, client) : known)?.send(datagram);
  });
  return {
    close: () => {
      closeAll();
      closeQuietly(socket);
    },
  };
}

/** Goes on to the next place while nobody has answered and the present one refuses (ICMP port unreachable). */
function openSession(
  places: readonly ListenAddress[],
  onReply: (datagram: Buffer) => void,
  onEnd: () => void,
): Session {
  const left = [...places];
  const unanswered: Buffer[] = [];
  let hasAnswer = false;
  let road: Road | undefined;
  const close = (): void => {
    clearTimeout(timer);
    road?.close();
    road = undefined;
    onEnd();
  };
  const timer = setTimeout(close, idleMs);
  const take = (datagram: Buffer): void => {
    hasAnswer = true;
    unanswered.length = 0;
    timer.refresh();
    onReply(datagram);
  };
  const tryNext = (): void => {
    road?.close();
    const place = left.shift();
    if (place === undefined || hasAnswer) return close();
    road = openRoad(place, take, tryNext);
    for (const datagram of unanswered) road.send(datagram);
  };
  tryNext();
  return {
    close,
    leadsTo: () => road?.place,
    send: (datagram) => {
      timer.refresh();
      if (!hasAnswer && unanswered.length < mostWaiting) unanswered.push(datagram);
      road?.send(datagram);
    },
  };
}

interface Road extends Closable {
  readonly place: ListenAddress;
  readonly send: (datagram: Buffer) => void;
}

/** A connected socket: the kernel tells of a refusal. `onRefused` is called once, and never after close. */
function openRoad(place: ListenAddress, onReply: (datagram: Buffer) => void, onRefused: () => void): Road {
  const socket = createDatagramSocket(place.address);
  const waiting: Buffer[] = [];
  let state: 'connecting' | 'connected' | 'closed' = 'connecting';
  const close = (): void => {
    state = 'closed';
    closeQuietly(socket);
  };
  const refuse = (error: Error | null): void => {
    if (error === null || state === 'closed') return;
    close();
    onRefused();
  };
  socket.on('error', refuse);
  socket.on('message', onReply);
  socket.once('connect', () => {
    state = 'connected';
    for (const datagram of waiting) socket.send(datagram, refuse);
  });
  socket.connect(place.port, place.address);
  return {
    place,
    close,
    send: (datagram) => {
      if (state === 'connected') socket.send(datagram, refuse);
      else if (state === 'connecting' && waiting.length < mostWaiting) waiting.push(datagram);
    },
  };
}

function sendQuietly(socket: DatagramSocket, datagram: Buffer, to: ListenAddress): void {
  try {
    socket.send(datagram, to.port, to.address, () => undefined);
  } catch {
    // the port was taken away meanwhile
  }
}

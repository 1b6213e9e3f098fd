/**
 * POST …/exec and …/attach with `Upgrade: podctl-exec`: podd finds the container's control socket and relays bytes; it reads none of them.
 *
 *   podctl ── request ──────────▶ podd ── connect ctl.sock, ExecRequest or AttachRequest line ──▶ podinit
 *   podctl ◀── 101 ────────────── podd
 *   podctl ◀─────────────── ExecReply line, frames both ways ──────────────────────────────────▶ podinit
 */
import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { AttachRequest, ExecRequest } from '../protocol/init.ts';
import { encodeLine } from '../protocol/json-lines.ts';
import type { ApiCall, ApiContext, Route } from './api-context.ts';
import { attachRequestOf } from './attach.ts';
import { execRequestOf } from './exec.ts';
import { type FoundContainer, findContainer } from './find-container.ts';
import { textOf } from './query.ts';
import { sendStatusRaw } from './respond.ts';
import { matchRoute } from './router.ts';
import { openSocketPath } from './socket-path.ts';
import { ApiError, toApiStatus } from './status-errors.ts';

/** Paths of the routes that need an Upgrade. */
export const execPath = '/api/v1/namespaces/:namespace/pods/:name/exec';
export const attachPath = '/api/v1/namespaces/:namespace/pods/:name/attach';

/** What a client asks for, checked; throws ApiError. */
export type RequestOf = (
  request: IncomingMessage,
  query: URLSearchParams,
  found: FoundContainer,
) => ExecRequest | AttachRequest;

const upgradeRoutes: readonly (Pick<Route, 'method' | 'path'> & { readonly requestOf: RequestOf })[] = [
  { method: 'POST', path: execPath, requestOf: execRequestOf },
  { method: 'POST', path: attachPath, requestOf: attachRequestOf },
];

/** Plain POST to exec or attach: it has to be an Upgrade. */
export function refusePlain(_call: ApiCall): void {
  throw new ApiError('BadRequest', 'Upgrade request required: send "Connection: Upgrade" and "Upgrade: podctl-exec"');
}

/** Handles a connection that asks for an Upgrade: 101 and the relay, or a Status and the end. Never throws. */
export async function serveUpgrade(
  context: ApiContext,
  request: IncomingMessage,
  client: Duplex,
  head: Buffer,
): Promise<void> {
  client.on('error', () => client.destroy());
  try {
    const { runDir, hello } = findTarget(context, request);
    const upstream = await connectInitSocket(runDir);
    upstream.write(encodeLine(hello));
    client.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: podctl-exec\r\n\r\n');
    if (head.length > 0) upstream.write(head);
    relay(client, upstream, context.stopping);
  } catch (error) {
    const status = toApiStatus(error);
    if (status.code >= 500) context.log(`upgrade ${request.url ?? ''}: ${status.message}`);
    sendStatusRaw(client, status);
  }
}

function findTarget(
  context: ApiContext,
  request: IncomingMessage,
): { readonly runDir: string; readonly hello: ExecRequest | AttachRequest } {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://podd');
  const match = matchRoute(upgradeRoutes, request.method ?? '', pathname);
  if (!match.ok || request.headers.upgrade?.toLowerCase() !== 'podctl-exec') {
    throw new ApiError('BadRequest', `only POST ${execPath} and ${attachPath} can be upgraded, to podctl-exec`);
  }
  const { route, params } = match.value;
  const { namespace = '', name = '' } = params;
  const found = findContainer(context, namespace, name, textOf(searchParams, 'container'));
  const { runDir, container } = found.location;
  const { phase } = found.pod.status;
  if (runDir === undefined && (phase === 'Succeeded' || phase === 'Failed')) {
    const verb = route.path === execPath ? 'exec into' : 'attach to';
    const message = `cannot ${verb} a container in a completed pod; current phase is ${phase}`;
    throw new ApiError('BadRequest', message, { name, kind: 'pods' });
  }
  const hello = route.requestOf(request, searchParams, found);
  if (runDir === undefined) throw new ApiError('BadRequest', `container ${container} is not running`);
  return { runDir, hello };
}

function connectInitSocket(runDir: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { path, close } = openSocketPath(join(runDir, 'ctl.sock'));
    const socket = connect({ path, allowHalfOpen: true });
    const fail = (cause: NodeJS.ErrnoException): void => {
      close();
      // Its init has just ended; the reconciler learns of it in a moment.
      const isGone = cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED';
      reject(
        isGone
          ? new ApiError('BadRequest', 'the container is not running any more')
          : new Error(`connect to ${runDir}/ctl.sock`, { cause }),
      );
    };
    socket.once('error', fail);
    socket.once('connect', () => {
      close();
      socket.off('error', fail);
      resolve(socket);
    });
  });
}

// Ends travel with pipe (half-close); what breaks on one side is cut on the other, after what was received is delivered.
function relay(client: Duplex, upstream: Socket, stopping: AbortSignal): void {
  const cut = (): void => {
    client.destroy();
    upstream.destroy();
  };
  upstream.once('error', cut);
  client.once('close', () => {
    stopping.removeEventListener('abort', cut);
    upstream.destroy();
  });
  upstream.once('close', () => {
    if (!client.writableEnded) client.destroy();
    // The pipe is gone with its end; read on, else the client's own end is never seen.
    client.resume();
  });
  stopping.addEventListener('abort', cut, { once: true });
  client.pipe(upstream);
  upstream.pipe(client);
  if (stopping.aborted || client.destroyed) cut();
}

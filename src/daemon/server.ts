/** The HTTP server on podd's unix socket. */

import { rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ApiContext, Route } from './api-context.ts';
import { checkAcceptsJson, sendJson } from './respond.ts';
import { matchRoute } from './router.ts';
import { routes } from './routes.ts';
import { serveUpgrade } from './serve-upgrade.ts';
import { openSocketPath } from './socket-path.ts';
import { ApiError, toApiStatus } from './status-errors.ts';

export interface ApiServer {
  /** Stops accepting, lets answers end for half a second, cuts the rest, removes the socket. Abort `context.stopping` first: it ends watches and follows. */
  readonly close: () => Promise<void>;
}

/**
 * Serves the API at `socketPath`, mode 0600: root only, by the file system's word. A socket left there is removed; the caller
 * holds the instance lock, so nobody listens on it. Rejects with the listen error.
 */
export async function startServer(context: ApiContext, socketPath: string): Promise<ApiServer> {
  const server = createServer();
  const upgraded = new Set<Duplex>();
  server.on('request', (request, response) => void answer(context, request, response));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    void serveUpgrade(context, request, socket, head);
  });
  await listen(server, socketPath);
  // From here on these are accept(2) failures, EMFILE above all: connections wait until descriptors are free again.
  server.on('error', (error) => context.log(`accept: ${error.message}`));
  return { close: () => closeServer(server, upgraded) };
}

function listen(server: Server, socketPath: string): Promise<void> {
  rmSync(socketPath, { force: true });
  const { path } = openSocketPath(socketPath);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve();
    });
    // bind(2) happens within listen(): nobody else can connect, not even for a moment.
    const umask = process.umask(0o177);
    server.listen(path);
    process.umask(umask);
  });
}

// Answers under way get this long to end.
const closeGraceMs = 500;

function closeServer(server: Server, upgraded: ReadonlySet<Duplex>): Promise<void> {
  for (const socket of upgraded) socket.destroy();
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), closeGraceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

async function answer(context: ApiContext, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.on('error', () => response.destroy());
  try {
    const { pathname, searchParams } = parseTarget(request.url ?? '/');
    const { route, params } = findRoute(request.method ?? 'GET', pathname, response);
    if (route.produces === 'json') checkAcceptsJson(request);
    await route.run({ context, request, response, params, query: searchParams });
  } catch (error) {
    refuse(context, request, response, error);
  }
}

function parseTarget(target: string): URL {
  try {
    return new URL(target, 'http://podd');
  } catch {
    throw new ApiError('BadRequest', `"${target}" is not a path`);
  }
}

function findRoute(
  method: string,
  pathname: string,
  response: ServerResponse,
): { readonly route: Route; readonly params: Readonly<Record<string, string>> } {
  const match = matchRoute(routes, method, pathname);
  if (match.ok) return match.value;
  if (match.error.length === 0)
    throw new ApiError('NotFound', `the server could not find the requested resource: ${pathname}`);
  response.setHeader('allow', match.error.join(', '));
  throw new ApiError('MethodNotAllowed', `${method} is not supported on ${pathname}, only ${match.error.join(', ')}`);
}

function refuse(context: ApiContext, request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const status = toApiStatus(error);
  const isOurs = status.code >= 500 && !response.destroyed;
  if (isOurs) context.log(`${request.method ?? ''} ${request.url ?? ''}: ${status.message}`);
  // Half an answer cannot be taken back: a cut connection tells the client that it is not whole.
  if (response.headersSent) response.destroy();
  else sendJson(response, status.code, status);
}

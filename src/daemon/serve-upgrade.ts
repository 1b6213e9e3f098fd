/** Routes that need an Upgrade: podd makes a connection for the client, answers 101, and relays bytes; it reads none of them. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ApiCall, ApiContext } from './api-context.ts';
import { attachRequestOf } from './attach.ts';
import { connectInit } from './connect-init.ts';
import { connectPort } from './connect-port.ts';
import { execRequestOf } from './exec.ts';
import { sendStatusRaw } from './respond.ts';
import { matchRoute } from './router.ts';
import { ApiError, toApiStatus } from './status-errors.ts';
import type { UpgradeCall, UpgradeRoute } from './upgrade-call.ts';

const onePod = '/api/v1/namespaces/:namespace/pods/:name';

const exec = { verb: 'exec into', requestOf: execRequestOf };
const attach = { verb: 'attach to', requestOf: attachRequestOf };

export const upgradeRoutes: readonly UpgradeRoute[] = [
  { method: 'POST', path: `${onePod}/exec`, protocol: 'podctl-exec', connect: (call) => connectInit(call, exec) },
  { method: 'POST', path: `${onePod}/attach`, protocol: 'podctl-exec', connect: (call) => connectInit(call, attach) },
  { method: 'POST', path: `${onePod}/portforward`, protocol: 'podctl-portforward', connect: connectPort },
];

/** Plain POST to one of them: it has to be an Upgrade. */
export const refusePlain =
  ({ protocol }: UpgradeRoute) =>
  (_call: ApiCall): void => {
    const wanted = `send "Connection: Upgrade" and "Upgrade: ${protocol}"`;
    throw new ApiError('BadRequest', `Upgrade request required: ${wanted}`);
  };

/** Handles a connection that asks for an Upgrade: 101 and the relay, or a Status and the end. Never throws. */
export async function serveUpgrade(
  context: ApiContext,
  request: IncomingMessage,
  client: Duplex,
  head: Buffer,
): Promise<void> {
  const left = new AbortController();
  client.on('error', () => client.destroy());
  client.once('close', () => left.abort());
  try {
    const { route, call } = findRoute(context, request, left.signal);
    const upstream = await route.connect(call);
    client.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${route.protocol}\r\n\r\n`);
    if (head.length > 0) upstream.write(head);
    relay(client, upstream, context.stopping);
  } catch (error) {
    if (client.destroyed) return;
    const status = toApiStatus(error);
    if (status.code >= 500) context.log(`upgrade ${request.url ?? ''}: ${status.message}`);
    sendStatusRaw(client, status);
  }
}

function findRoute(
  context: ApiContext,
  request: IncomingMessage,
  left: AbortSignal,
): { readonly route: UpgradeRoute; readonly call: UpgradeCall } {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://podd');
  const match = matchRoute(upgradeRoutes, request.method ?? '', pathname);
  const protocol = request.headers.upgrade?.toLowerCase();
  if (!match.ok || protocol !== match.value.route.protocol) {
    const known = upgradeRoutes.map((route) => `POST ${route.path} (to ${route.protocol})`);
    throw new ApiError('BadRequest', `only these can be upgraded: ${known.join(', ')}`);
  }
  const { route, params } = match.value;
  return { route, call: { context, request, params, query: searchParams, left } };
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

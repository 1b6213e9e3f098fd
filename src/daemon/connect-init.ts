/**
 * POST …/exec and …/attach with `Upgrade: podctl-exec`: podd finds the container's control socket; it reads none of what goes by.
 *
 *   podctl ── request ──────────▶ podd ── connect ctl.sock, ExecRequest or AttachRequest line ──▶ podinit
 *   podctl ◀── 101 ────────────── podd
 *   podctl ◀─────────────── ExecReply line, frames both ways ──────────────────────────────────▶ podinit
 */
import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { AttachRequest, ExecRequest } from '../protocol/init.ts';
import { encodeLine } from '../protocol/json-lines.ts';
import { type FoundContainer, findContainer } from './find-container.ts';
import { textOf } from './query.ts';
import { openSocketPath } from './socket-path.ts';
import { ApiError } from './status-errors.ts';
import type { UpgradeCall } from './upgrade-call.ts';

/** What a client asks podinit for, checked; throws ApiError. */
type RequestOf = (
  request: IncomingMessage,
  query: URLSearchParams,
  found: FoundContainer,
) => ExecRequest | AttachRequest;

/** How the request is called in a refusal, and what it asks for. */
export interface InitCall {
  readonly verb: string;
  readonly requestOf: RequestOf;
}

/** A connection to podinit on which the request was sent. Rejects with ApiError. */
export async function connectInit(call: UpgradeCall, { verb, requestOf }: InitCall): Promise<Socket> {
  const { namespace = '', name = '' } = call.params;
  const found = findContainer(call.context, namespace, name, textOf(call.query, 'container'));
  const { runDir, container } = found.location;
  const { phase } = found.pod.status;
  if (runDir === undefined && (phase === 'Succeeded' || phase === 'Failed')) {
    const message = `cannot ${verb} a container in a completed pod; current phase is ${phase}`;
    throw new ApiError('BadRequest', message, { name, kind: 'pods' });
  }
  const hello = requestOf(call.request, call.query, found);
  if (runDir === undefined) throw new ApiError('BadRequest', `container ${container} is not running`);
  const socket = await connectInitSocket(runDir);
  socket.write(encodeLine(hello));
  return socket;
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

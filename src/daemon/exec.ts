/** POST …/exec: a command in a container, as its `podctl-exec-request` header says. */
import type { IncomingMessage } from 'node:http';
import type { ExecRequest } from '../protocol/init.ts';
import { decodeExecRequest } from './decode-exec-request.ts';

/** Throws ApiError BadRequest. */
export function execRequestOf(request: IncomingMessage): ExecRequest {
  const value = request.headers['podctl-exec-request'];
  return decodeExecRequest(Array.isArray(value) ? value[0] : value);
}

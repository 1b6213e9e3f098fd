/** HTTP to podd over its unix socket. */
import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import type { Socket } from 'node:net';
import { openSocketPath, type SocketPath } from '../daemon/socket-path.ts';
import type { ApiStatus } from '../protocol/api.ts';
import { createLineSplitter } from '../protocol/json-lines.ts';
import type { WatchEvent } from '../protocol/objects.ts';
import { PodError } from '../util/pod-error.ts';
import { ApiError } from './api-error.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Every method throws ApiError when podd refuses and PodError `DaemonDown`, `NotRoot` or `ConnectionLost` when it cannot be asked. */
export interface Client {
  json<T>(method: Method, path: string, body?: unknown): Promise<T>;
  /** The response, headers received and status 200; its body is the caller's to read. */
  stream(path: string, signal?: AbortSignal): Promise<IncomingMessage>;
  /** Resolves when podd watches (no later change is missed); ends when podd ends it or `signal` aborts. */
  watch<T>(path: string, signal?: AbortSignal): Promise<AsyncGenerator<WatchEvent<T>>>;
  /** The raw connection after 101, with bytes that came already. */
  upgrade(path: string, protocol: string, headers: Readonly<Record<string, string>>): Promise<Upgraded>;
}

export interface Upgraded {
  readonly socket: Socket;
  readonly head: Buffer;
}

/** `onDown` is called, once a request, when no podd listens; the request is sent again when it resolves. */
export function createClient(socketPath: string, onDown?: () => Promise<void>): Client {
  const send: Send = async (options, body, signal) => {
    try {
      return await sendOnce({ ...options, socketPath }, body, signal);
    } catch (error) {
      if (onDown === undefined || !(error instanceof PodError && error.code === 'DaemonDown')) throw error;
      await onDown();
      return await sendOnce({ ...options, socketPath }, body, signal);
    }
  };
  return {
    json: (method, path, body) => requestJson(send, method, path, body),
    stream: (path, signal) => requestStream(send, path, signal),
    watch: async <T>(path: string, signal?: AbortSignal) => watchEvents<T>(await requestStream(send, path, signal)),
    upgrade: (path, protocol, headers) => requestUpgrade(send, path, protocol, headers),
  };
}

type Answer = { readonly response: IncomingMessage } | { readonly upgraded: Upgraded };
type Send = (options: RequestOptions, body?: string, signal?: AbortSignal) => Promise<Answer>;

function sendOnce(options: RequestOptions, body?: string, signal?: AbortSignal): Promise<Answer> {
  const path = String(options.socketPath);
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => reject(connectionError(error, path));
    const opened = openOr(path, fail);
    if (opened === undefined) return;
    const aborting = signal === undefined ? {} : { signal };
    const sent = request({ ...options, socketPath: opened.path, agent: false, ...aborting });
    sent.once('socket', (socket) => socket.once('connect', opened.close).once('error', opened.close));
    sent.once('response', (response) => resolve({ response }));
    sent.once('upgrade', (_response, socket, head) => resolve({ upgraded: { socket: socket as Socket, head } }));
    sent.on('error', fail);
    sent.end(body);
  });
}

function openOr(path: string, fail: (error: NodeJS.ErrnoException) => void): SocketPath | undefined {
  try {
    return openSocketPath(path);
  } catch (error) {
    fail(error as NodeJS.ErrnoException);
    return undefined;
  }
}

function connectionError(error: NodeJS.ErrnoException, socketPath: string): Error {
  if (error.name === 'AbortError') return error;
  const details = { socket: socketPath };
  if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') {
    return new PodError('DaemonDown', `podd is not running (${socketPath})`, { details });
  }
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    return new PodError('NotRoot', `podd answers root only (${socketPath}: ${error.code})`, {
      hint: 'try sudo podctl …',
      details,
    });
  }
  return new PodError('ConnectionLost', `the connection to podd (${socketPath}) broke`, {
    cause: error,
    hint: 'pods run on without podd; run the command again, it starts podd',
    details,
  });
}

async function requestJson<T>(send: Send, method: Method, path: string, body: unknown): Promise<T> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers =
    text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  const response = responseOf(await send({ method, path, headers }, text));
  const answer = await readText(response);
  if (isFailure(response)) throw refusal(response, answer);
  return JSON.parse(answer) as T;
}

async function requestStream(send: Send, path: string, signal?: AbortSignal): Promise<IncomingMessage> {
  const response = responseOf(await send({ method: 'GET', path }, undefined, signal));
  if (isFailure(response)) throw refusal(response, await readText(response));
  return response;
}

async function requestUpgrade(
  send: Send,
  path: string,
  protocol: string,
  headers: Readonly<Record<string, string>>,
): Promise<Upgraded> {
  const answer = await send({
    method: 'POST',
    path,
    headers: { ...headers, connection: 'Upgrade', upgrade: protocol },
  });
  if ('upgraded' in answer) return answer.upgraded;
  throw refusal(answer.response, await readText(answer.response));
}

function responseOf(answer: Answer): IncomingMessage {
  if ('response' in answer) return answer.response;
  throw new Error('bug: podd switched protocols unasked');
}

function isFailure(response: IncomingMessage): boolean {
  return (response.statusCode ?? 0) >= 300;
}

function refusal(response: IncomingMessage, body: string): ApiError {
  try {
    const status = JSON.parse(body) as ApiStatus;
    if (status.kind === 'Status') return new ApiError(status);
  } catch {
    // Not JSON: something else than podd listens here; its words are the best there is.
  }
  const message = `HTTP ${response.statusCode ?? 0}: ${body.slice(0, 200).trim()}`;
  return new ApiError({
    apiVersion: 'v1',
    kind: 'Status',
    status: 'Failure',
    message,
    reason: 'Unknown',
    code: response.statusCode ?? 0,
  });
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch (cause) {
    throw new PodError('ConnectionLost', 'podd broke off its answer', { cause });
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function* watchEvents<T>(response: IncomingMessage): AsyncGenerator<WatchEvent<T>> {
  const events: WatchEvent<T>[] = [];
  const push = createLineSplitter((line) => events.push(JSON.parse(line) as WatchEvent<T>));
  try {
    for await (const chunk of response) {
      push(chunk as Buffer);
      yield* events.splice(0);
    }
  } catch (error) {
    // podd died in mid-stream, or the caller aborted: both end the watch.
    if (!isConnectionEnd(error)) throw error;
  } finally {
    response.destroy();
  }
}

/** A stream that was read broke off, or was aborted. */
export function isConnectionEnd(error: unknown): boolean {
  const { name, code } = error as NodeJS.ErrnoException;
  return name === 'AbortError' || code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'EPIPE';
}

/**
 * POST …/portforward with `Upgrade: podctl-portforward`: one TCP connection, made by podd inside of the pod's network namespace, so that
 * it reaches what listens on the pod's localhost, and needs no address, route or tool in the pod. After 101 bytes go by as they are.
 */
import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connectInNamespace } from '../linux/connect-inet.ts';
import { openNamespaceOf } from '../linux/namespaces.ts';
import { SysError } from '../linux/sys-error.ts';
import { readInitRecord } from '../store/instance-record.ts';
import { type FoundContainer, findContainer } from './find-container.ts';
import { integerOf, textOf } from './query.ts';
import { ApiError } from './status-errors.ts';
import type { UpgradeCall } from './upgrade-call.ts';

/** Tries 127.0.0.1, ::1, then the pod's own addresses. Rejects with ApiError: 400, 404, 409 when nothing runs or nobody listens. */
export async function connectPort(call: UpgradeCall): Promise<Socket> {
  const port = portOf(call.query);
  const { namespace = '', name = '' } = call.params;
  const container = textOf(call.query, 'container');
  const found = findContainer(call.context, namespace, name, container);
  const network = openNetwork(runDirs(call, found, container));
  if (network === undefined) throw notRunning(found, container);
  try {
    const { podIPs = [] } = found.pod.status;
    const addresses = ['127.0.0.1', '::1', ...podIPs.map(({ ip }) => ip)];
    return await connectFirst(network, addresses, port, call.left);
  } catch (error) {
    throw error instanceof SysError && error.syscall === 'connect' ? unreachable(name, error) : error;
  } finally {
    closeSync(network);
  }
}

function portOf(query: URLSearchParams): number {
  const port = integerOf(query, 'port', 1);
  if (port === undefined) throw new ApiError('BadRequest', 'port: is missing');
  if (port > 65_535) throw new ApiError('BadRequest', `port: must be between 1 and 65535, not ${port}`);
  return port;
}

/** The named container alone; else the pod's default one, or while it does not run another in the same network. */
function runDirs(call: UpgradeCall, found: FoundContainer, container: string | undefined): readonly string[] {
  const { namespace = '', name = '' } = call.params;
  const all = container === undefined ? (call.context.reconciler.locate(namespace, name) ?? []) : [];
  const { network } = found.location;
  const others = network === 'private' ? [] : all.filter((other) => other.network === network);
  return [found.location, ...others].flatMap(({ runDir }) => (runDir === undefined ? [] : [runDir]));
}

/** The network namespace of the first whose PID 1 lives. */
function openNetwork(dirs: readonly string[]): number | undefined {
  for (const dir of dirs) {
    const init = readInitRecord(dir);
    const fd = init === undefined ? undefined : openNamespaceOf(init, 'net');
    if (fd !== undefined) return fd;
  }
  return undefined;
}

async function connectFirst(
  network: number,
  addresses: readonly string[],
  port: number,
  left: AbortSignal,
): Promise<Socket> {
  let first: unknown;
  for (const address of addresses) {
    try {
      return await connectInNamespace(network, address, port, left);
    } catch (error) {
      if (left.aborted) throw error;
      first ??= error;
    }
  }
  throw first;
}

function notRunning({ pod, location }: FoundContainer, container: string | undefined): ApiError {
  const { name } = pod.metadata;
  const what = container === undefined ? `pod ${name}` : `container ${location.container} of pod ${name}`;
  return new ApiError('Conflict', `${what} is not running`, { name, kind: 'pods' });
}

function unreachable(name: string, error: SysError): ApiError {
  const why = error.code === 'ECONNREFUSED' ? 'connection refused' : error.code;
  return new ApiError('Conflict', `${error.path ?? ''} in pod ${name}: ${why}`, { name, kind: 'pods' });
}

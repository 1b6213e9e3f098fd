/** podd's API on a real unix socket above a reconciler in memory. */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiContext } from '../../src/daemon/api-context.ts';
import { startServer } from '../../src/daemon/server.ts';
import { createDataSource, createEventSource, createPodSource } from '../../src/daemon/watch-source.ts';
import { byDataKind } from '../../src/model/object-kinds.ts';
import type { SystemStatus } from '../../src/protocol/api.ts';
import { type FakeReconciler, fakeReconciler } from './fake-reconciler.ts';

export interface TestServer {
  readonly dir: string;
  readonly socket: string;
  readonly reconciler: FakeReconciler;
  /** what podd would have logged */
  readonly logged: string[];
  /** resolves when a client asked podd to stop */
  readonly stopRequested: Promise<void>;
  readonly close: () => Promise<void>;
}

/** `subdir` makes the socket's path longer. */
export async function startTestServer(subdir = ''): Promise<TestServer> {
  const dir = mkdtempSync('/tmp/pd-');
  mkdirSync(join(dir, subdir), { recursive: true });
  const reconciler = fakeReconciler();
  const logged: string[] = [];
  const stopping = new AbortController();
  let requestStop: () => void = () => undefined;
  const stopRequested = new Promise<void>((resolve) => {
    requestStop = resolve;
  });
  const context: ApiContext = {
    reconciler,
    pods: createPodSource(reconciler),
    events: createEventSource(reconciler),
    data: byDataKind((kind) => createDataSource(reconciler, kind)),
    version: '1.2.3',
    systemStatus: () => statusOf(reconciler, dir),
    requestStop,
    stopping: stopping.signal,
    log: (message) => logged.push(message),
  };
  const socket = join(dir, subdir, 'podctl.sock');
  const server = await startServer(context, socket);
  const close = async (): Promise<void> => {
    stopping.abort();
    await server.close();
    rmSync(dir, { recursive: true, force: true });
  };
  return { dir, socket, reconciler, logged, stopRequested, close };
}

function statusOf(reconciler: FakeReconciler, dir: string): SystemStatus {
  return {
    version: '1.2.3',
    pid: process.pid,
    zygotePid: 1,
    startedAt: '2026-01-01T00:00:00Z',
    root: dir,
    run: dir,
    cgroupLayout: 'v1',
    cgroupParent: 'podctl',
    pods: reconciler.list().length,
    containersRunning: reconciler.runningContainers(),
    network: { mode: 'off', podRanges: [], serviceRanges: [], addresses: 0 },
    problems: reconciler.problems(),
  };
}

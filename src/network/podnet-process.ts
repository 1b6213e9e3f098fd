/** Starts one podnet and takes it through its protocol (protocol/podnet.ts). */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InstancePaths } from '../model/instance-paths.ts';
import { createLineSplitter } from '../protocol/json-lines.ts';
import { podnetFiles } from '../protocol/podnet.ts';
import { PodError } from '../util/pod-error.ts';

/** The bundle lies beside the compiled tree: dist/podnet/podnet.cjs. */
const bundle = fileURLToPath(new URL('../../dist/podnet/podnet.cjs', import.meta.url));
/**
 * What a query leaves behind is garbage at once, and an idle podnet is to be small: 14 MB of its own instead of 24 with 500 pods whose
 * names change all the time, at the same speed; three threads less.
 */
const nodeFlags = [
  '--single-threaded',
  '--v8-pool-size=0',
  '--optimize-for-size',
  '--max-semi-space-size=1',
  '--max-old-space-size=256',
  '--no-warnings',
];

export interface PodnetProcess {
  readonly pid: number;
  /** Resolves when it has said so; rejects with PodError `PodnetFailed` when it ended, or the time is over. */
  readonly said: (word: 'ready' | 'serving') => Promise<void>;
  readonly go: () => void;
  /** Before `go`: it ends by itself. */
  readonly abandon: () => void;
}

const patienceMs = 20_000;

/** Tells one program from another: its text, and what it runs in. */
export function podnetVersion(): string {
  const hash = createHash('sha256').update(readFileSync(bundle));
  return hash
    .update([process.version, ...nodeFlags].join(' '))
    .digest('hex')
    .slice(0, 16);
}

/** A session of its own, nothing of podd's environment, and no descriptor but the lock file's and a socket to podd. */
export function spawnPodnet(paths: InstancePaths, version: string, lockFd: number): PodnetProcess {
  const log = openSync(join(paths.networkDir, podnetFiles.log), 'a', 0o600);
  const child = spawn(process.execPath, [...nodeFlags, bundle, paths.networkDir, version], {
    // how ps tells whose it is
    env: { PODCTL_RUN: paths.run },
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log, lockFd, 'pipe'],
  });
  closeSync(log);
  child.unref();
  const socket = child.stdio[4] as Socket;
  const words = new Set<string>();
  let ended: PodError | undefined;
  let wake: () => void = () => undefined;
  const end = (error: PodError): void => {
    ended ??= error;
    wake();
  };
  child.on('error', (cause) => end(new PodError('PodnetFailed', `start ${process.execPath}`, { cause })));
  socket.on('error', () => undefined);
  socket.on('close', () => end(new PodError('PodnetFailed', 'podnet ended before it served', { hint: seeLog(paths) })));
  socket.on(
    'data',
    createLineSplitter((line) => {
      words.add(line.toString());
      wake();
    }),
  );
  const said = async (word: string): Promise<void> => {
    const deadline = AbortSignal.timeout(patienceMs);
    while (!words.has(word)) {
      if (ended !== undefined) throw ended;
      if (deadline.aborted) throw new PodError('PodnetFailed', `podnet is not ${word} after ${patienceMs / 1000} s`);
      await new Promise<void>((resolve) => {
        wake = resolve;
        deadline.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  };
  return { pid: child.pid ?? -1, said, go: () => void socket.write('go\n'), abandon: () => socket.destroy() };
}

const seeLog = (paths: InstancePaths): string => `its log is ${join(paths.networkDir, podnetFiles.log)}`;

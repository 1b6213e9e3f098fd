/** podd's side of the zygote: one child process, started anew when it dies. */
import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { LaunchPlan } from '../model/launch-plan.ts';
import { createLineSplitter, encodeLine } from '../protocol/json-lines.ts';
import type { ZygoteReply, ZygoteRequest } from '../protocol/zygote.ts';
import { assertNever } from '../util/assert-never.ts';
import { PodError } from '../util/pod-error.ts';

export interface ZygoteListener {
  /** raw wait(2) status of an init that was the zygote's child */
  readonly onExited: (pid: number, status: number) => void;
  /** the zygote died and a new one was started; inits go on, launches in flight were rejected with code ZygoteGone */
  readonly onRestarted: () => void;
}

/** The zygote, kept alive: it is started anew when it dies, and launches wait for that. */
export interface Zygote {
  readonly pid: () => number;
  /**
   * Fork one init; resolves to its pid in podd's pid namespace.
   * Rejects with PodError `LaunchRefused` (nothing was forked) or `ZygoteGone` (look for init.json: the child may live; it is written by now).
   */
  readonly launch: (plan: LaunchPlan) => Promise<number>;
  /** close the sandbox namespaces held for a pod uid */
  readonly drop: (key: string) => void;
  /** DESIGN §2.9; rejects with the reason */
  readonly selfTest: () => Promise<void>;
  /** end the zygote; no container is touched */
  readonly close: () => Promise<void>;
}

export interface ZygoteOptions extends ZygoteListener {
  /** directory for the warm-up's and self-test's short-lived files */
  readonly runDir: string;
  /** podd's lock: the zygote and its children in flight hold it too, so that the next podd waits for them */
  readonly lockFd?: number;
}

/** The bundle lies beside the compiled tree: dist/init/podinit.cjs. */
const bundle = fileURLToPath(new URL('../../dist/init/podinit.cjs', import.meta.url));
/** Without these two a forked child waits in GC for threads that it does not have (DESIGN §2.1). */
const nodeFlags = ['--single-threaded', '--v8-pool-size=0'];
/** A zygote that cannot even start is tried again, ever more slowly. */
const restartDelaysMs = [0, 100, 1000, 5000];

type Pending =
  | { readonly op: 'launch'; readonly resolve: (pid: number) => void; readonly reject: (error: PodError) => void }
  | { readonly op: 'selftest'; readonly resolve: () => void; readonly reject: (error: PodError) => void };

/** One zygote process from spawn to EOF. */
interface Incarnation {
  /** −1 until it is ready */
  readonly pid: () => number;
  readonly socket: Socket;
  readonly ready: Promise<void>;
  readonly gone: Promise<void>;
}

/** Start the zygote and wait until it is warm. Rejects with PodError `ZygoteFailed` when it cannot start. */
export async function startZygote(options: ZygoteOptions): Promise<Zygote> {
  const pending = new Map<number, Pending>();
  let seq = 0;
  let closing = false;
  let failures = 0;

  const settle = (reply: ZygoteReply): void => {
    if (reply.op === 'ready') return;
    if (reply.op === 'exited') return options.onExited(reply.pid, reply.status);
    const waiting = pending.get(reply.seq);
    pending.delete(reply.seq);
    if (waiting !== undefined) settleOne(waiting, reply);
  };
  const rejectAll = (): void => {
    const lost = [...pending.values()];
    pending.clear();
    for (const waiting of lost) waiting.reject(new PodError('ZygoteGone', 'the zygote ended during the request'));
  };
  const start = (): Incarnation => {
    const incarnation = spawnZygote(options, settle);
    void incarnation.gone.then(() => {
      rejectAll();
      if (!closing) void restart();
    });
    return incarnation;
  };
  const restart = async (): Promise<void> => {
    const delay = restartDelaysMs[Math.min(failures, restartDelaysMs.length - 1)] ?? 0;
    failures++;
    await new Promise((resolve) => setTimeout(resolve, delay));
    if (closing) return;
    current = start();
    await current.ready.then(
      () => {
        failures = 0;
        options.onRestarted();
      },
      () => {},
    );
  };
  let current = start();
  try {
    await current.ready;
  } catch (error) {
    closing = true;
    throw error;
  }

  /** Written once the zygote is ready; a zygote that dies before the answer rejects through `gone`. */
  const request = async (make: (seq: number) => ZygoteRequest, waiting: Pending): Promise<void> => {
    try {
      await current.ready;
    } catch (error) {
      waiting.reject(new PodError('LaunchRefused', 'no zygote', { cause: error }));
      return;
    }
    const id = ++seq;
    pending.set(id, waiting);
    current.socket.write(encodeLine(make(id)));
  };
  return {
    pid: () => current.pid(),
    launch: (plan) =>
      new Promise((resolve, reject) => {
        void request((id) => ({ op: 'launch', seq: id, plan }), { op: 'launch', resolve, reject });
      }),
    drop: (key) => {
      current.socket.write(encodeLine({ op: 'drop', key } satisfies ZygoteRequest));
    },
    selfTest: () =>
      new Promise((resolve, reject) => {
        void request((id) => ({ op: 'selftest', seq: id }), { op: 'selftest', resolve, reject });
      }),
    close: async () => {
      closing = true;
      current.socket.end();
      await current.gone;
    },
  };
}

function settleOne(waiting: Pending, reply: Extract<ZygoteReply, { seq: number }>): void {
  switch (reply.op) {
    case 'launched':
      if (waiting.op === 'launch') waiting.resolve(reply.pid);
      return;
    case 'refused':
      return waiting.reject(new PodError('LaunchRefused', reply.message));
    case 'selftested':
      if (reply.ok && waiting.op === 'selftest') return waiting.resolve();
      return waiting.reject(
        new PodError('SelfTestFailed', `fork self-test failed: ${reply.message}`, {
          hint: `this Node (${process.version}) or kernel cannot fork a warm process: use Node 20, 22 or 24 on Linux ≥ 5.12`,
        }),
      );
    default:
      return assertNever(reply, 'reply');
  }
}

function spawnZygote(options: ZygoteOptions, onReply: (reply: ZygoteReply) => void): Incarnation {
  const lock = options.lockFd === undefined ? [] : [options.lockFd];
  const child = spawn(process.execPath, [...nodeFlags, bundle, options.runDir, lock.length > 0 ? '4' : '-1'], {
    // PID 1's environment can be read by privileged containers: nothing of podd's may be in it
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'pipe', ...lock],
  });
  const socket = child.stdio[3] as Socket;
  let pid = -1;
  let markReady: () => void = () => {};
  let markFailed: (error: PodError) => void = () => {};
  const ready = new Promise<void>((resolve, reject) => {
    markReady = resolve;
    markFailed = reject;
  });
  ready.catch(() => {});
  const gone = new Promise<void>((resolve) => {
    const end = (cause?: unknown): void => {
      markFailed(new PodError('ZygoteFailed', 'the zygote ended before it was ready', { cause }));
      resolve();
    };
    // EOF, not the exit: children in flight hold the socket until their init.json is written (protocol/zygote.ts)
    socket.on('close', () => end());
    socket.on('error', () => {});
    child.on('error', end);
  });
  socket.on(
    'data',
    createLineSplitter((line) => {
      const reply = JSON.parse(line) as ZygoteReply;
      if (reply.op === 'ready') {
        pid = reply.pid;
        markReady();
      }
      onReply(reply);
    }),
  );
  return { pid: () => pid, socket, ready, gone };
}

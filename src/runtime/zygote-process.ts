/** One zygote process, from spawn to the end of its socket. */
import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createLineSplitter, encodeLine } from '../protocol/json-lines.ts';
import type { ZygoteReply, ZygoteRequest } from '../protocol/zygote.ts';
import { PodError } from '../util/pod-error.ts';

/** The bundle lies beside the compiled tree: dist/init/podinit.cjs. */
const bundle = fileURLToPath(new URL('../../dist/init/podinit.cjs', import.meta.url));
/**
 * Without the first two a forked child waits in GC for threads that it does not have (DESIGN §2.1). The memory reducer would
 * wake every idle init some seconds after its start, and its collection copies the heap that all inits share.
 * `gc` is called by the zygote between forks; the young generation is large enough for that to be seldom, and small enough
 * for a chatty container, whose init fills it; left to grow, it would keep 40 MB after a minute of restarts instead of 20, and
 * 26 MB with 500 programs instead of 19. 2 MiB would spare 4 more, and make the log pump a sixth to a third slower.
 * Everything is compiled in the zygote and stays so: else each init compiles what no warm-up calls (become-init.ts), 23 functions.
 * No warnings: there is no stderr to print them to (zygote.ts).
 */
const nodeFlags = [
  '--single-threaded',
  '--v8-pool-size=0',
  '--no-memory-reducer',
  '--expose-gc',
  '--min-semi-space-size=4',
  '--max-semi-space-size=4',
  '--no-lazy',
  '--no-flush-bytecode',
  '--no-warnings',
  ...flagsOfThisVersion(),
];

/**
 * Feedback vectors are written at every call: a function gets one after 32 times its size instead of 8, so that what seldom
 * runs in a container stays shared (idle: 0.25 MB less, at the same speed; 100 saves little more, and restarts take longer).
 * V8 refuses flags that it does not know: this one was tried with Node 20 only.
 */
function flagsOfThisVersion(): readonly string[] {
  return process.versions.node.startsWith('20.') ? ['--interrupt-budget-factor-for-feedback-allocation=32'] : [];
}

export interface ZygoteProcessOptions {
  /** directory for the warm-up's and self-test's short-lived files */
  readonly runDir: string;
  /** podd's lock: the zygote and its children in flight hold it too, so that the next podd waits for them */
  readonly lockFd?: number;
}

export class ZygoteProcess {
  /** settles when it is warm, or when it ended before that: PodError `ZygoteFailed` */
  readonly ready: Promise<void>;
  /** EOF, not the exit: children in flight hold the socket until their init.json is written (protocol/zygote.ts) */
  readonly gone: Promise<void>;
  readonly #socket: Socket;
  #pid = -1;

  constructor(options: ZygoteProcessOptions, onReply: (reply: ZygoteReply) => void) {
    const lock = options.lockFd === undefined ? [] : [options.lockFd];
    const child = spawn(process.execPath, [...nodeFlags, bundle, options.runDir, lock.length > 0 ? '4' : '-1'], {
      // PID 1's environment can be read by privileged containers: nothing of podd's may be in it
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
      cwd: '/',
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit', 'pipe', ...lock],
    });
    this.#socket = child.stdio[3] as Socket;
    this.#socket.on('error', () => {});
    this.gone = new Promise((resolve) => {
      this.#socket.on('close', () => resolve());
      child.on('error', () => resolve());
    });
    this.ready = new Promise((resolve, reject) => {
      child.on('error', (cause) => reject(new PodError('ZygoteFailed', `start ${process.execPath}`, { cause })));
      void this.gone.then(() => reject(new PodError('ZygoteFailed', 'the zygote ended before it was ready')));
      const take = (reply: ZygoteReply): void => {
        if (reply.op !== 'ready') return onReply(reply);
        this.#pid = reply.pid;
        resolve();
      };
      this.#socket.on(
        'data',
        createLineSplitter((line) => take(JSON.parse(line) as ZygoteReply)),
      );
    });
    this.ready.catch(() => {}); // whoever needs it awaits it
  }

  /** Ready, and its socket not closed as far as is known. */
  get isServing(): boolean {
    return this.#pid !== -1 && !this.#socket.destroyed;
  }

  /** −1 until it is ready. */
  get pid(): number {
    return this.#pid;
  }

  send(request: ZygoteRequest): void {
    if (!this.#socket.destroyed) this.#socket.write(encodeLine(request));
  }

  /** The zygote exits when it reads the end of its socket. */
  end(): void {
    this.#socket.end();
  }
}

/** A process under the filter of linux/seccomp.ts that runs commands and answers their calls, as PID 1 does, with fixed figures. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { inRepository } from './repository.ts';

/** What it tells: 64 MiB, CPU 0 alone. */
const figures = {
  uptimeSeconds: 7,
  loads: [0, 0, 0],
  totalBytes: 64 * 2 ** 20,
  freeBytes: 60 * 2 ** 20,
  sharedBytes: 0,
  bufferBytes: 0,
  swapTotalBytes: 0,
  swapFreeBytes: 0,
  processes: 3,
};

const script = `
import { execFile, spawn } from 'node:child_process';
import os from 'node:os';
import koffi from 'koffi';
const { installNotifyFilter } = await import(process.argv[1] + 'linux/seccomp.js');
const { CallAnswers } = await import(process.argv[1] + 'init/call-answers.js');
const listener = installNotifyFilter();
const troubles = [];
const parts = {
  answer: () => void new CallAnswers(listener, { sysinfo: () => (${JSON.stringify(figures)}), cpus: () => [0] }, (trouble) => troubles.push(trouble)).start(),
  troubles: () => troubles,
  block: (ms) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms),
  own: () => [koffi.load(null).func('int sysinfo(void *record)')(Buffer.alloc(112)), os.availableParallelism(), os.uptime(), os.loadavg()],
  run: (argv) => new Promise((resolve) => execFile(argv[0], argv.slice(1), { maxBuffer: 1 << 24 }, (error, stdout) => resolve(stdout + (error && error.code !== 0 ? error.message : '')))),
  start: (argv) => spawn(argv[0], argv.slice(1), { stdio: ['ignore', 'inherit', 'inherit'] }).pid,
};
process.on('message', async ({ seq, part, argument }) => process.send({ seq, result: await parts[part](argument) }));
process.send({ seq: 0 });
`;

/** End it with `stop()`; its commands end by themselves or are killed by their test. */
export class AnsweringProcess {
  readonly #child: ChildProcess;
  readonly #output: string[] = [];
  #seq = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.on('data', (bytes) => this.#output.push(String(bytes)));
    child.stderr?.on('data', (bytes) => this.#output.push(String(bytes)));
  }

  /** Under the filter, and deaf: nothing is answered before `answer()`. */
  static async start(): Promise<AnsweringProcess> {
    const dist = pathToFileURL(inRepository('dist/')).href;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, `${dist}/`.replace(/\/+$/, '/')], {
      cwd: inRepository('.'),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const answering = new AnsweringProcess(child);
    const began = await Promise.race([once(child, 'message'), once(child, 'exit')]);
    if (typeof began[0] !== 'object') throw new Error(`it ended with ${began[0]}: ${answering.output()}`);
    return answering;
  }

  answer = (): Promise<unknown> => this.#ask('answer');
  /** what it told of trouble */
  troubles = (): Promise<unknown> => this.#ask('troubles');
  /** its event loop stands still, so long */
  block = (ms: number): Promise<unknown> => this.#ask('block', ms);
  /** its own calls */
  own = (): Promise<unknown> => this.#ask('own');
  /** output of a command, to its end */
  run = async (...argv: readonly string[]): Promise<string> => String(await this.#ask('run', argv));
  /** pid of a command in the background; what it prints is in output() */
  start = async (...argv: readonly string[]): Promise<number> => Number(await this.#ask('start', argv));
  output = (): string => this.#output.join('');

  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }

  #ask(part: string, argument?: unknown): Promise<unknown> {
    const seq = ++this.#seq;
    return new Promise((resolve, reject) => {
      const onMessage = (message: unknown): void => {
        const reply = message as { readonly seq: number; readonly result: unknown };
        if (reply.seq !== seq) return;
        this.#child.off('message', onMessage);
        resolve(reply.result);
      };
      this.#child.on('message', onMessage);
      this.#child.once('exit', () => reject(new Error(`it ended: ${this.output()}`)));
      this.#child.send({ seq, part, argument });
    });
  }
}

/** One run of an init as PID 1 of a fresh pid and mount namespace, with what its program prints. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allPids, readProcess } from '../support/processes.ts';
import { slowFactor } from '../support/real-kernel.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Init } from './inits.ts';
import { conformancePayload } from './payload.ts';

export interface SessionOptions {
  /** between `unshare` and the init: runs as PID 1 and becomes it */
  readonly before?: readonly string[];
  /** before `unshare` */
  readonly around?: readonly string[];
}

export class Session {
  readonly dir = mkdtempSync(join(tmpdir(), 'conformance-'));
  readonly #child: ChildProcess;
  readonly #ended: Promise<number>;
  #exitCode: number | undefined;

  /** `mode`: words for the payload. */
  constructor(init: Init, mode: readonly string[], options: SessionOptions = {}) {
    const command = init.commandLine(
      [conformancePayload(), ...mode.map((word) => word.replace('{dir}', this.dir))],
      this.dir,
    );
    const namespace = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child', '--'];
    const clean = [conformancePayload(), 'clean'];
    const [file = '', ...args] = [
      ...clean,
      ...(options.around ?? []),
      ...namespace,
      ...(options.before ?? []),
      ...command,
    ];
    // a file, not a pipe: supervisord copies its programs' output to /dev/fd/1, and Node's pipes are sockets, which cannot be opened
    const output = openSync(join(this.dir, 'output'), 'a');
    this.#child = spawn(file, args, { stdio: ['pipe', output, output] });
    closeSync(output);
    this.#child.stdin?.on('error', () => {});
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', () => resolve(127));
      this.#child.on('exit', (code, signal) => {
        this.#exitCode = code ?? (signal === null ? -1 : -2);
        resolve(this.#exitCode);
      });
    });
  }

  get output(): string {
    return readFileSync(join(this.dir, 'output'), 'latin1');
  }

  /** Of `around` or `unshare`: the process that signals of the suite's own go to. */
  get outerPid(): number {
    return this.#child.pid ?? -1;
  }

  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** The line that begins so, without that beginning; rejects after the time or when everything ended without it. */
  async line(beginning: string, timeoutMs = 15_000): Promise<string> {
    const pattern = new RegExp(`(?:^|\\n)(?:\\[[^\\]]*\\] )?${beginning} ([^\\r\\n]*)\\r?\\n`);
    const found = await waitFor(
      `"${beginning}" in ${JSON.stringify(this.output.slice(-200))}`,
      () => pattern.exec(this.output)?.[1] ?? (this.#exitCode === undefined ? undefined : 'ended'),
      timeoutMs,
    );
    if (found === 'ended') throw new Error(`it ended with ${this.#exitCode} before "${beginning}"`);
    return found;
  }

  /** Whether the program prints this line within the time. */
  has(line: string, timeoutMs: number): Promise<boolean> {
    return this.#within(timeoutMs, () => new RegExp(`(?:^|[\\n\\] ]|\\^C)${line}\\r?\\n`).test(this.output));
  }

  /** The exit code, undefined when it has not ended by then. */
  async exit(timeoutMs: number): Promise<number | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), timeoutMs * slowFactor);
    });
    const code = await Promise.race([this.#ended, late]);
    clearTimeout(timer);
    return code;
  }

  /** The init's pid in the suite's own pid namespace. */
  initPid(): Promise<number> {
    return waitFor('the init', () => {
      const unshare = this.#unsharePid();
      return unshare === undefined ? undefined : allPids().find((pid) => readProcess(pid)?.ppid === unshare);
    });
  }

  /** Sends a signal to the init from outside; false when it is gone. */
  async signal(number: number): Promise<boolean> {
    try {
      return process.kill(await this.initPid(), number);
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    try {
      const init = this.#exitCode === undefined ? await this.initPid() : undefined;
      if (init !== undefined) process.kill(init, 'SIGKILL');
    } catch {
      // it is gone, or never was
    }
    this.#child.kill('SIGKILL');
    await this.#ended;
    rmSync(this.dir, { recursive: true, force: true });
  }

  #unsharePid(): number | undefined {
    const pid = this.outerPid;
    if (readProcess(pid)?.comm === 'unshare') return pid;
    return allPids().find((one) => readProcess(one)?.ppid === pid && readProcess(one)?.comm === 'unshare');
  }

  async #within(timeoutMs: number, check: () => boolean): Promise<boolean> {
    const deadline = performance.now() + timeoutMs * slowFactor;
    while (!check()) {
      if (performance.now() > deadline || this.#exitCode !== undefined) return check();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return true;
  }
}

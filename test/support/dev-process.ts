/** A `podctl dev` (or `apply --watch`) that runs, with what it printed. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Instance } from './instance.ts';
import { inRepository } from './repository.ts';
import { waitFor, within } from './wait-for.ts';

export interface DevProcessOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export class DevProcess {
  readonly #child: ChildProcess;
  readonly #exit: Promise<number>;
  #out = '';
  #err = '';
  #mark = { out: 0, err: 0 };

  constructor(instance: Instance, args: readonly string[], options: DevProcessOptions = {}) {
    this.#child = spawn(inRepository('bin/podctl'), args, {
      cwd: options.cwd ?? instance.base,
      env: { ...instance.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#out += chunk;
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#err += chunk;
    });
    this.#exit = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => resolve(code ?? (signal === null ? -1 : -2)));
    });
  }

  get out(): string {
    return this.#out;
  }

  get err(): string {
    return this.#err;
  }

  /** From now on only what comes later counts for `says` and `complains`. */
  mark(): void {
    this.#mark = { out: this.#out.length, err: this.#err.length };
  }

  /** Waits for text on standard output since the mark. */
  says(pattern: RegExp, timeoutMs = 60_000): Promise<void> {
    return this.#find(pattern, () => this.#out.slice(this.#mark.out), timeoutMs);
  }

  /** The same on standard error. */
  complains(pattern: RegExp, timeoutMs = 60_000): Promise<void> {
    return this.#find(pattern, () => this.#err.slice(this.#mark.err), timeoutMs);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** As `| head` does. */
  stopReading(): void {
    this.#child.stdout?.destroy();
  }

  exitCode(timeoutMs = 60_000): Promise<number> {
    return within(`podctl ends; it said:\n${this.#out}${this.#err}`, timeoutMs, this.#exit);
  }

  /** Ctrl-C, and the exit code. */
  async interrupt(): Promise<number> {
    this.signal('SIGINT');
    return await this.exitCode();
  }

  /** For afterEach: nothing of it is left. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#exit;
  }

  async #find(pattern: RegExp, read: () => string, timeoutMs: number): Promise<void> {
    try {
      await waitFor(`podctl prints ${pattern}`, () => pattern.test(read()), timeoutMs);
    } catch (error) {
      throw new Error(`${String(error)}\nit said:\n${this.#out}\n${this.#err}`);
    }
  }
}

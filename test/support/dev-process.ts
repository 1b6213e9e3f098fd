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
  #seenOut = 0;
  #seenErr = 0;

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

  /** Waits for text on standard output that no earlier wait has seen. */
  async says(pattern: RegExp, timeoutMs?: number): Promise<string> {
    const found = await this.#find(pattern, () => [this.#out, this.#seenOut], timeoutMs);
    this.#seenOut = found.end;
    return found.text;
  }

  /** The same on standard error. */
  async complains(pattern: RegExp, timeoutMs?: number): Promise<string> {
    const found = await this.#find(pattern, () => [this.#err, this.#seenErr], timeoutMs);
    this.#seenErr = found.end;
    return found.text;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  exitCode(timeoutMs = 20_000): Promise<number> {
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

  async #find(pattern: RegExp, read: () => readonly [string, number], timeoutMs?: number) {
    const what = `podctl prints ${pattern}`;
    try {
      return await waitFor(
        what,
        () => {
          const [text, seen] = read();
          const match = pattern.exec(text.slice(seen));
          return match === null ? undefined : { text: match[0], end: seen + match.index + match[0].length };
        },
        timeoutMs,
      );
    } catch (error) {
      throw new Error(`${String(error)}\nit said:\n${this.#out}\n${this.#err}`);
    }
  }
}

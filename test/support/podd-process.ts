/** podd as a child in the foreground, with its output kept in `<base>/podd.out`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRepository } from './repository.ts';
import { waitFor } from './wait-for.ts';

const poddPath = inRepository('bin/podd');

export class PoddProcess {
  readonly #base: string;
  readonly #env: Readonly<Record<string, string | undefined>>;
  #child: ChildProcess | undefined;

  constructor(base: string, env: Readonly<Record<string, string | undefined>>) {
    this.#base = base;
    this.#env = env;
  }

  /** Resolves when `isHealthy`; rejects with podd's words when it ends before that. */
  async start(isHealthy: () => Promise<boolean>): Promise<void> {
    const output = openSync(join(this.#base, 'podd.out'), 'a');
    const child = spawn(poddPath, [], { env: this.#env, stdio: ['ignore', output, output] });
    closeSync(output);
    this.#child = child;
    const early = once(child, 'exit').then(([code, signal]) => {
      throw new Error(`podd ended with ${code ?? signal} before it was ready:\n${this.output()}`);
    });
    early.catch(() => undefined);
    await Promise.race([waitFor('podd answers', isHealthy, 60_000), early]);
  }

  pid(): number | undefined {
    return this.#child?.pid;
  }

  /** False when there is no child of ours to kill. */
  async kill(): Promise<boolean> {
    const child = this.#child;
    if (child === undefined || hasEnded(child)) return false;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    return true;
  }

  /** Waits for the end of a podd that was told to stop. */
  async exited(): Promise<void> {
    const child = this.#child;
    if (child !== undefined) await waitFor('podd exits', () => hasEnded(child));
  }

  output(): string {
    return [join(this.#base, 'podd.out'), join(this.#base, 'root', 'podd.log')]
      .filter((file) => existsSync(file))
      .map((file) => readFileSync(file, 'utf8'))
      .join('');
  }
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

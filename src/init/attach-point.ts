/**
 * Where clients attach to one program instance: its input, its terminal's size, and news of it, through all its restarts.
 *
 *   ProgramHands ── started, ended, removed ──▶ AttachPoint ◀── write, resize, watch ── attach sessions, any number
 */
import { closeSync } from 'node:fs';
import { setTerminalSize } from '../linux/descriptors.ts';
import { type FdWriter, openFdWriter } from './fd-writer.ts';

export type ProgramNews =
  | { readonly news: 'started'; readonly pid: number }
  | { readonly news: 'ended'; readonly exitCode: number; readonly signal?: number }
  /** it will not run again; the last news */
  | { readonly news: 'removed' }
  /** after a write that returned false: there is room again */
  | { readonly news: 'drained' };

interface Run {
  readonly pid: number;
  readonly input: number | undefined;
  readonly isTerminal: boolean;
  writer?: FdWriter;
  /** its stdin was closed by a client */
  isEnded: boolean;
}

export class AttachPoint {
  readonly #listeners = new Set<(news: ProgramNews) => void>();
  #run: Run | undefined;
  #lastExitCode = 0;

  /** A new run; `input` (its stdin or terminal) is owned from here on. */
  started(pid: number, input: number | undefined, isTerminal: boolean): void {
    this.#closeInput();
    this.#run = { pid, input, isTerminal, isEnded: false };
    this.#tell({ news: 'started', pid });
  }

  /** The run is over; best told when its last output was pumped. */
  ended(exitCode: number, signal?: number): void {
    this.#closeInput();
    this.#run = undefined;
    this.#lastExitCode = exitCode;
    this.#tell({ news: 'ended', exitCode, ...(signal === undefined ? {} : { signal }) });
  }

  /** The program, or its container, is over: sessions end. */
  removed(): void {
    this.#closeInput();
    this.#run = undefined;
    this.#tell({ news: 'removed' });
    this.#listeners.clear();
  }

  /** of the present run */
  pid(): number | undefined {
    return this.#run?.pid;
  }

  /** of the newest run that ended, 0 before that */
  lastExitCode(): number {
    return this.#lastExitCode;
  }

  /** `slow`: all of it is taken, wait for `drained` before the next; `lost`: nobody reads. The bytes may be reused. */
  write(bytes: Buffer): 'taken' | 'slow' | 'lost' {
    const run = this.#run;
    if (run?.input === undefined || run.isEnded) return 'lost';
    run.writer ??= openFdWriter(run.input, () => this.#tell({ news: 'drained' }));
    return run.writer.write(bytes) ? 'taken' : 'slow';
  }

  /** End of input for the present run, once all is written; a terminal's end of input is a character, not a closed descriptor. */
  endInput(): void {
    const run = this.#run;
    if (run?.input === undefined || run.isTerminal || run.isEnded) return;
    run.isEnded = true;
    if (run.writer === undefined) closeSync(run.input);
    else run.writer.end();
  }

  /** Changes nothing without a terminal or when it makes no sense. */
  resize(rows: number, columns: number): void {
    const run = this.#run;
    if (run?.input === undefined || !run.isTerminal) return;
    try {
      setTerminalSize(run.input, rows, columns);
    } catch {
      // its last user is gone
    }
  }

  watch(listener: (news: ProgramNews) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #closeInput(): void {
    const run = this.#run;
    if (run?.input === undefined) return;
    if (run.writer !== undefined) run.writer.destroy();
    else if (!run.isEnded) closeSync(run.input);
  }

  #tell(news: ProgramNews): void {
    for (const listener of [...this.#listeners]) listener(news);
  }
}

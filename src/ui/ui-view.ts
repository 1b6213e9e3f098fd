/** The view at work: events in, state on, frames and requests out. */
import { totalmem } from 'node:os';
import type { Client } from '../cli/client.ts';
import { type Io, isUtf8 } from '../cli/io.ts';
import { createFrameClock, type FrameClock } from './frame-clock.ts';
import { createLogFeed, type LogFeed } from './log-feed.ts';
import type { RowTarget, TerminalSize, UiCommand, UiEvent, UiNews, UiState } from './model.ts';
import { initialState, update } from './model-update.ts';
import { wantedLogs, wantsFigures } from './model-wants.ts';
import type { Painter } from './painter.tsx';
import { performCommand } from './perform-command.ts';
import { type PodFeed, startPodFeed } from './pod-feed.ts';
import { runShell } from './run-shell.ts';
import { openTerminal, type Terminal } from './terminal.ts';

export interface UiOptions {
  /** asks for what the user wants done; may start podd */
  readonly client: Client;
  /** reads what is shown; must not start podd, which somebody may just have stopped */
  readonly reader: Client;
  readonly io: Io;
  /** the only one shown at first */
  readonly namespace?: string | undefined;
  /** the only ones shown, by `namespace/name`; absent: all */
  readonly pods?: readonly string[] | undefined;
  /** Called once, with what tells news to the view. */
  readonly news?: (tell: (news: UiNews) => void) => void;
  /** ends the view from outside, with exit code 0 */
  readonly signal?: AbortSignal;
}

/** How a view comes to its end; both may be called more than once. */
export interface ViewEnding {
  readonly quit: (exitCode: number) => void;
  readonly fail: (error: unknown) => void;
}

/** Takes the terminal with `open` and gives it back with `close`. */
export class UiView {
  readonly #options: UiOptions;
  readonly #ending: ViewEnding;
  readonly #painter: Painter;
  readonly #terminal: Terminal;
  readonly #frames: FrameClock;
  readonly #logs: LogFeed;
  /** aborts when the view is closed */
  readonly #over = new AbortController();
  #state: UiState;
  #feed: PodFeed | undefined;
  /** a shell has the terminal */
  #away: Promise<void> | undefined;

  constructor(options: UiOptions, painter: Painter, ending: ViewEnding) {
    const { io, reader, namespace, pods } = options;
    const look = { utf8: isUtf8(io.env), colour: io.colour };
    this.#options = options;
    this.#painter = painter;
    this.#ending = ending;
    this.#terminal = openTerminal(io.out, {
      onKey: (key) => this.#dispatch({ kind: 'key', key }),
      onResize: (size) => this.#resized(size),
      onContinue: () => this.#redraw(),
      onEnd: ending.quit,
    });
    this.#frames = createFrameClock(() => this.#paint());
    this.#logs = createLogFeed(reader, (event) => this.#dispatch(event), look.colour);
    const size = this.#terminal.size();
    this.#state = initialState({ look, size, namespace, pods, machineBytes: totalmem(), nowMs: io.now() });
  }

  open(): void {
    const { reader, news, signal } = this.#options;
    this.#terminal.enter();
    this.#feed = startPodFeed(reader, (event) => this.#dispatch(event));
    this.#frames.request(true);
    news?.((event) => this.#dispatch(event));
    signal?.addEventListener('abort', () => this.#ending.quit(0), { once: true });
    if (signal?.aborted) this.#ending.quit(0);
  }

  /** Resolves when the terminal is as it was found; a shell that has it is left. */
  async close(): Promise<void> {
    this.#over.abort();
    this.#frames.stop();
    this.#logs.stop();
    this.#feed?.stop();
    this.#painter.close();
    this.#terminal.close();
    await this.#away;
  }

  #dispatch(event: UiEvent): void {
    if (this.#over.signal.aborted) return;
    const before = this.#state;
    const { state, commands } = update(before, event);
    this.#state = state;
    this.#logs.sync(wantedLogs(state));
    this.#feed?.setFigures(this.#away === undefined && wantsFigures(state));
    if (state !== before) this.#frames.request(event.kind === 'key');
    for (const command of commands) this.#perform(command);
  }

  #perform(command: UiCommand): void {
    switch (command.kind) {
      case 'quit':
        return this.#ending.quit(0);
      case 'redraw':
        return this.#redraw();
      case 'shell':
        this.#away ??= this.#goAway(command.target);
        return;
      default:
        performCommand(this.#options.client, command).then((answer) => this.#dispatch(answer));
    }
  }

  #paint(): void {
    if (this.#away !== undefined) return;
    try {
      this.#painter.paint(this.#state);
    } catch (error) {
      this.#ending.fail(error);
    }
  }

  #redraw(): void {
    if (this.#away !== undefined) return;
    this.#painter.forget();
    this.#terminal.clear();
    this.#frames.request(true);
  }

  #resized(size: TerminalSize): void {
    this.#redraw();
    this.#dispatch({ kind: 'resized', size });
  }

  async #goAway(target: RowTarget): Promise<void> {
    const { client, io } = this.#options;
    this.#painter.forget();
    this.#terminal.leave();
    this.#feed?.setFigures(false);
    const notice = await runShell(client, target, { io, signal: this.#over.signal });
    if (this.#over.signal.aborted) return;
    this.#away = undefined;
    this.#terminal.enter();
    this.#dispatch({ kind: 'resized', size: this.#terminal.size() });
    if (notice !== undefined) this.#dispatch({ kind: 'noticed', notice });
  }
}

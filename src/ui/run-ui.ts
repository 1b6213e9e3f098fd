/** The terminal view at work: events in, state on, frames and requests out. */
import { totalmem } from 'node:os';
import type { Client } from '../cli/client.ts';
import { type Io, isUtf8 } from '../cli/io.ts';
import { createFrameClock } from './frame-clock.ts';
import { createLogFeed } from './log-feed.ts';
import type { RowTarget, UiCommand, UiEvent, UiNews } from './model.ts';
import { initialState, update } from './model-update.ts';
import { wantedLogs, wantsFigures } from './model-wants.ts';
import type { Painter } from './painter.tsx';
import { performCommand } from './perform-command.ts';
import { startPodFeed } from './pod-feed.ts';
import { runShell } from './run-shell.ts';
import { openTerminal } from './terminal.ts';

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
  /** shown as they come */
  readonly news?: AsyncIterable<UiNews>;
  /** ends the view from outside, with exit code 0 */
  readonly signal?: AbortSignal;
}

/**
 * Needs a terminal (can-show-ui.ts). Resolves to the exit code when the user quits (0), a signal asks for it (128+n) or the terminal is gone
 * (129), with the terminal as it was found; rejects with what went wrong in the view itself.
 */
export async function runUi(options: UiOptions): Promise<number> {
  const { createPainter } = await import('./painter.tsx');
  return await new Promise<number>((resolve, reject) => {
    const fail = (error: unknown): void => {
      view.close();
      reject(error);
    };
    const view = openView(options, createPainter(options.io.out), {
      quit: (exitCode) => {
        process.off('uncaughtException', fail).off('unhandledRejection', fail);
        view.close();
        resolve(exitCode);
      },
      fail,
    });
    process.on('uncaughtException', fail).on('unhandledRejection', fail);
  });
}

interface Ending {
  readonly quit: (exitCode: number) => void;
  readonly fail: (error: unknown) => void;
}

function openView(options: UiOptions, painter: Painter, { quit, fail }: Ending): { readonly close: () => void } {
  const { client, reader, io, namespace, pods } = options;
  const look = { utf8: isUtf8(io.env), colour: io.colour };
  const terminal = openTerminal(io.out, {
    onKey: (key) => dispatch({ kind: 'key', key }),
    onResize: (size) => {
      redraw();
      dispatch({ kind: 'resized', size });
    },
    onContinue: () => redraw(),
    onEnd: quit,
  });
  let state = initialState({ look, size: terminal.size(), namespace, pods, machineBytes: totalmem(), nowMs: io.now() });
  let isAway = false;
  const frames = createFrameClock(() => {
    if (isAway) return;
    try {
      painter.paint(state);
    } catch (error) {
      fail(error);
    }
  });
  const redraw = (): void => {
    if (isAway) return;
    painter.forget();
    terminal.clear();
    frames.request(true);
  };
  const dispatch = (event: UiEvent): void => {
    const step = update(state, event);
    const hasChanged = step.state !== state;
    state = step.state;
    logs.sync(wantedLogs(state));
    feed.setFigures(!isAway && wantsFigures(state));
    if (hasChanged) frames.request(event.kind === 'key');
    for (const command of step.commands) run(command);
  };
  const run = (command: UiCommand): void => {
    if (command.kind === 'quit') quit(0);
    else if (command.kind === 'redraw') redraw();
    else if (command.kind === 'shell') goAway(command.target);
    else performCommand(client, command).then(dispatch);
  };
  const goAway = async (target: RowTarget): Promise<void> => {
    isAway = true;
    painter.forget();
    terminal.leave();
    feed.setFigures(false);
    const notice = await runShell(client, target, io);
    isAway = false;
    terminal.enter();
    dispatch({ kind: 'resized', size: terminal.size() });
    if (notice !== undefined) dispatch({ kind: 'noticed', notice });
  };
  const logs = createLogFeed(reader, (event) => dispatch(event), look.colour);
  terminal.enter();
  const feed = startPodFeed(reader, (event) => dispatch(event));
  showNews(options, dispatch, quit);
  frames.request(true);
  return {
    close: () => {
      for (const part of [frames, logs, feed]) part.stop();
      isAway = true;
      painter.close();
      terminal.close();
    },
  };
}

async function showNews(
  { news, signal }: UiOptions,
  dispatch: (event: UiEvent) => void,
  quit: Ending['quit'],
): Promise<void> {
  signal?.addEventListener('abort', () => quit(0), { once: true });
  if (signal?.aborted) quit(0);
  for await (const event of news ?? []) dispatch(event);
}

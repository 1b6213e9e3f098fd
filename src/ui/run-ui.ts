import { type UiOptions, UiView } from './ui-view.ts';

/**
 * Shows the view. Needs a terminal (can-show-ui.ts). Resolves to the exit code when the user quits (0), a signal asks for it (128+n) or
 * the terminal is gone (129), with the terminal as it was found; rejects with what went wrong in the view itself.
 */
export async function runUi(options: UiOptions): Promise<number> {
  const { createPainter } = await import('./painter.tsx');
  return await new Promise<number>((resolve, reject) => {
    const close = (then: () => void): void => {
      process.off('uncaughtException', fail).off('unhandledRejection', fail);
      view.close().then(then);
    };
    const quit = (exitCode: number): void => close(() => resolve(exitCode));
    const fail = (error: unknown): void => close(() => reject(error));
    const view = new UiView(options, createPainter(options.io.out), { quit, fail });
    process.on('uncaughtException', fail).on('unhandledRejection', fail);
    view.open();
  });
}

/** What of podinit needs manifests or the supervisor, in a bundle of its own: `podinit -- COMMAND` starts 25 ms sooner without it. */
import type { CtlOptions } from './arguments.ts';
import { runCtl } from './ctl.ts';
import { type FileOptions, runFile } from './run-file.ts';
import { validateFile } from './validate-file.ts';

/** The exit code. */
export const ctl = (options: CtlOptions): Promise<number> => runCtl(options);
/** The exit code. */
export const validate = (file: string): number => validateFile(file);
/** Returns once everything is started. */
export const supervise = (options: FileOptions): void => runFile(options);

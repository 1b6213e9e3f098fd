import { formatError, hintOf, PodError } from '../util/pod-error.ts';
import { ApiError } from './api-error.ts';
import type { Io } from './io.ts';
import { UsageError } from './usage-error.ts';

/** Prints what went wrong and gives the exit code: 1 failed, 2 usage or bad manifest, 141 (128+SIGPIPE) when the reader of our output left. */
export function reportError(error: unknown, io: Io, commandName?: string): number {
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'EPIPE' && !(error instanceof PodError)) return 141;
  if (error instanceof UsageError) return reportUsage(error, io, commandName);
  if (error instanceof ApiError) return reportRefusal(error, io);
  io.err(`${label(io)} ${formatError(error)}\n`);
  printHint(hintOf(error), io);
  if (!(error instanceof PodError) && io.env.PODCTL_DEBUG && error instanceof Error) io.err(`${error.stack}\n`);
  return 1;
}

function reportUsage(error: UsageError, io: Io, commandName: string | undefined): number {
  io.err(`${label(io)} ${error.message}\n`);
  printHint(error.hint, io);
  io.err(`See: podctl ${commandName === undefined ? '' : `${commandName} `}--help\n`);
  return 2;
}

function reportRefusal({ status }: ApiError, io: Io): number {
  io.err(`${formatRefusal(status)}\n`);
  for (const cause of status.details?.causes ?? []) {
    if (status.message.includes(cause.message)) continue;
    io.err(`  ${cause.field === undefined ? '' : `${cause.field}: `}${cause.message}\n`);
  }
  printHint(status.details?.hint, io);
  return status.reason === 'Invalid' ? 2 : 1;
}

/** `Error from server (NotFound): pods "x" not found`, kubectl's words. */
export function formatRefusal(status: { readonly reason: string; readonly message: string }): string {
  return `Error from server${status.reason === '' ? '' : ` (${status.reason})`}: ${status.message}`;
}

function printHint(hint: string | undefined, io: Io): void {
  if (hint !== undefined) io.err(`hint: ${hint}\n`);
}

function label(io: Io): string {
  return io.errColour ? '\u001b[31merror:\u001b[0m' : 'error:';
}

/** Kubernetes' exec probe: exit code 0 is a success. */
import type { ProbeResult } from './probe-verdict.ts';

/**
 * Run a command in the program's leaf, as its user. `done` tells how it ended (126, 127, 128: it was not started) and
 * what it printed; never after the returned cancel, which kills what is left of it (nothing, once it has ended).
 */
export type RunExec = (
  argv: readonly string[],
  timeoutMs: number,
  done: (exitCode: number, output: string) => void,
) => () => void;

const maxMessageLength = 200;

/** One attempt; returns what ends it. */
export function probeExec(
  argv: readonly string[],
  timeoutMs: number,
  runExec: RunExec,
  done: (result: ProbeResult) => void,
): () => void {
  return runExec(argv, timeoutMs, (exitCode, output) => done(resultOf(exitCode, visible(output))));
}

const resultOf = (exitCode: number, output: string): ProbeResult => ({
  ok: exitCode === 0,
  message: output === '' ? `exit code ${exitCode}` : `exit code ${exitCode}: ${output}`,
  output,
});

/** The beginning, as one line. */
const visible = (output: string): string =>
  output
    .slice(0, 4 * maxMessageLength)
    .replace(invisible, ' ')
    .trim()
    .slice(0, maxMessageLength);

// biome-ignore lint/suspicious/noControlCharactersInRegex: what must not get into a line of status
const invisible = /[\s\u0000-\u001f\u007f-\u009f]+/g;

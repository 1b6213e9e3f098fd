/** Whether the terminal view can be shown; loads nothing of it. */

interface TerminalFacts {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** whether standard input (output) is a terminal */
  readonly stdin: boolean;
  readonly stdout: boolean;
}

/** Of this process. */
export const terminalFacts = (env: TerminalFacts['env']): TerminalFacts => ({
  env,
  stdin: process.stdin.isTTY === true,
  stdout: process.stdout.isTTY === true,
});

/** undefined: it can; else why not. */
export function whyNoUi({ env, stdin, stdout }: TerminalFacts): string | undefined {
  if (!stdout) return 'standard output is no terminal';
  if (!stdin) return 'standard input is no terminal';
  const { TERM = '' } = env;
  if (TERM === '' || TERM === 'dumb') return TERM === '' ? 'TERM is not set' : 'TERM is dumb';
  return undefined;
}

/** What `podinit -f` says on standard error: warnings always, the rest with -v. */
import type { InitState, ProgramState } from '../protocol/init.ts';

export interface Reporter {
  readonly state: (state: InitState) => void;
  readonly note: (type: 'Normal' | 'Warning', message: string) => void;
}

export function createReporter(say: (message: string) => void): Reporter {
  const last = new Map<string, string>();
  return {
    state: ({ programs }) => {
      for (const program of programs) {
        const now = describe(program);
        if (last.get(program.name) === now) continue;
        last.set(program.name, now);
        say(`${program.label}: ${now}`);
      }
    },
    note: (type, message) => {
      if (type === 'Warning') process.stderr.write(`podinit: ${message}\n`);
      else say(message);
    },
  };
}

function describe({ state, pid, message }: ProgramState): string {
  return `${state}${pid === undefined ? '' : ` pid ${pid}`}${message === undefined ? '' : `: ${message}`}`;
}

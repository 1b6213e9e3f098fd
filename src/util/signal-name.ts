/** Signal names and numbers of Linux, signal(7), for x86 and ARM alike. */

const names: readonly (readonly [name: string, number: number])[] = [
  ['HUP', 1],
  ['INT', 2],
  ['QUIT', 3],
  ['ILL', 4],
  ['TRAP', 5],
  ['ABRT', 6],
  ['BUS', 7],
  ['FPE', 8],
  ['KILL', 9],
  ['USR1', 10],
  ['SEGV', 11],
  ['USR2', 12],
  ['PIPE', 13],
  ['ALRM', 14],
  ['TERM', 15],
  ['STKFLT', 16],
  ['CHLD', 17],
  ['CONT', 18],
  ['STOP', 19],
  ['TSTP', 20],
  ['TTIN', 21],
  ['TTOU', 22],
  ['URG', 23],
  ['XCPU', 24],
  ['XFSZ', 25],
  ['VTALRM', 26],
  ['PROF', 27],
  ['WINCH', 28],
  ['IO', 29],
  ['PWR', 30],
  ['SYS', 31],
];
const aliases: readonly (readonly [name: string, number: number])[] = [
  ['IOT', 6],
  ['CLD', 17],
  ['POLL', 29],
];

/** SIGRTMIN as glibc's programs see it: its threads take 32 and 33. */
const realTimeFirst = 34;
const realTimeLast = 64;

const numbers = new Map([...names, ...aliases]);

/** The names without SIG, in the order of their numbers, real-time ones left out. */
export const signalNames: readonly string[] = names.map(([name]) => name);

/** `TERM`, `SIGTERM`, `sigterm`, `15`, 15, `RTMIN+3`, `RTMAX-1` → the number, 1 … 64; undefined when it is none. */
export function parseSignal(written: string | number): number | undefined {
  if (typeof written === 'number') return Number.isInteger(written) && isSignal(written) ? written : undefined;
  if (/^[1-9]\d?$/.test(written)) return parseSignal(Number(written));
  const bare = written.toUpperCase().replace(/^SIG/, '');
  return numbers.get(bare) ?? parseRealTime(bare);
}

/** `SIGTERM`, `SIGRTMIN+3`; `signal 32` for a number that has no name. */
export function signalName(signal: number): string {
  const found = names.find(([, number]) => number === signal);
  if (found !== undefined) return `SIG${found[0]}`;
  if (signal < realTimeFirst || signal > realTimeLast) return `signal ${signal}`;
  return signal === realTimeFirst ? 'SIGRTMIN' : `SIGRTMIN+${signal - realTimeFirst}`;
}

function parseRealTime(bare: string): number | undefined {
  const up = /^RTMIN(?:\+(\d\d?))?$/.exec(bare);
  const down = /^RTMAX(?:-(\d\d?))?$/.exec(bare);
  if (up === null && down === null) return undefined;
  const signal = up === null ? realTimeLast - Number(down?.[1] ?? 0) : realTimeFirst + Number(up[1] ?? 0);
  return signal >= realTimeFirst && signal <= realTimeLast ? signal : undefined;
}

const isSignal = (number: number): boolean => number >= 1 && number <= realTimeLast;

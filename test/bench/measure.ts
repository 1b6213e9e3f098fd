/** Samples in, one JSON line per metric out. */
import { execFileSync } from 'node:child_process';
import { readProc } from '../support/processes.ts';

/** Prints {"metric","value","unit","n","min","median","max"}; `value` is the median. */
export function report(metric: string, unit: string, samples: readonly number[]): void {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (part: number): number =>
    round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN);
  const line = { metric, value: at(0.5), unit, n: sorted.length, min: at(0), median: at(0.5), max: at(1) };
  console.log(JSON.stringify(line));
}

const round = (value: number): number => Number(value.toPrecision(4));

/** Runs `sample` n times, one after another. */
export async function sampled(n: number, sample: (index: number) => number | Promise<number>): Promise<number[]> {
  const samples: number[] = [];
  for (let index = 0; index < n; index++) samples.push(await sample(index));
  return samples;
}

/** Milliseconds that `act` takes. */
export async function timed(act: () => unknown): Promise<number> {
  const from = performance.now();
  await act();
  return performance.now() - from;
}

/** Milliseconds of a whole command, its process start included. */
export function commandMs(command: string, args: readonly string[], env = process.env): number {
  const from = performance.now();
  execFileSync(command, args, { env, stdio: 'ignore' });
  return performance.now() - from;
}

/** Wall clock in milliseconds with fractions, comparable with the stamps that programs print. */
export const wallClockMs = (): number => performance.timeOrigin + performance.now();

/** Private_Clean + Private_Dirty of smaps_rollup, proc(5). */
export function privateMegabytes(pid: number): number {
  const lines = (readProc(pid, 'smaps_rollup') ?? '').match(/^Private_(Clean|Dirty):\s+(\d+)/gm) ?? [];
  return lines.reduce((sum, line) => sum + Number(line.split(/\s+/)[1]), 0) / 1024;
}

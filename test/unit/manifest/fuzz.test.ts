import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fuzzInput } from '../../support/fuzz/fuzz-inputs.ts';
import { slowFactor } from '../../support/real-kernel.ts';
import { inRepository } from '../../support/repository.ts';

/** A minute in CI, a moment elsewhere. */
const seconds = Number(process.env.PODCTL_FUZZ_SECONDS ?? (process.env.CI ? 60 : 3));
const seed = Number(process.env.PODCTL_FUZZ_SEED ?? 20_261_126);

/** Of CPU for one input of at most 200 kB: what is slow, not what waits for a CPU. */
const maxCpuSeconds = 2 * slowFactor;
/** Of the whole process, node included, whatever it has parsed before. */
const maxResidentBytes = 700 * 1024 * 1024;

/** However slow the machine. */
const minInputs = 20;

let bundle: string;
beforeAll(async () => {
  bundle = mkdtempSync(inRepository('node_modules/.fuzz-'));
  await build({
    entryPoints: [inRepository('test/support/fuzz/fuzz-child.ts')],
    outfile: join(bundle, 'fuzz-child.mjs'),
    ...{ bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'warning' },
  });
});
afterAll(() => rmSync(bundle, { recursive: true, force: true }));

test(
  `no bytes and no YAML make the parser crash, hang or take much memory, for ${seconds} s`,
  async () => {
    const { number, trouble } = await fuzzFor(seconds);
    const input = () => JSON.stringify(fuzzInput(seed, number).toString('latin1').slice(0, 4_000));
    expect(trouble, trouble && `PODCTL_FUZZ_SEED=${seed}, input ${number}: ${input()}`).toBeUndefined();
    expect(number).toBeGreaterThanOrEqual(minInputs);
  },
  (seconds + 120) * 1000 * slowFactor,
);

interface FuzzResult {
  /** of the last input that was begun */
  readonly number: number;
  readonly trouble?: string;
}

/** Ends with the time, though not before some inputs were tried, or with the first one that is trouble. */
function fuzzFor(time: number): Promise<FuzzResult> {
  const child = spawn(process.execPath, ['--max-old-space-size=256', join(bundle, 'fuzz-child.mjs'), String(seed)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new Promise((resolve) => {
    let [number, words, rest, trouble] = [-1, '', '', undefined as string | undefined];
    const watch = watchCpu(child, () => number);
    const end = (why?: string) => {
      trouble ??= why;
      child.kill('SIGKILL');
    };
    let isTimeUp = false;
    const timer = setTimeout(() => {
      isTimeUp = true;
    }, time * 1000);
    const looks = setInterval(() => {
      if (isTimeUp && number >= minInputs) end();
      if (watch() > maxCpuSeconds) end(`takes more than ${maxCpuSeconds} s of CPU`);
    }, 200);
    child.stderr.on('data', (data: Buffer) => {
      words += data.toString();
    });
    child.stdout.on('data', (data: Buffer) => {
      const lines = `${rest}${data.toString()}`.split('\n');
      rest = lines.pop() ?? '';
      const [begun = number, resident = 0] = lines.at(-1)?.split(' ').map(Number) ?? [];
      number = begun;
      if (resident > maxResidentBytes) end(`the process has grown to ${resident} bytes`);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      clearInterval(looks);
      trouble ??= signal === 'SIGKILL' ? undefined : `the process ended with ${code ?? signal}: ${words.slice(-2_000)}`;
      resolve(trouble === undefined ? { number } : { number, trouble });
    });
  });
}

/** Seconds of CPU since the input that is being parsed was first looked at; the start of node does not count. */
function watchCpu({ pid }: ChildProcess, current: () => number): () => number {
  let seen = { number: -1, ticks: 0 };
  return () => {
    const ticks = cpuTicks(pid ?? 0);
    if (current() < 0 || current() !== seen.number) seen = { number: current(), ticks };
    return (ticks - seen.ticks) / 100;
  };
}

/** utime and stime of /proc/PID/stat, proc(5). */
function cpuTicks(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return 0;
  }
}

/** /proc/stat, cpuinfo, uptime and loadavg of a container, proc(5). Pure. */
import { type CpuLedger, type CpuTimes, sumOf } from './cpu-ledger.ts';
import type { LoadLedger } from './load-average.ts';

export interface StatFacts {
  readonly cpus: CpuLedger;
  /** those that it sees */
  readonly shown: readonly number[];
  readonly load: LoadLedger;
  /** seconds since 1970 */
  readonly bootTime: number;
  /** made since the start */
  readonly processes: number;
}

/** Interrupts are nobody's. Who reads this runs, whether it was seen or not. */
export function statText({ cpus, shown, load, bootTime, processes }: StatFacts): string {
  const { running, blocked } = load.sample;
  const lines = [
    `cpu  ${formatTimes(sumOf(cpus))}`,
    ...shown.map((cpu) => `cpu${cpu} ${formatTimes(cpus.byCpu.get(cpu))}`),
    'intr 0',
    `ctxt ${Math.round(load.switches)}`,
    `btime ${bootTime}`,
    `processes ${processes}`,
    `procs_running ${Math.max(1, running)}`,
    `procs_blocked ${blocked}`,
    'softirq 0 0 0 0 0 0 0 0 0 0 0',
  ];
  return `${lines.join('\n')}\n`;
}

/** user nice system idle iowait irq softirq steal guest guest_nice */
const formatTimes = ({ userMs, systemMs, idleMs }: CpuTimes = { userMs: 0, systemMs: 0, idleMs: 0 }): string =>
  `${ticks(userMs)} 0 ${ticks(systemMs)} ${ticks(idleMs)} 0 0 0 0 0 0`;

/** in USER_HZ */
const ticks = (ms: number): number => Math.floor(ms / 10);

/** The kernel's uptime, which its time namespace decides, and how long the container's CPUs were idle. */
export const uptimeText = (kernel: string, cpus: CpuLedger): string =>
  `${kernel.split(' ', 1)[0]} ${(sumOf(cpus).idleMs / 1000).toFixed(2)}\n`;

/** The last number, the newest process, is the pid namespace's and stays. */
export function loadavgText(kernel: string, { averages, sample }: LoadLedger, threads: number): string {
  const newest = kernel.trim().split(' ').at(-1);
  return `${averages.map((average) => average.toFixed(2)).join(' ')} ${Math.max(1, sample.running)}/${threads} ${newest}\n`;
}

/** The newest process that loadavg names: as many were made, until the numbers begin again. */
export const newestProcess = (kernelLoadavg: string): number => Number(kernelLoadavg.trim().split(' ').at(-1));

/** The paragraphs of CPUs that are seen, and those of no CPU. */
export const cpuinfoText = (kernel: string, shown: readonly number[]): string =>
  kernel
    .split(/(?<=\n\n)/)
    .filter((paragraph) => {
      const [, cpu] = /^processor\s*: (\d+)$/m.exec(paragraph) ?? [];
      return cpu === undefined || shown.includes(Number(cpu));
    })
    .join('');

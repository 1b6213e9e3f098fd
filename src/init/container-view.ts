/** The container as its programs should see it: numbers from its cgroups where the kernel's own /proc tells of the machine. */

import { KeptFiles } from './kept-files.ts';
import type { ReadCgroup } from './procview/cgroup-text.ts';
import { advanceCpus, type CpuLedger, emptyCpuLedger } from './procview/cpu-ledger.ts';
import { cpuUse, effectiveCpus, parseCpuList, shownCpus } from './procview/cpu-numbers.ts';
import { advanceLoad, emptyLedger, type LoadLedger } from './procview/load-average.ts';
import { type MemoryNumbers, memoryNumbers } from './procview/memory-numbers.ts';
import { sampleOf } from './procview/thread-texts.ts';

export interface ContainerView {
  /** undefined where nobody counts its memory: then the machine's numbers are all there is */
  memory(): MemoryNumbers | undefined;
  /** the CPUs that it sees, ascending, by their real numbers */
  cpus(): readonly number[];
  /** as the time namespace has it */
  uptimeSeconds(): number;
  loadAverages(): readonly [number, number, number];
  /** threads, as sysinfo(2) counts them */
  processes(): number;
}

export interface ViewDeps {
  /** its `app` in every hierarchy */
  readonly app: readonly number[];
  /** a /proc that nothing is mounted in */
  readonly proc: number;
  /** of its programs */
  readonly threads: () => readonly number[];
}

/** More threads than these are not looked at for a load average: the others are taken to be like them. */
const maxThreads = 64;
/** A wall clock that moved this far from the monotonic one was set. */
const clockSetMs = 500;
/** How long a look at the threads holds. */
const sampleMs = 100;

/** Opens nothing yet; `deps` stay the caller's. */
export const openContainerView = (deps: ViewDeps): LiveView => new LiveView(deps);

export class LiveView implements ContainerView {
  readonly #deps: ViewDeps;
  readonly #cgroup: KeptFiles;
  readonly #proc: KeptFiles;
  #load: LoadLedger = emptyLedger(performance.now());
  #cpus: CpuLedger = emptyCpuLedger(performance.now());
  #boot = { seconds: 0, clockMs: 0 };

  constructor(deps: ViewDeps) {
    this.#deps = deps;
    this.#cgroup = new KeptFiles(deps.app);
    this.#proc = new KeptFiles([deps.proc]);
  }

  /** A file of the container's cgroup. */
  readonly cgroup: ReadCgroup = (file, above = 0) => this.#cgroup.read(`${'../'.repeat(above)}${file}`);

  /** A file of the kernel's own /proc. */
  readonly proc = (name: string): string => this.#proc.read(name);

  memory(): MemoryNumbers | undefined {
    return memoryNumbers(this.cgroup, this.proc('meminfo'));
  }

  cpus(): readonly number[] {
    return shownCpus(this.cgroup, this.usableCpus());
  }

  /** Those that its programs may run on. */
  usableCpus(): readonly number[] {
    const cpus = effectiveCpus(this.cgroup);
    return cpus.length > 0 ? cpus : this.#onlineCpus();
  }

  uptimeSeconds(): number {
    return Number.parseFloat(this.proc('uptime'));
  }

  loadAverages(): readonly [number, number, number] {
    return this.load().averages;
  }

  processes(): number {
    const count = Number.parseInt(this.cgroup('pids.current'), 10);
    return Number.isNaN(count) ? this.#deps.threads().length : count;
  }

  /** Its load until now: looking is what advances it. */
  load(): LoadLedger {
    const now = performance.now();
    if (now - this.#load.atMs < sampleMs) return this.#load;
    const { userMs, systemMs } = cpuUse(this.cgroup);
    this.#load = advanceLoad(this.#load, now, userMs + systemMs, this.#sample());
    return this.#load;
  }

  /** Its CPU times until now: looking is what advances them. */
  cpuTimes(): CpuLedger {
    const usable = this.usableCpus();
    const shown = shownCpus(this.cgroup, usable);
    this.#cpus = advanceCpus(this.#cpus, performance.now(), cpuUse(this.cgroup), shown, usable);
    return this.#cpus;
  }

  /** When the kernel, as the time namespace has it, was started: seconds since 1970. It changes only when the clock is set. */
  bootTime(): number {
    const clockMs = Date.now() - performance.now();
    if (Math.abs(clockMs - this.#boot.clockMs) > clockSetMs) {
      const [, seconds] = /^btime (\d+)$/m.exec(this.#proc.readOnce('stat')) ?? [];
      this.#boot = { seconds: Number(seconds), clockMs };
    }
    return this.#boot.seconds;
  }

  /** Only the zygote's warm-up does that. */
  close(): void {
    this.#cgroup.close();
    this.#proc.close();
  }

  #sample() {
    const threads = this.#deps.threads();
    const texts = threads.slice(0, maxThreads).map((id) => ({
      id,
      stat: this.#proc.readOnce(`${id}/stat`),
      schedstat: this.#proc.readOnce(`${id}/schedstat`),
    }));
    return sampleOf(texts, threads.length);
  }

  #onlineCpus(): number[] {
    return [...this.#proc.readOnce('stat').matchAll(/^cpu(\d+) /gm)].flatMap(([, cpu = '']) => parseCpuList(cpu));
  }
}

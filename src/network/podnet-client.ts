/**
 * podd's side of podnet: keeps wanted.json as wanted, and one podnet that serves it. A podnet that an earlier podd started is
 * adopted; one of another program (an upgrade) gives way to a new one that is loaded already. Two never serve: podnet holds the lock.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { watchProcess } from '../linux/pidfd.ts';
import type { InstancePaths } from '../model/instance-paths.ts';
import { watchDirectory } from '../podnet/watch-directory.ts';
import {
  formatPodnetProblem,
  type PodnetProblem,
  type PodnetRecord,
  type PodnetStatus,
  type PodnetWanted,
  podnetFiles,
} from '../protocol/podnet.ts';
import { createWorker, type Worker } from '../reconcile/worker.ts';
import { replaceFileSync } from '../store/write-atomically.ts';
import { formatError } from '../util/pod-error.ts';
import { sameJson } from '../util/same-json.ts';
import { podnetVersion } from './podnet-process.ts';
import { clearPodnet, findPodnet, takeUpPodnet } from './take-up-podnet.ts';

export interface PodnetOptions {
  readonly paths: InstancePaths;
  readonly log: (message: string) => void;
  /** `problems` has changed */
  readonly onTrouble: () => void;
}

/** A burst of changes is written at this pace; the first of them at once. */
const writePauseMs = 20;
/** First at once, then doubling; forgotten after a minute of good running. */
const restart = { firstMs: 100, longestMs: 10_000, goodMs: 60_000 };

export const createPodnet = (options: PodnetOptions): Podnet => new Podnet(options);

/** No method throws or rejects: what failed is in `problems`, and tried again. `want` must not be called after `close`. */
export class Podnet {
  readonly #options: PodnetOptions;
  readonly #worker: Worker;
  #goal: 'none' | 'serve' | 'end' = 'none';
  /** wanted, but not written as text yet: of several in one turn only the last one is */
  #next: PodnetWanted | undefined;
  #wanted = '';
  #written: string | undefined;
  #writtenAtMs = Number.NEGATIVE_INFINITY;
  #writing: NodeJS.Immediate | undefined;
  #serving: PodnetRecord | undefined;
  #watches: readonly { close(): void }[] = [];
  #failedAtMs: readonly number[] = [];
  /** why podnet does not run, or could not be told or stopped */
  #failure: string | undefined;
  #portProblems: readonly PodnetProblem[] = [];

  constructor(options: PodnetOptions) {
    this.#options = options;
    this.#worker = createWorker(
      () => this.#pass(),
      () => performance.now(),
    );
  }

  /** Replaces what podnet serves, once per turn and only when it differs; the first call starts or adopts podnet. */
  want(wanted: PodnetWanted): void {
    this.#next = wanted;
    this.#goal = 'serve';
    this.#writing ??= setImmediate(() => {
      this.#writing = undefined;
      this.#worker.poke();
    });
  }

  /** Resolves when podnet serves, or could not be started for now. */
  async settled(): Promise<void> {
    if (this.#writing !== undefined) await new Promise((resolve) => setImmediate(resolve));
    await this.#worker.idle();
  }

  /** Of the podnet that serves. */
  pid(): number | undefined {
    return this.#serving?.pid;
  }

  /** What does not work, in words; empty: all is well. */
  problems(): readonly string[] {
    const failure = this.#failure === undefined ? [] : [this.#failure];
    return [...failure, ...this.#portProblems.map((one) => `podnet cannot listen on ${formatPodnetProblem(one)}`)];
  }

  /** Sockets that podnet cannot listen on now. */
  portProblems(): readonly PodnetProblem[] {
    return this.#portProblems;
  }

  /** podd ends: podnet serves on. */
  async close(): Promise<void> {
    clearImmediate(this.#writing);
    await this.#worker.stop();
    this.#forget();
  }

  /** No pod has a network any more: podnet, also one that an earlier podd left, is stopped, and gone when this resolves without a problem. */
  async end(): Promise<void> {
    clearImmediate(this.#writing);
    this.#writing = undefined;
    this.#goal = 'end';
    this.#worker.poke();
    await this.#worker.idle();
  }

  async #pass(): Promise<number | undefined> {
    const dueMs = this.#goal === 'serve' && this.#serving === undefined ? this.#restartDueMs() : 0;
    if (dueMs > performance.now()) return dueMs;
    try {
      if (this.#goal === 'end') await this.#stop();
      else if (this.#goal === 'serve') return await this.#serve();
      return undefined;
    } catch (error) {
      this.#failedAtMs = [...this.#failedAtMs, performance.now()];
      this.#fail(`podnet: ${formatError(error)}`);
      return this.#restartDueMs();
    }
  }

  /** When to look again. */
  async #serve(): Promise<number | undefined> {
    const dueMs = this.#write();
    if (this.#serving === undefined) await this.#start();
    this.#fail(undefined);
    return dueMs;
  }

  #write(): number | undefined {
    const { networkDir } = this.#options.paths;
    const path = join(networkDir, podnetFiles.wanted);
    if (this.#next !== undefined) this.#wanted = `${JSON.stringify(this.#next)}\n`;
    this.#next = undefined;
    this.#written ??= readText(path);
    if (this.#written === this.#wanted) return undefined;
    const dueMs = this.#writtenAtMs + writePauseMs;
    if (performance.now() < dueMs) return dueMs;
    mkdirSync(networkDir, { recursive: true, mode: 0o700 });
    replaceFileSync(path, this.#wanted);
    this.#written = this.#wanted;
    this.#writtenAtMs = performance.now();
    return undefined;
  }

  async #start(): Promise<void> {
    const { paths, log } = this.#options;
    const before = findPodnet(paths)?.pid;
    const podnet = await takeUpPodnet(paths, podnetVersion());
    const status = watchDirectory(
      paths.networkDir,
      podnetFiles.status,
      (entry) => {
        if (entry === podnetFiles.status) this.#readStatus();
      },
      () => undefined,
    );
    const life = watchProcess(podnet.pid, podnet.startTicks, () => this.#onEnd(podnet));
    this.#watches = life === undefined ? [status] : [status, life];
    this.#serving = podnet;
    if (life === undefined) setImmediate(() => this.#onEnd(podnet));
    log(`podnet ${podnet.pid} ${before === podnet.pid ? 'is adopted' : 'serves'}`);
    this.#readStatus();
  }

  #onEnd(podnet: PodnetRecord): void {
    if (this.#serving !== podnet) return;
    this.#forget();
    this.#failedAtMs = [...this.#failedAtMs, performance.now()];
    this.#options.log(`podnet ${podnet.pid} ended by itself`);
    this.#worker.poke();
  }

  async #stop(): Promise<void> {
    const { paths, log } = this.#options;
    this.#forget();
    const podnet = findPodnet(paths);
    await clearPodnet(paths);
    if (podnet !== undefined) log(`podnet ${podnet.pid} is stopped: no pod has a network`);
    this.#written = undefined;
    this.#failedAtMs = [];
    if (this.#goal === 'end') this.#goal = 'none';
    this.#fail(undefined);
  }

  /** The podnet that was served by is no longer ours to watch. */
  #forget(): void {
    for (const watch of this.#watches) watch.close();
    this.#watches = [];
    this.#serving = undefined;
    this.#portProblems = [];
  }

  #readStatus(): void {
    const status = readStatus(join(this.#options.paths.networkDir, podnetFiles.status));
    const problems = status?.pid === this.#serving?.pid ? (status?.problems ?? []) : [];
    if (sameJson(problems, this.#portProblems)) return;
    this.#portProblems = problems;
    this.#options.onTrouble();
  }

  #fail(failure: string | undefined): void {
    if (failure === this.#failure) return;
    this.#failure = failure;
    if (failure !== undefined) this.#options.log(failure);
    this.#options.onTrouble();
  }

  /** −∞ while nothing failed lately. */
  #restartDueMs(): number {
    this.#failedAtMs = this.#failedAtMs.filter((failedMs) => failedMs > performance.now() - restart.goodMs);
    const failures = this.#failedAtMs.length;
    if (failures < 2) return Number.NEGATIVE_INFINITY;
    return (this.#failedAtMs.at(-1) ?? 0) + Math.min(restart.firstMs * 2 ** (failures - 2), restart.longestMs);
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function readStatus(path: string): PodnetStatus | undefined {
  try {
    return JSON.parse(readText(path) ?? '') as PodnetStatus;
  } catch {
    return undefined;
  }
}

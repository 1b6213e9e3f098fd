/** podd's side of the zygote: one child process, started anew when it dies. */
import type { LaunchPlan, MemoryPlan } from '../model/launch-plan.ts';
import type { PreparePlan, ZygoteReply, ZygoteRequest } from '../protocol/zygote.ts';
import { assertNever } from '../util/assert-never.ts';
import { PodError } from '../util/pod-error.ts';
import { ZygoteProcess, type ZygoteProcessOptions } from './zygote-process.ts';

export interface ZygoteListener {
  /** raw wait(2) status of an init that was the zygote's child */
  readonly onExited: (pid: number, status: number) => void;
  /** the zygote died and a new one was started; inits go on, launches in flight were rejected with code ZygoteGone */
  readonly onRestarted: () => void;
}

/** The zygote, kept alive: it is started anew when it dies, and launches wait for that. */
export interface Zygote {
  readonly pid: () => number;
  /** Have a child forked while the rest of its plan is being made; every prepared launch is launched or abandoned. */
  readonly prepare: (prepare: PreparePlan) => PreparedLaunch;
  /**
   * Fork one init; resolves to its pid in podd's pid namespace.
   * Rejects with PodError `LaunchRefused` (nothing was forked) or `ZygoteGone` (look for init.json: the child may live; it is written by now).
   */
  readonly launch: (plan: LaunchPlan) => Promise<number>;
  /** close the sandbox namespaces held for a pod uid, and its volumes in memory */
  readonly drop: (key: string, options?: { readonly keepsMemory: boolean }) => void;
  /** hold the volumes in memory of a pod whose containers run on, as the zygote before did */
  readonly holdMemory: (memory: MemoryPlan) => void;
  /** A file in one of a pod's volumes in memory, as text; undefined: it is not there. Rejects with PodError `Unreadable` or `ZygoteGone`. */
  readonly readMemory: (key: string, volume: string, path: string) => Promise<string | undefined>;
  /** DESIGN §2.9; rejects with the reason */
  readonly selfTest: () => Promise<void>;
  /** end the zygote; no container is touched */
  readonly close: () => Promise<void>;
}

export interface PreparedLaunch {
  /** as Zygote.launch; `plan` says the same as what was prepared */
  readonly launch: (plan: LaunchPlan) => Promise<number>;
  readonly abandon: () => void;
}

export type ZygoteOptions = ZygoteListener & ZygoteProcessOptions;

/** A zygote that cannot even start is tried again, ever more slowly; so often before podd gives up its own start. */
const restartDelaysMs = [0, 100, 1000, 5000];
const firstTries = 3;

type Pending =
  | { readonly op: 'launch'; readonly resolve: (pid: number) => void; readonly reject: (error: PodError) => void }
  | {
      readonly op: 'read';
      readonly resolve: (text: string | undefined) => void;
      readonly reject: (error: PodError) => void;
    }
  | { readonly op: 'selftest'; readonly resolve: () => void; readonly reject: (error: PodError) => void };

/** Start the zygote and wait until it is warm. Rejects with PodError `ZygoteFailed` when it cannot start, tried three times. */
export async function startZygote(options: ZygoteOptions): Promise<Zygote> {
  const keeper = new ZygoteKeeper(options);
  await keeper.firstReady();
  return {
    pid: () => keeper.pid(),
    prepare: (prepare) => keeper.prepare(prepare),
    launch: (plan) => keeper.launch(plan),
    drop: (key, options) => keeper.drop(key, options?.keepsMemory === true),
    holdMemory: (memory) => keeper.holdMemory(memory),
    readMemory: (key, volume, path) => keeper.readMemory(key, volume, path),
    selfTest: () => keeper.selfTest(),
    close: () => keeper.close(),
  };
}

class ZygoteKeeper {
  readonly #options: ZygoteOptions;
  /** answers outstanding, by seq */
  readonly #pending = new Map<number, Pending>();
  #current: ZygoteProcess;
  /** a new process stands in `#current`; while one lives this is settled */
  #replaced: Promise<void> = Promise.resolve();
  #seq = 0;
  #failures = 0;
  #isClosing = false;
  #wasReady = false;

  constructor(options: ZygoteOptions) {
    this.#options = options;
    this.#current = this.#start();
  }

  pid(): number {
    return this.#current.pid;
  }

  /** One that ended under way (an OOM killer, a full machine) is no reason not to start. */
  async firstReady(triesLeft = firstTries): Promise<void> {
    try {
      await this.#current.ready;
      this.#wasReady = true;
    } catch (error) {
      this.#isClosing = triesLeft <= 1;
      if (this.#isClosing) throw error;
      await this.#replaced;
      await this.firstReady(triesLeft - 1);
    }
  }

  /** Forked at once where the zygote is ready, else with the launch. */
  prepare(prepare: PreparePlan): PreparedLaunch {
    const zygote = this.#current;
    if (!zygote.isServing) return { launch: (plan) => this.launch(plan), abandon: () => {} };
    const seq = ++this.#seq;
    zygote.send({ op: 'prepare', seq, prepare });
    return {
      launch: (plan) =>
        zygote.isServing
          ? new Promise((resolve, reject) => {
              this.#pending.set(seq, { op: 'launch', resolve, reject });
              zygote.send({ op: 'launch', seq, plan });
            })
          : this.launch(plan),
      abandon: () => zygote.send({ op: 'abandon', seq }),
    };
  }

  launch(plan: LaunchPlan): Promise<number> {
    const { runDir, sandbox, memory, timeOffsets, procView } = plan;
    const prepare: PreparePlan = {
      runDir,
      pidNamespace: plan.namespaces.pid,
      layout: plan.cgroups.layout,
      ...(sandbox === undefined ? {} : { sandbox }),
      ...(memory === undefined ? {} : { memory }),
      ...(timeOffsets === undefined ? {} : { timeOffsets }),
      ...(procView === undefined ? {} : { procView }),
    };
    return new Promise((resolve, reject) => {
      const waiting: Pending = { op: 'launch', resolve, reject };
      void this.#request(waiting, (seq) => [
        { op: 'prepare', seq, prepare },
        { op: 'launch', seq, plan },
      ]);
    });
  }

  selfTest(): Promise<void> {
    return new Promise((resolve, reject) => {
      void this.#request({ op: 'selftest', resolve, reject }, (seq) => [{ op: 'selftest', seq }]);
    });
  }

  drop(key: string, keepsMemory: boolean): void {
    this.#current.send({ op: 'drop', key, ...(keepsMemory ? { keepsMemory } : {}) });
  }

  holdMemory(memory: MemoryPlan): void {
    this.#current.send({ op: 'memory', memory });
  }

  readMemory(key: string, volume: string, path: string): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      void this.#request({ op: 'read', resolve, reject }, (seq) => [{ op: 'read', seq, key, volume, path }]);
    });
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#current.end();
    await this.#current.gone;
  }

  /** Sent once the zygote is ready; one that dies before its answer rejects through `gone`. */
  async #request(waiting: Pending, make: (seq: number) => readonly ZygoteRequest[]): Promise<void> {
    await this.#replaced;
    try {
      await this.#current.ready;
    } catch (cause) {
      waiting.reject(new PodError('LaunchRefused', 'no zygote', { cause }));
      return;
    }
    const seq = ++this.#seq;
    this.#pending.set(seq, waiting);
    for (const request of make(seq)) this.#current.send(request);
  }

  #start(): ZygoteProcess {
    const zygote = new ZygoteProcess(this.#options, (reply) => this.#settle(reply));
    void zygote.gone.then(() => {
      this.#rejectAll();
      if (!this.#isClosing) this.#replaced = this.#restart();
    });
    return zygote;
  }

  async #restart(): Promise<void> {
    const delayMs = restartDelaysMs[Math.min(this.#failures, restartDelaysMs.length - 1)];
    this.#failures++;
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    if (this.#isClosing) return;
    this.#current = this.#start();
    this.#current.ready.then(
      () => {
        this.#failures = 0;
        if (this.#wasReady) this.#options.onRestarted();
      },
      () => {}, // its end starts the next try
    );
  }

  #rejectAll(): void {
    const lost = [...this.#pending.values()];
    this.#pending.clear();
    for (const waiting of lost) waiting.reject(new PodError('ZygoteGone', 'the zygote ended during the request'));
  }

  #settle(reply: ZygoteReply): void {
    if (reply.op === 'ready') return;
    if (reply.op === 'exited') return this.#options.onExited(reply.pid, reply.status);
    const waiting = this.#pending.get(reply.seq);
    this.#pending.delete(reply.seq);
    if (waiting !== undefined) settleOne(waiting, reply);
  }
}

function settleOne(waiting: Pending, reply: Extract<ZygoteReply, { seq: number }>): void {
  switch (reply.op) {
    case 'launched':
      if (waiting.op === 'launch') waiting.resolve(reply.pid);
      return;
    case 'read':
      if (reply.message === undefined && waiting.op === 'read') return waiting.resolve(reply.text);
      return waiting.reject(new PodError('Unreadable', reply.message ?? 'bug: no file was asked for'));
    case 'refused':
      return waiting.reject(new PodError('LaunchRefused', reply.message));
    case 'selftested':
      if (reply.ok && waiting.op === 'selftest') return waiting.resolve();
      return waiting.reject(
        new PodError('SelfTestFailed', `fork self-test failed: ${reply.message}`, {
          hint: `this Node (${process.version}) or kernel cannot fork a warm process: use Node 20, 22 or 24 on Linux ≥ 5.12`,
        }),
      );
    default:
      return assertNever(reply, 'reply');
  }
}

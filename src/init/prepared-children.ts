/**
 * Children forked ahead of their plan: the zygote makes sandbox, socket and process while podd still makes the cgroups.
 * A prepared child blocks in read(2) on its pipe; the end of the pipe without a plan (abandoned, zygote dead) ends it.
 */
import { closeSync, readSync, writeSync } from 'node:fs';
import { listenUnix, makePipe } from '../linux/descriptors.ts';
import { changeDirectory, exitNow } from '../linux/process.ts';
import type { LaunchPlan } from '../model/launch-plan.ts';
import type { PreparePlan } from '../protocol/zygote.ts';
import { becomeInit, type Inheritance } from './become-init.ts';
import { prepareView } from './prepare-view.ts';
import type { Sandboxes } from './sandboxes.ts';

/** What a forked child does instead of going on as zygote. */
export type ChildWork = () => void;

interface Prepared {
  readonly pid: number;
  readonly planFd: number;
}

export class PreparedChildren {
  readonly #sandboxes: Sandboxes;
  readonly #forkInto: (source: PreparePlan['pidNamespace']) => number;
  /** what a child lets go of once its init.json is written */
  readonly #zygoteFds: readonly number[];
  /** podd's mount namespace */
  readonly #mounts: number;
  readonly #bySeq = new Map<number, Prepared | { readonly refusal: string }>();

  constructor(
    sandboxes: Sandboxes,
    zygoteFds: readonly number[],
    mounts: number,
    forkInto: (source: PreparePlan['pidNamespace']) => number,
  ) {
    this.#sandboxes = sandboxes;
    this.#zygoteFds = zygoteFds;
    this.#mounts = mounts;
    this.#forkInto = forkInto;
  }

  /** In the child: its work. What refuses is kept for the answer to the launch. */
  prepare(seq: number, plan: PreparePlan): ChildWork | undefined {
    try {
      return this.#fork(seq, plan);
    } catch (error) {
      this.#bySeq.set(seq, { refusal: error instanceof Error ? error.message : String(error) });
      return undefined;
    }
  }

  /** Hand over the plan; returns the child's pid. Throws what refused the fork. */
  launch(seq: number, plan: LaunchPlan): number {
    const prepared = this.#bySeq.get(seq) ?? { refusal: 'bug: launch of a child that was not prepared' };
    this.#bySeq.delete(seq);
    if ('refusal' in prepared) throw new Error(prepared.refusal);
    try {
      const bytes = Buffer.from(asciiJson(plan));
      for (let sent = 0; sent < bytes.length; ) sent += writeSync(prepared.planFd, bytes, sent);
    } finally {
      closeSync(prepared.planFd);
    }
    return prepared.pid;
  }

  abandon(seq: number): void {
    const prepared = this.#bySeq.get(seq);
    this.#bySeq.delete(seq);
    if (prepared !== undefined && 'planFd' in prepared) closeSync(prepared.planFd);
  }

  #fork(seq: number, plan: PreparePlan): ChildWork | undefined {
    const memory = plan.memory === undefined ? undefined : this.#sandboxes.ensureMemory(plan.memory);
    const sandbox = plan.sandbox === undefined ? {} : this.#sandboxes.ensure(plan.sandbox, plan.timeOffsets);
    const listenFd = listenIn(plan.runDir, 'ctl.sock');
    const [planFd, planWriteFd] = makePipe();
    const pid = this.#forkOrClose(plan.pidNamespace, [listenFd, planFd, planWriteFd]);
    if (pid === 0) {
      this.#forgetSiblings(planWriteFd, [...Object.values(sandbox), ...(memory === undefined ? [] : [memory])]);
      return () => this.#awaitPlan(planFd, { listenFd, sandbox, memory }, plan);
    }
    closeSync(planFd);
    closeSync(listenFd);
    this.#bySeq.set(seq, { pid, planFd: planWriteFd });
    return undefined;
  }

  #forkOrClose(source: PreparePlan['pidNamespace'], fds: readonly number[]): number {
    try {
      return this.#forkInto(source);
    } catch (error) {
      fds.forEach(closeSync);
      const isOwnerGone =
        source.from === 'pid' && ['ENOENT', 'ENOMEM'].includes((error as NodeJS.ErrnoException).code ?? '');
      throw isOwnerGone ? new Error('the container whose pid namespace it joins has ended') : error;
    }
  }

  /** A child must hold neither the write ends of its siblings' pipes nor other pods' namespaces. */
  #forgetSiblings(planWriteFd: number, own: readonly number[]): void {
    closeSync(planWriteFd);
    for (const prepared of this.#bySeq.values()) if ('planFd' in prepared) closeSync(prepared.planFd);
    this.#sandboxes.othersThan(own).forEach(closeSync);
  }

  #awaitPlan(
    planFd: number,
    inherited: Pick<Inheritance, 'listenFd' | 'sandbox' | 'memory'>,
    { procView, layout }: PreparePlan,
  ): void {
    const view = procView === undefined ? undefined : prepareView(layout);
    const text = readAll(planFd);
    closeSync(planFd);
    const plan = parsePlan(text);
    if (plan === undefined) exitNow(0);
    becomeInit({ ...inherited, plan, view, mounts: this.#mounts, closeAfterRecord: this.#zygoteFds });
  }
}

/** Made in the zygote: reading into it costs a child the pages it fills, and no garbage. */
const chunk = Buffer.alloc(64 * 1024);

function readAll(fd: number): string {
  const pieces: string[] = [];
  // the plan is JSON in ASCII: no character can be cut
  for (let got = readSync(fd, chunk); got > 0; got = readSync(fd, chunk)) pieces.push(chunk.toString('latin1', 0, got));
  return pieces.join('');
}

/** JSON with every character outside of ASCII escaped. */
const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Undefined for an empty text, and for the beginning of a plan whose zygote was killed while it wrote. */
function parsePlan(text: string): LaunchPlan | undefined {
  try {
    return JSON.parse(text) as LaunchPlan;
  } catch {
    return undefined;
  }
}

/** Bound by a relative path: run directories may be longer than a socket address (107 bytes). */
export function listenIn(directory: string, name: string): number {
  changeDirectory(directory);
  try {
    return listenUnix(name);
  } finally {
    changeDirectory('/');
  }
}

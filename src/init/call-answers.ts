/**
 * sysinfo(2) and sched_getaffinity(2) of the container's programs, answered as the container's (linux/seccomp.ts):
 *
 *   program ─call─▶ kernel ─poll─▶ here: receive, compute ─▶ native thread: write into the caller, answer ─▶ program goes on
 *
 * A program is never left waiting: what fails here passes to the kernel, which tells of the machine. When the thread is held up
 * by one caller's memory (native/answer.c), the callers behind it pass too.
 */
import { readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { type FdWatch, readable, watchFd } from '../linux/poll.ts';
import {
  type AnswerState,
  answerCall,
  answerState,
  type CallAnswer,
  handedOver,
  maxAnswerBytes,
  type PendingCall,
  passCall,
  readAffinity,
  receiveCall,
} from '../linux/seccomp.ts';
import { errnoName } from '../linux/sys-error.ts';
import { limitAffinity } from './limit-affinity.ts';
import { encodeSysinfo, type SysinfoFigures } from './sysinfo-record.ts';

/** What is told of the container; asked at each call. `sysinfo` undefined: as the machine. */
export interface CallFigures {
  readonly sysinfo: () => SysinfoFigures | undefined;
  /** numbers of the CPUs it is shown */
  readonly cpus: () => readonly number[];
}

/** Answered in one turn of the event loop before anything else gets its turn. */
const callsPerTurn = 32;
/** Below the native thread's slots, native/answer.c. */
const maxGiven = 96;
const retryMs = 1;
const stuckMs = 1000;

/** Answers until the process ends. Never throws; the first trouble is told, once. */
export class CallAnswers {
  readonly #listener: number;
  readonly #figures: CallFigures;
  readonly #onTrouble: (reason: string) => void;
  #watch: FdWatch | undefined;
  readonly #mask = Buffer.alloc(maxAnswerBytes);
  /** handed to the thread, oldest first; it has done `#done` before these */
  readonly #given: bigint[] = [];
  #done = 0;
  #isStuck = false;
  #isTold = false;
  #stuckTimer: NodeJS.Timeout | undefined;

  constructor(listener: number, figures: CallFigures, onTrouble: (reason: string) => void) {
    this.#listener = listener;
    this.#figures = figures;
    this.#onTrouble = onTrouble;
  }

  start(): void {
    this.#watch = watchFd(this.#listener, readable, () => this.#receive(), { keepsAlive: false });
  }

  #receive(): void {
    for (let i = 0; i < callsPerTurn; i++) {
      if (this.#isFull()) return this.#pause();
      const call = receiveCall(this.#listener);
      if (call === 'none') return;
      if (call !== 'gone') this.answer(call);
    }
  }

  /** One call; from outside only in the zygote's warm-up. */
  answer(call: PendingCall): void {
    try {
      const given = this.#isStuck ? undefined : this.#compute(call);
      const state = given === undefined ? undefined : answerCall(this.#listener, call, given);
      if (state === undefined) return passCall(this.#listener, call.id);
      this.#given.push(call.id);
      this.#follow(state);
    } catch (error) {
      passCall(this.#listener, call.id);
      this.#tell(error instanceof Error ? error.message : String(error));
    }
  }

  /** Undefined: the kernel's own answer is the right one, or the only one. */
  #compute({ number, tid, args }: PendingCall): CallAnswer | undefined {
    if (tid === 0) return undefined;
    if (number === handedOver?.sysinfo) {
      const figures = this.#figures.sysinfo();
      return figures && { value: 0, bytes: encodeSysinfo(figures), address: args[0] };
    }
    const asked = Number(BigInt.asIntN(32, args[0]));
    if (asked !== 0 && !sharesPidNamespace(tid)) return undefined;
    const length = Number(BigInt.asUintN(32, args[1]));
    const result = readAffinity(asked === 0 ? tid : asked, this.#mask, Math.min(length, maxAnswerBytes));
    // a kernel for more than 1024 CPUs wants more bytes than these
    if (result < 0)
      return length > maxAnswerBytes && result === -constants.errno.EINVAL ? undefined : { value: result };
    const bytes = this.#mask.subarray(0, result);
    limitAffinity(bytes, this.#figures.cpus());
    return { value: result, bytes, address: args[2] };
  }

  #follow(state: AnswerState): void {
    const finished = (state.done - this.#done) >>> 0;
    this.#done = state.done;
    this.#given.splice(0, finished);
    if (finished > 0) this.#isStuck = false;
    if (state.refused !== 0) this.#tell(`write into a program: ${errnoName(state.refused)}`);
    if (this.#given.length <= 1) return;
    const { done } = state;
    this.#stuckTimer ??= setTimeout(() => this.#lookAgain(done), stuckMs);
  }

  /** One caller alone that waits for its own memory would wait without us too; others must not wait for it. */
  #lookAgain(doneBefore: number): void {
    this.#stuckTimer = undefined;
    this.#follow(answerState());
    if (this.#given.length === 0 || this.#done !== doneBefore) return;
    this.#isStuck = true;
    for (const id of this.#given) passCall(this.#listener, id);
  }

  #isFull(): boolean {
    if (this.#given.length < maxGiven && !this.#isStuck) return false;
    this.#follow(answerState());
    return this.#given.length >= maxGiven && !this.#isStuck;
  }

  #pause(): void {
    this.#watch?.want(0);
    setTimeout(() => this.#watch?.want(readable), retryMs);
  }

  #tell(reason: string): void {
    if (this.#isTold) return;
    this.#isTold = true;
    this.#onTrouble(reason);
  }
}

/** A number that a thread names means the same here. Of a thread that is gone nobody waits for what is found. */
function sharesPidNamespace(tid: number): boolean {
  try {
    return readlinkSync(`/proc/${tid}/ns/pid`) === readlinkSync('/proc/self/ns/pid');
  } catch {
    return false;
  }
}

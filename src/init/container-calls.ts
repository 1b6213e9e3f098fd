/** What `procView: full` adds to the files: sysinfo(2) and sched_getaffinity(2) tell of the container. */
import { currentPid } from '../linux/process.ts';
import { handedOver, installNotifyFilter, maxAnswerBytes, rehearseNotifyFilter } from '../linux/seccomp.ts';
import { CallAnswers, type CallFigures } from './call-answers.ts';
import type { ContainerView } from './container-view.ts';
import type { SysinfoFigures } from './sysinfo-record.ts';

/** Where the calls wait, or why they go to the kernel as ever. */
export type HandedOver = { readonly listener: number } | { readonly refusal: string };

/** Before the first program starts, which inherits it, and while this process has CAP_SYS_ADMIN. */
export function handOverCalls(): HandedOver {
  try {
    return { listener: installNotifyFilter() };
  } catch (error) {
    return { refusal: error instanceof Error ? error.message : String(error) };
  }
}

/** A program that asks in a loop is told the same for so long. */
const holdMs = 10;

/** Answer until the process ends; `onTrouble` is told once why programs see the machine's numbers instead. */
export function answerCalls(handed: HandedOver, view: ContainerView, onTrouble: (reason: string) => void): void {
  if ('refusal' in handed) onTrouble(handed.refusal);
  else new CallAnswers(handed.listener, figuresOf(view), onTrouble).start();
}

/** All of this but the filter, which every container would inherit, and the answer, for nobody asks: run in the zygote. */
export function warmCalls(view: ContainerView): void {
  rehearseNotifyFilter();
  const { sysinfo = 0, sched_getaffinity = 0 } = handedOver ?? {};
  const answers = new CallAnswers(noListener, figuresOf(view), () => {});
  const call = { id: 0n, tid: currentPid(), args: [0n, BigInt(maxAnswerBytes), 0n] } as const;
  for (const number of [sysinfo, sched_getaffinity]) answers.answer({ ...call, number });
}

const noListener = -1;

function figuresOf(view: ContainerView): CallFigures {
  return { sysinfo: held(() => sysinfoOf(view)), cpus: held(() => view.cpus()) };
}

function sysinfoOf(view: ContainerView): SysinfoFigures | undefined {
  const memory = view.memory();
  if (memory === undefined) return undefined;
  return {
    uptimeSeconds: view.uptimeSeconds(),
    loads: view.loadAverages(),
    totalBytes: memory.total,
    freeBytes: memory.free,
    sharedBytes: memory.shared,
    bufferBytes: 0,
    swapTotalBytes: memory.swapTotal,
    swapFreeBytes: memory.swapFree,
    processes: view.processes(),
  };
}

function held<T>(read: () => T): () => T {
  let newest: { readonly value: T; readonly atMs: number } | undefined;
  return () => {
    const now = performance.now();
    if (newest === undefined || now - newest.atMs >= holdMs) newest = { value: read(), atMs: now };
    return newest.value;
  };
}

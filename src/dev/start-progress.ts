/** Whether what a rule restarts is there again. Unlike `podctl restart`, who edits wants to hear at once of a start, and of a crash. Pure. */
import { describeProgram, findLabel, hasEndedAnew, isNextRun, isOver, startedAnew } from '../cli/control-goal.ts';
import { containerWord, isResting } from '../cli/program-words.ts';
import type { ProgramGroup, ProgramObject } from '../protocol/api.ts';

export type StartProgress =
  | { readonly kind: 'up'; readonly how: 'ready' | 'running' | 'done' }
  | { readonly kind: 'waiting' | 'failed'; readonly why: string };

export interface StartJudgement {
  /** the container as it was before the restart, and as it is */
  readonly before: ProgramGroup | undefined;
  readonly now: ProgramGroup | undefined;
  /** whether the program of that name says when it is ready; one that does not is there with its start */
  readonly hasReadiness: (program: string) => boolean;
  readonly nowMs: number;
}

/** Of one program by its label, or of a whole container that was started anew. */
export function judgeStart(label: string | undefined, judgement: StartJudgement): StartProgress {
  const { before, now } = judgement;
  if (now === undefined) return { kind: 'failed', why: 'the container is gone' };
  if (isOver(now) && hasEndedAnew(before, now)) return { kind: 'failed', why: endOf(now) };
  if (label === undefined) return judgeContainer(now, judgement);
  const program = findLabel(now, label);
  if (program === undefined) return { kind: 'waiting', why: `container ${now.container} is ${containerWord(now)}` };
  const old = before === undefined ? undefined : findLabel(before, label);
  const isNew = old === undefined || startedAnew([before, old], [now, program]);
  return isNew ? judgeProgram(program, judgement) : { kind: 'waiting', why: describeProgram(program, judgement.nowMs) };
}

function endOf(group: ProgramGroup): string {
  const exit = group.lastExit === undefined ? '' : ` (exit ${group.lastExit.exitCode})`;
  return `container ${group.container} ended: ${containerWord(group)}${exit}`;
}

function judgeContainer(now: ProgramGroup, judgement: StartJudgement): StartProgress {
  const { before } = judgement;
  const isNew = before?.state !== 'running' || isNextRun(before, now);
  if (now.state !== 'running' || !isNew || now.programs.length === 0)
    return { kind: 'waiting', why: `is ${containerWord(now)}` };
  const all = now.programs.map(
    (program): StartProgress =>
      isResting(program) || program.blocked === true
        ? { kind: 'up', how: 'running' }
        : judgeProgram(program, judgement),
  );
  const worst = all.find(({ kind }) => kind === 'failed') ?? all.find(({ kind }) => kind === 'waiting');
  return worst ?? { kind: 'up', how: all.every((one) => 'how' in one && one.how === 'ready') ? 'ready' : 'running' };
}

/** It has been started since. */
function judgeProgram(program: ProgramObject, { hasReadiness, nowMs }: StartJudgement): StartProgress {
  const why = describeProgram(program, nowMs);
  switch (program.state) {
    case 'STARTING':
    case 'RUNNING':
      if (!hasReadiness(program.program)) return { kind: 'up', how: 'running' };
      return program.ready ? { kind: 'up', how: 'ready' } : { kind: 'waiting', why };
    case 'EXITED':
      return program.lastExit?.expected === false ? { kind: 'failed', why } : { kind: 'up', how: 'done' };
    case 'BACKOFF':
    case 'FATAL':
      return { kind: 'failed', why };
    case 'STOPPED':
    case 'WAITING':
    case 'STOPPING':
      return { kind: 'waiting', why };
  }
}

/**
 * The words of the supervising machine: what happens to it, what it wants done, and what it remembers.
 * `supervise` (supervise.ts) is the machine itself; Supervisor (supervisor.ts) is its hands.
 *
 * The hands perform all effects of one step in order and only then bring the next event (a queue, first in first out):
 * effects of one step may therefore be performed after something happened that the machine learns of in the next step.
 */
import type { ProgramPlan } from '../model/launch-plan.ts';
import type { ProgramRef } from '../model/program-name.ts';
import type { ExitRecord, ProgramVerb } from '../protocol/init.ts';

/** How the container ends; becomes exit.json. */
export interface ContainerEnd {
  readonly exitCode: number;
  readonly signal?: number;
  readonly reason: ExitRecord['reason'];
  readonly message?: string;
  /** as ExitRecord's */
  readonly unhealthy?: true;
}

/** The clock and the dice of one step. */
export interface Moment {
  /** monotonic */
  readonly nowMs: number;
  /** RFC 3339, for people */
  readonly at: string;
  /** [0, 1): jitter */
  readonly random: number;
}

/** `start`: startMs is over; `backoff`: the delay is over; `grace`: the program's stop.graceMs is over. */
export type Timer = 'start' | 'backoff' | 'grace';
export type ProbeKind = 'readiness' | 'liveness';

/** `program` is always a key (ProgramPlan.name). */
export type SuperviseEvent =
  | { readonly type: 'begin' }
  /** `cpuMs`: what its leaf had used by then */
  | { readonly type: 'spawned'; readonly program: string; readonly pid: number; readonly cpuMs?: number }
  /** it was not exec'd: no pid, nothing to reap */
  | { readonly type: 'spawnFailed'; readonly program: string; readonly exitCode: number; readonly message: string }
  /** its main process was reaped */
  | {
      readonly type: 'exited';
      readonly program: string;
      readonly pid: number;
      readonly exitCode: number;
      readonly signal?: number;
      readonly oomKilled: boolean;
    }
  /** the answer to `clear` and `drain`: no process is left in its leaf (without wholeTree: its main process is gone) */
  | { readonly type: 'cleared'; readonly program: string }
  | { readonly type: 'timer'; readonly program: string; readonly timer: Timer }
  /** the prober's verdict turned (thresholds are its business); notify, notifyFd and logLine come as ok readiness */
  | {
      readonly type: 'probed';
      readonly program: string;
      readonly probe: ProbeKind;
      readonly ok: boolean;
      readonly message: string;
    }
  /** the answer to `plan`: when the schedule is due next, RFC 3339; undefined: never again */
  | { readonly type: 'planned'; readonly program: string; readonly next: string | undefined }
  | { readonly type: 'due'; readonly program: string }
  /** a stop or reload command ended (or could not be started: exitCode 126, 127, 128) */
  | {
      readonly type: 'commandEnded';
      readonly program: string;
      readonly purpose: 'stop' | 'reload';
      readonly exitCode: number;
      readonly message?: string;
    }
  /** programs: keys; the targets exist (selectPrograms) and can do it (refuseRequest) */
  | {
      readonly type: 'requested';
      readonly verb: ProgramVerb;
      readonly programs: readonly string[];
      readonly signal?: number;
      readonly cascade: boolean;
    }
  | { readonly type: 'updated'; readonly programs: readonly ProgramPlan[]; readonly cascade: boolean }
  /** the answer to `freeze`: all in its leaf stand still */
  | { readonly type: 'frozen'; readonly program: string }
  /** the whole container; single programs are paused by `requested` */
  | { readonly type: 'pauseRequested' }
  | { readonly type: 'resumeRequested' }
  /** the answer to `freezeAll` */
  | { readonly type: 'allFrozen' }
  /** the whole container */
  | { readonly type: 'stopRequested'; readonly graceMs: number }
  | { readonly type: 'graceOver' }
  /** PID 1 has no child left at all */
  | { readonly type: 'childless' };

export type SuperviseEffect =
  /** start it; answered by spawned or spawnFailed */
  | { readonly effect: 'spawn'; readonly program: string }
  /** to its main process, or to every process of its leaf; `wake`: SIGCONT after it, for those that are stopped */
  | {
      readonly effect: 'signal';
      readonly program: string;
      readonly signal: number;
      readonly wholeTree: boolean;
      readonly wake: boolean;
    }
  /**
   * KILL what is left in its leaf, main process included, until nothing is; answered by cleared, at once when it is empty.
   * Without stop.wholeTree only the main process is killed and looked for. A main process that dies of it comes as exited, before cleared.
   */
  | { readonly effect: 'clear'; readonly program: string }
  /** wait until nothing is left in its leaf, touching nothing; answered by cleared, at once when it is empty. A later clear takes over. */
  | { readonly effect: 'drain'; readonly program: string }
  /** run its stop or reload command in its leaf, as its user; answered by commandEnded */
  | { readonly effect: 'command'; readonly program: string; readonly purpose: 'stop' | 'reload' }
  /** (re)start the timer */
  | { readonly effect: 'arm'; readonly program: string; readonly timer: Timer; readonly ms: number }
  | { readonly effect: 'disarm'; readonly program: string; readonly timer: Timer }
  | { readonly effect: 'startProbe'; readonly program: string; readonly probe: ProbeKind }
  | { readonly effect: 'stopProbe'; readonly program: string; readonly probe: ProbeKind }
  /** find the schedule's next time and wait for it: answered by planned at once, then by due; replaces an earlier plan */
  | { readonly effect: 'plan'; readonly program: string }
  | { readonly effect: 'unplan'; readonly program: string }
  /** its leaf stands still from now on; answered by frozen, perhaps later */
  | { readonly effect: 'freeze'; readonly program: string }
  | { readonly effect: 'thaw'; readonly program: string }
  /** the same of all that is in the container, exec sessions too; answered by allFrozen. Single leaves keep their own freeze. */
  | { readonly effect: 'freezeAll' }
  | { readonly effect: 'thawAll' }
  /** it was removed and nothing of it is left: let go of its log and leaf */
  | { readonly effect: 'forget'; readonly program: string }
  /** to what belongs to no program: exec sessions */
  | { readonly effect: 'signalOthers'; readonly signal: number }
  /** graceOver after this time; a running timer is only ever shortened */
  | { readonly effect: 'armGrace'; readonly ms: number }
  /** KILL every process of the container until none is left */
  | { readonly effect: 'killAll' }
  /** an event on the pod */
  | { readonly effect: 'note'; readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string }
  /** the container is empty: write exit.json and leave */
  | { readonly effect: 'finish'; readonly end: ContainerEnd };

/** A request as it came, before the programs it means were looked up. */
export interface ProgramRequest {
  readonly verb: ProgramVerb;
  readonly targets: readonly ProgramRef[];
  readonly signal?: number;
  readonly cascade?: boolean;
}

/**
 * podd ↔ podinit, over `<runDir>/ctl.sock`. Each connection begins with one JSON line:
 *   {"op":"control"}          then InitRequest lines down, InitEvent lines up (a full state first, and after every change)
 *   {"op":"exec", …}          then one ExecReply line, then frames both ways (see ExecFrame)
 *   {"op":"attach", …}        the same, but with a program that runs: its output from now on, and its stdin where it has one
 */
import type { ProgramPlan } from '../model/launch-plan.ts';
import type { HealthSpec } from '../model/lifecycle-spec.ts';
import type { ProgramRef } from '../model/program-name.ts';

/** init.json: written by the child itself before it lets go of the zygote's fds. */
export interface InitRecord {
  readonly id: string;
  /** pid in podd's pid namespace */
  readonly pid: number;
  /** field 22 of /proc/pid/stat, clock ticks since boot: with the pid it names the process for good */
  readonly startTicks: number;
}

/** Something worth an event on the pod. Numbered from 1: it is told, and left in exit.json, until it is said to be taken. */
export interface InitNote {
  readonly seq: number;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** exit.json: written (temp + rename) before `_exit`. */
export interface ExitRecord {
  readonly id: string;
  readonly exitCode: number;
  readonly signal?: number;
  readonly reason: 'Completed' | 'Error' | 'OOMKilled' | 'ContainerCannotRun';
  readonly message?: string;
  /** podinit ended it for a failed liveness or startup probe: it is a failure, whatever the exit code */
  readonly unhealthy?: true;
  /** what happened and was not taken by then; absent: nothing */
  readonly notes?: readonly InitNote[];
  /** RFC 3339; absent when no program was ever exec'd */
  readonly startedAt?: string;
  readonly finishedAt: string;
}

/** supervisord's words, and WAITING: until a dependency's condition holds, its last run's leaf is empty, or its schedule is due. */
export const programStates = [
  'STOPPED',
  'WAITING',
  'STARTING',
  'RUNNING',
  'BACKOFF',
  'STOPPING',
  'EXITED',
  'FATAL',
] as const;
export type ProgramStateName = (typeof programStates)[number];

/** One instance of one program as it is. */
export interface ProgramState {
  /** programKey */
  readonly name: string;
  readonly program: string;
  readonly instance: number;
  /** how people see it: `web`, `web:0` */
  readonly label: string;
  readonly state: ProgramStateName;
  /** its readiness holds; without one: it is RUNNING */
  readonly ready: boolean;
  readonly essential: boolean;
  /** it has a schedule: being EXITED is its rest */
  readonly scheduled: boolean;
  /** pid inside the container */
  readonly pid?: number;
  /** newest start, RFC 3339 */
  readonly startedAt?: string;
  /** starts after the first one */
  readonly restarts: number;
  /** its newest end */
  readonly lastExit?: ProgramExit;
  /** why it is in this state, for people: what it waits for, how it failed */
  readonly message?: string;
  /** WAITING for what does not come by itself: a program that is STOPPED, has ended for good, or is blocked itself */
  readonly blocked?: boolean;
  /** CPU time that its cgroup leaf had used before its newest start; absent where nobody counts */
  readonly cpuBeforeMs?: number;
  /** end of the back-off, or the next time of the schedule, RFC 3339 */
  readonly nextStartAt?: string;
  /** its leaf (or the whole container) is frozen by `podctl pause`: its processes stand still, and nothing is started in it */
  readonly paused?: boolean;
}

export interface ProgramExit {
  /** 128+n when a signal ended it */
  readonly exitCode: number;
  readonly signal?: number;
  readonly oomKilled?: boolean;
  /** RFC 3339 */
  readonly at: string;
  /** whether its restart rules (policy, exitCodes) take it for a good end; absent where it was stopped, which they do not judge */
  readonly expected?: boolean;
  /** why it ended where podinit brought it about: stopped by request, liveness probe failed … */
  readonly why?: string;
}

/** One line of `podctl why`: what podinit decided about a program, and the cause. */
export interface ProgramDecision {
  /** RFC 3339 */
  readonly at: string;
  readonly state: ProgramStateName;
  /** what was done: `start`, `wait 2 s`, `stop with SIGTERM` */
  readonly what: string;
  readonly cause: string;
}

export interface InitState {
  readonly id: string;
  readonly phase: 'setup' | 'running' | 'stopping';
  /** when the first program was exec'd, RFC 3339; not told before the postStart hook has ended well */
  readonly startedAt?: string;
  readonly programs: readonly ProgramState[];
  /** of its HealthSpec; absent: it has none */
  readonly health?: HealthState;
  /** log lines dropped because the disk refused them */
  readonly logLinesDropped: number;
}

/** The container as a whole, by its probes and hooks. */
export interface HealthState {
  /** postStart has ended well and the startup probe has succeeded, where there are such */
  readonly started: boolean;
  /** started, and the readiness probe holds */
  readonly ready: boolean;
  /** why it is not, in the kubelet's words */
  readonly message?: string;
}

export type InitEvent =
  | { readonly event: 'state'; readonly state: InitState }
  /** without a number: of an init of an earlier version, which tells each once */
  | ({ readonly event: 'note'; readonly seq?: number } & Omit<InitNote, 'seq'>)
  /** the answer to the request of that seq */
  | { readonly event: 'reply'; readonly seq: number; readonly reply: InitReply };

/** `affected`: labels of the instances that the request moves. NotFound: no such program; Conflict: it cannot do that, `message` says why. */
export type InitReply =
  | {
      readonly ok: true;
      readonly affected: readonly string[];
      readonly decisions?: Readonly<Record<string, readonly ProgramDecision[]>>;
    }
  | { readonly ok: false; readonly code: 'NotFound' | 'Conflict'; readonly message: string };

export const programVerbs = ['start', 'stop', 'restart', 'reload', 'signal', 'pause', 'resume'] as const;
export type ProgramVerb = (typeof programVerbs)[number];

export type InitHello = { readonly op: 'control' } | ExecRequest | AttachRequest;

export type InitRequest =
  /** TERM to the whole tree, KILL after graceMs, then exit; a second stop may only shorten */
  | { readonly op: 'stop'; readonly graceMs: number }
  /** to the targets, or to all programs when there are none; pause and resume then mean the container as a whole, exec sessions too */
  | {
      readonly op: 'control';
      readonly seq: number;
      readonly verb: ProgramVerb;
      readonly targets: readonly ProgramRef[];
      /** verb signal: its number */
      readonly signal?: number;
      /** restart: also what depends on the targets, whatever the manifest's cascade says */
      readonly cascade?: boolean;
    }
  /**
   * The programs wanted from now on: new ones are started, missing ones stopped and forgotten, changed ones changed
   * (model/program-change.ts). `leaves` names the cgroup directories of all of them, made by podd.
   */
  | {
      readonly op: 'update';
      readonly seq: number;
      readonly programs: readonly ProgramPlan[];
      readonly leaves: Readonly<Record<string, readonly string[]>>;
      readonly cascade?: boolean;
      /** absent: the container has none any more */
      readonly health?: HealthSpec;
    }
  /** the first `kills` OOM kills that its leaf counts took processes of this program (its key), but not the program itself; no answer */
  | { readonly op: 'forgetKills'; readonly program: string; readonly kills: number }
  /** this note and those before it are recorded; no answer */
  | { readonly op: 'noted'; readonly seq: number }
  /** the newest decisions about the targets, by label */
  | { readonly op: 'why'; readonly seq: number; readonly targets: readonly ProgramRef[] };

export interface ExecRequest {
  readonly op: 'exec';
  readonly argv: readonly string[];
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly rows?: number;
  readonly columns?: number;
  /** TERM and the like, added to the container's environment */
  readonly env?: readonly string[];
  readonly workingDir?: string;
}

/** The first instance is meant where the program has several and none is named. */
export interface AttachRequest extends ProgramRef {
  readonly op: 'attach';
  readonly stdin: boolean;
  readonly rows?: number;
  readonly columns?: number;
}

/** `code` 126 (not executable) or 127 (not found) when the command could not be started. */
export type ExecReply =
  | { readonly ok: true; readonly attached?: Attached }
  | { readonly ok: false; readonly code: number; readonly message: string };

/** Only in the answer to an attach request: what the client is attached to. */
export interface Attached {
  readonly label: string;
  /** it has a terminal: the client's own goes into raw mode */
  readonly tty: boolean;
  readonly stdin: boolean;
}

/** Frames after ExecReply: 1 byte kind, 4 bytes big-endian payload length, payload. */
export const ExecFrame = {
  /** client → init */
  stdin: 0,
  /** init → client */
  stdout: 1,
  stderr: 2,
  /** init → client, JSON {exitCode, signal?}; the last frame */
  exit: 3,
  /** client → init, JSON {rows, columns} */
  resize: 4,
  /** client → init, empty: no more input */
  stdinEnd: 5,
} as const;

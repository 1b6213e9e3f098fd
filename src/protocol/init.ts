/**
 * podd ↔ podinit, over `<runDir>/ctl.sock`. Each connection begins with one JSON line:
 *   {"op":"control"}          then InitRequest lines down, InitEvent lines up (a full state first, and after every change)
 *   {"op":"exec", …}          then one ExecReply line, then frames both ways (see ExecFrame)
 */

/** init.json: written by the child itself before it lets go of the zygote's fds. */
export interface InitRecord {
  readonly id: string;
  /** pid in podd's pid namespace */
  readonly pid: number;
  /** field 22 of /proc/pid/stat, clock ticks since boot: with the pid it names the process for good */
  readonly startTicks: number;
}

/** exit.json: written (temp + rename) before `_exit`. */
export interface ExitRecord {
  readonly id: string;
  readonly exitCode: number;
  readonly signal?: number;
  readonly reason: 'Completed' | 'Error' | 'OOMKilled' | 'ContainerCannotRun';
  readonly message?: string;
  /** RFC 3339; absent when no program was ever exec'd */
  readonly startedAt?: string;
  readonly finishedAt: string;
}

export interface ProgramState {
  readonly name: string;
  /** supervisord's words */
  readonly state: 'STOPPED' | 'STARTING' | 'RUNNING' | 'BACKOFF' | 'STOPPING' | 'EXITED' | 'FATAL';
  /** pid inside the container */
  readonly pid?: number;
  readonly startedAt?: string;
  readonly exitCode?: number;
  readonly signal?: number;
}

export interface InitState {
  readonly id: string;
  readonly phase: 'setup' | 'running' | 'stopping';
  /** when the first program was exec'd, RFC 3339 */
  readonly startedAt?: string;
  readonly programs: readonly ProgramState[];
  /** log lines dropped because the disk refused them */
  readonly logLinesDropped: number;
}

export type InitEvent =
  | { readonly event: 'state'; readonly state: InitState }
  /** something worth an event on the pod */
  | { readonly event: 'note'; readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string };

export type InitHello = { readonly op: 'control' } | ExecRequest;

export type InitRequest =
  /** TERM to the whole tree, KILL after graceMs, then exit; a second stop may only shorten */
  | { readonly op: 'stop'; readonly graceMs: number }
  /** to one program, or all when absent */
  | { readonly op: 'signal'; readonly program?: string; readonly signal: number };

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

/** `code` 126 (not executable) or 127 (not found) when the command could not be started. */
export type ExecReply = { readonly ok: true } | { readonly ok: false; readonly code: number; readonly message: string };

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

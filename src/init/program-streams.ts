/** The standard streams of a program: pipes into its log, or a terminal; with `stdin` open for `podctl attach`. */
import { closeSync, fchownSync } from 'node:fs';
import { duplicate, growPipe, makePipe, openTerminal } from '../linux/descriptors.ts';
import type { ProgramExecPlan } from '../model/launch-plan.ts';
import type { Identity } from './start-program.ts';

/** Room for bursts while PID 1 is busy: so much in one pipe, and in those of all its programs together. */
const pipeBytes = 1 << 20;
const allPipesBytes = 16 << 20;
/** What a pipe has by itself, pipe(7). */
const ordinaryPipeBytes = 1 << 16;
/** Group `tty`, as devpts is mounted with gid=5. */
const ttyGroup = 5;

export interface ProgramStreams {
  /** ends for the child */
  readonly child: readonly [number, number, number];
  /** those of them that are closed here after the spawn */
  readonly toClose: readonly number[];
  readonly outputs: readonly { readonly fd: number; readonly stream: 'stdout' | 'stderr' }[];
  /** our end of its input; absent: it reads /dev/null */
  readonly input?: number;
  readonly isTerminal: boolean;
}

export interface StreamsDeps {
  /** of /dev/null */
  readonly devNull: number;
  /** how many programs share this PID 1: the kernel counts all pipes of root together (pipe-user-pages-soft) */
  readonly programCount: () => number;
}

/** Throws SysError (EMFILE, no devpts) with nothing left open. */
export function openProgramStreams(exec: ProgramExecPlan, identity: Identity, deps: StreamsDeps): ProgramStreams {
  const opened: number[] = [];
  try {
    return exec.tty ? terminalStreams(opened, identity) : pipeStreams(opened, exec.stdin, identity, deps);
  } catch (error) {
    opened.forEach(closeSync);
    throw error;
  }
}

/** Room for bursts; after the spawn, for it takes the kernel half a millisecond. */
export function growOutputs(streams: ProgramStreams, deps: StreamsDeps): void {
  const room = Math.min(pipeBytes, allPipesBytes / deps.programCount());
  const [out] = streams.outputs;
  if (out !== undefined && !streams.isTerminal && room > ordinaryPipeBytes) growPipe(out.fd, room);
}

/** Give everything back when the child could not be started and nobody pumps yet. */
export function closeProgramStreams(streams: ProgramStreams): void {
  for (const fd of streams.toClose) closeSync(fd);
  for (const { fd } of streams.outputs) closeSync(fd);
  if (streams.input !== undefined) closeSync(streams.input);
}

function pipeStreams(opened: number[], hasStdin: boolean, identity: Identity, deps: StreamsDeps): ProgramStreams {
  const pipe = (): [number, number] => {
    const ends = makePipe();
    opened.push(...ends);
    return ends;
  };
  const [outRead, outWrite] = pipe();
  const [errRead, errWrite] = pipe();
  const [inRead, input] = hasStdin ? pipe() : [deps.devNull, undefined];
  const toClose = hasStdin ? [inRead, outWrite, errWrite] : [outWrite, errWrite];
  // so that it can open /dev/stdin, /dev/stdout and /dev/stderr by name
  for (const fd of toClose) fchownSync(fd, identity.uid, identity.gid);
  return {
    child: [inRead, outWrite, errWrite],
    toClose,
    outputs: [
      { fd: outRead, stream: 'stdout' },
      { fd: errRead, stream: 'stderr' },
    ],
    ...(input === undefined ? {} : { input }),
    isTerminal: false,
  };
}

/** A terminal has one output; what is typed goes in by the same descriptor. */
function terminalStreams(opened: number[], identity: Identity): ProgramStreams {
  const { controller, peer } = openTerminal();
  opened.push(controller, peer);
  fchownSync(peer, identity.uid, ttyGroup);
  const input = duplicate(controller);
  return {
    child: [peer, peer, peer],
    toClose: [peer],
    outputs: [{ fd: controller, stream: 'stdout' }],
    input,
    isTerminal: true,
  };
}

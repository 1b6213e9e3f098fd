/** Start a process with its output pumped into a program's log: the program itself, or its stop or reload command. */
import { closeSync } from 'node:fs';
import type { ProgramExecPlan } from '../model/launch-plan.ts';
import type { RlimitName } from '../model/pod-spec.ts';
import type { LogPump } from './log-pump.ts';
import type { ProcessTree } from './process-tree.ts';
import type { ProgramOutput } from './program-output.ts';
import { closeProgramStreams, growOutputs, openProgramStreams, type StreamsDeps } from './program-streams.ts';
import { type Identity, mergeEnv, type StartFailure, type StartRequest, startProcess } from './start-program.ts';

export interface PipedRequest {
  readonly exec: ProgramExecPlan;
  readonly identity: Identity;
  /** over the program's environment */
  readonly env: readonly string[];
  readonly leaf: string;
  readonly extraFd?: StartRequest['extraFd'];
}

export interface PipedDeps extends StreamsDeps {
  readonly tree: ProcessTree;
}

export interface Piped {
  readonly ok: true;
  readonly pid: number;
  readonly lowered: readonly RlimitName[];
  readonly pumps: readonly LogPump[];
  /** our end of its stdin or terminal, the caller's from here on */
  readonly input?: number;
  readonly isTerminal: boolean;
}

/** Throws SysError where no pipe or terminal can be made; nothing is left open then, nor after a StartFailure. */
export function startPiped(request: PipedRequest, output: ProgramOutput, deps: PipedDeps): Piped | StartFailure {
  const { exec, identity, env, leaf, extraFd } = request;
  const streams = openProgramStreams(exec, identity, deps);
  const started = startProcess(
    {
      exec,
      identity,
      argv: exec.argv,
      envp: env.length === 0 ? identity.envp : mergeEnv(identity.envp, env),
      workingDir: exec.workingDir,
      leaf,
      stdio: streams.child,
      terminal: streams.isTerminal,
      ...(extraFd === undefined ? {} : { extraFd }),
    },
    deps.tree,
  );
  if (!started.ok) {
    closeProgramStreams(streams);
    return started;
  }
  streams.toClose.forEach(closeSync);
  growOutputs(streams, deps);
  return {
    ...started,
    pumps: streams.outputs.map(({ fd, stream }) => output.pump(fd, stream)),
    ...(streams.input === undefined ? {} : { input: streams.input }),
    isTerminal: streams.isTerminal,
  };
}

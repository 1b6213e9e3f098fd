/** `podinit -f FILE`: the supervisor of containers, in whatever container podinit finds itself. */
import { constants as fsConstants, openSync } from 'node:fs';
import { constants } from 'node:os';
import { startControlServer } from '../init/control-server.ts';
import type { ContainerEnd } from '../init/machine.ts';
import type { ProgramOutput } from '../init/program-output.ts';
import { createStdoutOutputs } from '../init/stdout-output.ts';
import { currentPid, exitNow, ignoreSignal } from '../linux/process.ts';
import { SIGCHLD } from '../linux/signals.ts';
import { watchSignals } from '../linux/uv-signal.ts';
import type { ProgramLogsPlan, ProgramPlan } from '../model/launch-plan.ts';
import type { RunOptions } from './arguments.ts';
import { chooseTree } from './choose-tree.ts';
import { type ControlSocket, openControlSocket } from './control-socket.ts';
import { endRest } from './kill-rest.ts';
import { readProcesses } from './read-processes.ts';
import { createReporter } from './reporter.ts';
import { forwardedSignals, ownTerminalSignals } from './signals-of-others.ts';
import { StandaloneSupervisor } from './standalone-supervisor.ts';

const { SIGTERM, SIGINT, SIGQUIT, SIGHUP } = constants.signals;
/** Kubernetes' terminationGracePeriodSeconds. */
const defaultGraceMs = 30_000;
/** For a reader of our output that is slow, at the very end. */
const drainMs = 1_000;

export interface FileOptions extends RunOptions {
  readonly file: string;
  readonly say: (message: string) => void;
}

/** Starts everything and returns; the process ends with the exit code of the machine. */
export function runFile(options: FileOptions): void {
  const control = openSocket(options);
  const variables = control === undefined ? {} : { PODINIT_SOCKET: control.path };
  const read = () =>
    readProcesses(options.file, { variables, ...(options.command === undefined ? {} : { command: options.command }) });
  const first = read();
  for (const problem of first.problems) process.stderr.write(`${problem}\n`);
  if (first.plans === undefined) {
    control?.remove();
    return exitNow(2);
  }
  const contained = chooseTree(options.cgroups, first.plans, first.pod, options.say);
  const outputs = createStdoutOutputs({
    stdout: 1,
    stderr: 2,
    onLoss: () => {},
    isOnlyProgram: () => plans().length <= 1,
  });
  const plans = (): readonly ProgramPlan[] => supervisor.plans();
  const openOutput = (logs: ProgramLogsPlan): ProgramOutput =>
    outputs(plans().find((plan) => plan.logs.file === logs.file)?.label ?? logs.file, logs);
  const reporter = createReporter(options.say);
  const devNull = openSync('/dev/null', fsConstants.O_RDWR);
  const supervisor = new StandaloneSupervisor(
    {
      id: `podinit-${currentPid()}`,
      container: 'podinit',
      programs: first.plans,
      tree: contained.tree,
      openOutput,
      devNull,
      notifyDirectory: `/tmp/podinit-${currentPid()}-notify`,
      onState: () => {
        server?.publishState();
        reporter.state(supervisor.state());
      },
      onNote: (type, reason, message) => {
        server?.note(type, reason, message);
        reporter.note(type, message);
      },
      onFinish: (end) => finish(end),
    },
    { read, addLeaves: contained.addLeaves },
  );
  const server =
    control === undefined ? undefined : startControlServer(control.fd, { supervisor, tree: contained.tree, devNull });
  const finish = (end: ContainerEnd): never => {
    outputs.drain(drainMs);
    control?.remove();
    if (end.exitCode !== 0 && end.message !== undefined) process.stderr.write(`podinit: ${end.message}\n`);
    if (currentPid() !== 1) endRest();
    contained.release();
    return exitNow(end.exitCode);
  };
  listen(supervisor, options);
  supervisor.begin();
}

function openSocket({ socket }: FileOptions): ControlSocket | undefined {
  try {
    const control = openControlSocket(socket, process.env);
    if (control === undefined)
      process.stderr.write('podinit: no control socket: give --socket PATH in a writable directory\n');
    return control;
  } catch (error) {
    process.stderr.write(`podinit: control socket: ${error instanceof Error ? error.message : String(error)}\n`);
    return exitNow(1);
  }
}

function listen(supervisor: StandaloneSupervisor, { graceMs = defaultGraceMs, say }: FileOptions): void {
  ownTerminalSignals.forEach(ignoreSignal);
  const stops = new Set([SIGTERM, SIGINT, SIGQUIT]);
  let wasInterrupted = false;
  watchSignals([SIGCHLD, ...forwardedSignals], (signal) => {
    if (signal === SIGCHLD) return supervisor.receiveSignal(signal);
    if (signal === SIGHUP) return supervisor.reread();
    if (!stops.has(signal)) return supervisor.forwardToEssential(signal);
    say(wasInterrupted && signal === SIGINT ? 'interrupted again: killing' : 'stopping');
    supervisor.stop(wasInterrupted && signal === SIGINT ? 0 : graceMs);
    wasInterrupted ||= signal === SIGINT;
  });
}

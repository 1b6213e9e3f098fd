/** A forked child of the zygote becomes a container's init: DESIGN §3, in order. Every failure ends in exit.json. */
import { closeSync, constants, openSync, readlinkSync } from 'node:fs';
import { openDirectory } from '../linux/at.ts';
import { readable, watchFd } from '../linux/poll.ts';
import {
  becomeSubreaper,
  currentPid,
  exitNow,
  leaveSessionKeyring,
  permittedCapabilities,
  repairLoop,
  setCapabilities,
  setDumpable,
  setThreadName,
} from '../linux/process.ts';
import { readStartTicks } from '../linux/procfs.ts';
import { blockSignals, catchableSignals, openSignalFd, readSignals } from '../linux/signals.ts';
import type { LaunchPlan, ProgramPlan } from '../model/launch-plan.ts';
import { buildRoot } from './build-root.ts';
import { type CgroupTree, enableLeafControllers, joinCgroups, openCgroupTree } from './cgroup-tree.ts';
import { startControlServer } from './control-server.ts';
import { enter, enterNamespaces, type SandboxFds } from './enter-namespaces.ts';
import { exitRecord, writeRunRecord } from './exit-record.ts';
import { LogFile, type LogSink, noLog } from './log-file.ts';
import { writeOomScoreAdj } from './oom-score.ts';
import type { ContainerEnd } from './supervise.ts';
import { Supervisor } from './supervisor.ts';

export interface Inheritance {
  readonly plan: LaunchPlan;
  readonly listenFd: number;
  readonly sandbox: SandboxFds;
  /** the zygote's own fds; closed once init.json is written (podd and the next podd wait for that) */
  readonly closeAfterRecord: readonly number[];
}

/** What of the host is needed after the pivot, as close-on-exec fds. */
interface HostFds {
  readonly runDir: number;
  readonly log: LogSink;
  readonly cgroups: CgroupTree;
}

/** exit status of a podinit whose container could not be set up; the reason is in exit.json */
const setupFailedStatus = 126;

/** Runs in the child; returns when the container runs, its life then hangs on the event loop. */
export function becomeInit(inheritance: Inheritance): void {
  const { plan } = inheritance;
  const runDir = openDirectory(plan.runDir);
  repairLoop();
  const endWith = (end: ContainerEnd, startedAt: string | undefined, status: number): never => {
    try {
      writeRunRecord(runDir, 'exit.json', exitRecord(plan.id, end, startedAt));
    } finally {
      exitNow(status);
    }
  };
  process.on('uncaughtException', (error) => {
    endWith({ exitCode: 255, reason: 'Error', message: `bug: podinit: ${error.stack ?? error}` }, undefined, 255);
  });
  try {
    recordSelf(runDir, plan.id);
    inheritance.closeAfterRecord.forEach(closeSync);
    run(inheritance, runDir, endWith);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    endWith({ exitCode: 128, reason: 'ContainerCannotRun', message }, undefined, setupFailedStatus);
  }
}

function run(
  { plan, listenFd, sandbox }: Inheritance,
  runDir: number,
  endWith: (end: ContainerEnd, startedAt: string | undefined, status: number) => never,
): void {
  process.title = `podinit ${plan.podNamespace}/${plan.podName}/${plan.container}`;
  setThreadName('podinit');
  closeSync(2); // podd's stderr may be a pipe, which must end with podd
  const devNull = openSync('/dev/null', constants.O_RDWR); // becomes 2
  const host = openHostFds(plan, runDir, (reason) =>
    control.note('Warning', 'LogLinesDropped', `Container ${plan.container}: log lines are being dropped: ${reason}`),
  );
  placeInCgroups(plan, sandbox);
  writeOomScoreAdj(plan.oomScoreAdj);
  enterNamespaces(plan, sandbox);
  Object.values(sandbox).forEach(closeSync);
  buildRoot(plan);
  if (currentPid() !== 1) becomeSubreaper();
  setDumpable(false);
  const missing = dropCapabilities(plan.programs);
  const programs = plan.programs.map((program) => without(program, missing));

  const supervisor = new Supervisor({
    id: plan.id,
    programs,
    cgroups: host.cgroups,
    log: host.log,
    devNull,
    onState: () => control.publishState(),
    onFinish: (end, startedAt) => endWith(end, startedAt, end.exitCode & 0xff),
  });
  const control = startControlServer(listenFd, {
    supervisor,
    cgroups: host.cgroups,
    like: programs.find((program) => program.essential) ?? programs[0],
    devNull,
  });
  if (missing.length > 0) control.note('Warning', 'CapabilitiesMissing', missingMessage(plan.container, missing));
  leaveSessionKeyring();
  blockSignals(catchableSignals);
  const signalFd = openSignalFd(catchableSignals);
  const ownPid = currentPid();
  watchFd(signalFd, readable, () => {
    for (const signal of readSignals(signalFd, ownPid)) supervisor.receiveSignal(signal);
  });
  supervisor.begin();
}

/** The host's /proc is still mounted: its /proc/self names us by the pid podd sees. */
export function recordSelf(runDir: number, id: string): void {
  const startTicks = readStartTicks('self');
  if (startTicks === undefined) throw new Error('cannot read /proc/self/stat');
  writeRunRecord(runDir, 'init.json', { id, pid: Number(readlinkSync('/proc/self')), startTicks });
}

function openHostFds(plan: LaunchPlan, runDir: number, onLoss: (reason: string) => void): HostFds {
  return {
    runDir,
    log:
      plan.logDir === undefined
        ? noLog
        : new LogFile(openDirectory(plan.logDir), `${plan.attempt}.log`, {
            maxBytes: plan.logMaxBytes,
            maxFiles: plan.logMaxFiles,
            onLoss,
          }),
    cgroups: openCgroupTree(plan.cgroups),
  };
}

/** `app` first, so that it becomes the cgroup namespace's root; then beside it, outside the programs' limits. */
export function placeInCgroups(plan: LaunchPlan, sandbox: SandboxFds): void {
  if (plan.namespaces.cgroup.from === 'new') joinCgroups(plan.cgroups.app, plan.cgroups);
  enter('cgroup', plan.namespaces.cgroup, sandbox);
  joinCgroups(plan.cgroups.init, plan.cgroups);
  enableLeafControllers(plan.cgroups);
}

/** What PID 1 itself needs beside the union of its programs' sets: signals, users, bounding sets, log files. */
const ownCapabilities = [
  0 /* CHOWN */, 1 /* DAC_OVERRIDE */, 5 /* KILL */, 6 /* SETGID */, 7 /* SETUID */, 8 /* SETPCAP */,
];

/** Returns the numbers that programs should have and podd itself does not. */
function dropCapabilities(programs: readonly ProgramPlan[]): readonly number[] {
  const wanted = new Set([...ownCapabilities, ...programs.flatMap((program) => program.capabilities)]);
  const permitted = permittedCapabilities();
  const bits = [...wanted].reduce((set, capability) => set | (1n << BigInt(capability)), 0n);
  setCapabilities(bits & permitted);
  return [...wanted].filter((capability) => ((permitted >> BigInt(capability)) & 1n) === 0n);
}

const without = (program: ProgramPlan, missing: readonly number[]): ProgramPlan => ({
  ...program,
  capabilities: program.capabilities.filter((capability) => !missing.includes(capability)),
});

const missingMessage = (container: string, missing: readonly number[]): string =>
  `Container ${container} runs without capabilities that podd itself does not have: number ${missing.join(', ')} (capability.h)`;

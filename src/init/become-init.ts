/** A forked child of the zygote becomes a container's init: DESIGN §3, in order. Every failure ends in exit.json. */
import { chownSync, closeSync, constants, openSync, readlinkSync } from 'node:fs';
import { openDirectory } from '../linux/at.ts';
import { unshareNamespaces } from '../linux/namespaces.ts';
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
import { filterPrograms } from '../linux/spawn.ts';
import { becomeNamespaceRoot } from '../linux/user-namespace.ts';
import type { LaunchPlan, ProgramLogsPlan } from '../model/launch-plan.ts';
import { PodError } from '../util/pod-error.ts';
import { buildRoot } from './build-root.ts';
import { type CgroupTree, enableLeafControllers, joinCgroups, namespaceRoots, openCgroupTree } from './cgroup-tree.ts';
import { answerCalls, handOverCalls } from './container-calls.ts';
import { startControlServer } from './control-server.ts';
import { enter, enterNamespaces, type SandboxFds } from './enter-namespaces.ts';
import { exitRecord, writeRunRecord } from './exit-record.ts';
import { listenToLastWords } from './last-words.ts';
import type { ContainerEnd } from './machine.ts';
import { writeOomScoreAdj } from './oom-score.ts';
import { PendingNotes } from './pending-notes.ts';
import type { PreparedView } from './prepare-view.ts';
import { noOutput, openProgramOutput, type ProgramOutput } from './program-output.ts';
import { showView } from './serve-view.ts';
import { Supervisor } from './supervisor.ts';

export interface Inheritance {
  readonly plan: LaunchPlan;
  readonly listenFd: number;
  readonly sandbox: SandboxFds;
  /** the mount namespace of the pod's volumes in memory, held as long as the init lives; undefined: it shows none */
  readonly memory: number | undefined;
  /** podd's mount namespace; closed once the root is made */
  readonly mounts: number;
  /** in a mount namespace of its own; undefined: none is wanted, or others say what covers /proc */
  readonly view: PreparedView | Error | undefined;
  /** the zygote's own fds; closed once init.json is written (podd and the next podd wait for that) */
  readonly closeAfterRecord: readonly number[];
}

/** What of the host is needed after the pivot, as close-on-exec fds. */
interface HostFds {
  readonly logDir: number | undefined;
  readonly openOutput: (logs: ProgramLogsPlan) => ProgramOutput;
  readonly tree: CgroupTree;
}

/** How it leaves, and what it leaves untold. */
interface Ending {
  readonly notes: PendingNotes;
  readonly endWith: (end: ContainerEnd, startedAt: string | undefined, status: number) => never;
}

/** exit status of a podinit whose container could not be set up; the reason is in exit.json */
const setupFailedStatus = 126;

/** Runs in the child; returns when the container runs, its life then hangs on the event loop. */
export function becomeInit(inheritance: Inheritance): void {
  const { plan } = inheritance;
  const runDir = openDirectory(plan.runDir);
  repairLoop();
  const notes = new PendingNotes();
  const endWith = (end: ContainerEnd, startedAt: string | undefined, status: number): never => {
    try {
      writeRunRecord(runDir, 'exit.json', exitRecord(plan.id, end, startedAt, notes.all()));
    } finally {
      exitNow(status);
    }
  };
  process.on('uncaughtException', (error) => {
    endWith({ exitCode: 255, reason: 'Error', message: `bug: podinit: ${error.stack ?? error}` }, undefined, 255);
  });
  try {
    const startTicks = recordSelf(runDir, plan.id);
    inheritance.closeAfterRecord.forEach(closeSync);
    run(inheritance, startTicks, { notes, endWith });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof PodError && error.code === 'FailedMount') notes.add('Warning', error.code, message);
    endWith({ exitCode: 128, reason: 'ContainerCannotRun', message }, undefined, setupFailedStatus);
  }
}

function run(
  { plan, listenFd, sandbox, memory, mounts, view }: Inheritance,
  startTicks: number,
  { notes, endWith }: Ending,
): void {
  process.title = `podinit ${plan.podNamespace}/${plan.podName}/${plan.container}`;
  setThreadName('podinit');
  closeSync(2); // podd's stderr may be a pipe, which must end with podd
  const devNull = openSync('/dev/null', constants.O_RDWR); // becomes 2
  const host = openHostFds(plan, (reason) =>
    control.note('Warning', 'LogLinesDropped', `Container ${plan.container}: log lines are being dropped: ${reason}`),
  );
  prepareForUsers(plan);
  placeInCgroups(plan, sandbox);
  writeOomScoreAdj(plan.oomScoreAdj);
  enterNamespaces(plan, sandbox, { startTicks, hasOwnMounts: view !== undefined });
  const { user, ...entered } = sandbox;
  for (const fd of Object.values(entered)) if (fd !== memory) closeSync(fd);
  buildRoot(plan, { machine: mounts, memory, user });
  closeSync(mounts);
  const withLastWords = listenToLastWords(plan, host.logDir);
  const shown = view === undefined ? undefined : showView(plan, host.tree, view);
  enterUsers(plan, user);
  if (currentPid() !== 1) becomeSubreaper();
  setDumpable(false);
  const calls = plan.procView === 'full' ? handOverCalls() : undefined;
  const missing = dropCapabilities(plan);
  if (plan.seccomp !== undefined) filterPrograms(Buffer.from(plan.seccomp.program, 'base64'), plan.seccomp.flags);
  const supervisor = new Supervisor({
    id: plan.id,
    container: plan.container,
    programs: plan.programs,
    ...(plan.health === undefined ? {} : { health: plan.health }),
    openOutput: host.openOutput,
    tree: host.tree,
    devNull,
    notifyDirectory: notifyDirectory(plan),
    onState: () => control.publishState(),
    onNote: (type, reason, message) => control.note(type, reason, message),
    onFinish: (end, startedAt) => endWith(withLastWords(end), startedAt, end.exitCode & 0xff),
  });
  const control = startControlServer(listenFd, { supervisor, tree: host.tree, devNull }, notes);
  if (shown?.refusal !== undefined)
    control.note('Warning', 'ProcViewMissing', refusedMessage(plan.container, shown.refusal));
  if (calls !== undefined && shown !== undefined)
    answerCalls(calls, shown.view, (reason) =>
      control.note('Warning', 'ProcViewReduced', reducedMessage(plan.container, reason)),
    );
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

/** The host's /proc is still mounted: its /proc/self names us by the pid podd sees. Returns when this process was started. */
export function recordSelf(runDir: number, id: string): number {
  const startTicks = readStartTicks('self');
  if (startTicks === undefined) throw new Error('cannot read /proc/self/stat');
  writeRunRecord(runDir, 'init.json', { id, pid: Number(readlinkSync('/proc/self')), startTicks });
  return startTicks;
}

/**
 * Last of the namespaces: what takes the machine's root is done. The mounts are copied into one that belongs to the pod's users: they can
 * mount in it, and take none of what is there away, since it came from who had more rights.
 */
function enterUsers({ namespaces }: LaunchPlan, user: number | undefined): void {
  if (user === undefined) return;
  becomeNamespaceRoot(user);
  closeSync(user);
  if (namespaces.mnt.from === 'new') unshareNamespaces(['mnt']);
}

/**
 * A holder shares this memory from within the pod's user namespace, whose root might write there, as it might to this process between the
 * steps of becoming that root: nobody may trace it. It writes to its directories for as long as it lives, and is nobody out there then.
 */
function prepareForUsers({ users, runDir, logDir }: LaunchPlan): void {
  if (users === undefined) return;
  setDumpable(false);
  for (const path of [runDir, logDir]) if (path !== undefined) chownSync(path, users.base, users.base);
}

function openHostFds(plan: LaunchPlan, onLoss: (reason: string) => void): HostFds {
  const logDir = plan.logDir === undefined ? undefined : openDirectory(plan.logDir);
  return {
    logDir,
    openOutput: (logs) => (logDir === undefined ? noOutput() : openProgramOutput(logDir, logs, onLoss)),
    tree: openCgroupTree(plan.cgroups),
  };
}

/**
 * A container with a /dev of its own has the sockets there, where no image has files and nothing is read-only; others in /run,
 * under a name of their own.
 */
function notifyDirectory({ id, rootOps }: LaunchPlan): string {
  const hasOwnDev = rootOps.findLast((op) => 'path' in op && op.path === '/dev')?.op === 'mount';
  return hasOwnDev ? '/dev/podinit' : `/run/podinit-${id}`;
}

/** `app` first, so that it becomes the cgroup namespace's root; then beside it, outside the programs' limits. */
export function placeInCgroups(plan: LaunchPlan, sandbox: SandboxFds): void {
  if (plan.namespaces.cgroup.from === 'new') joinCgroups(namespaceRoots(plan.cgroups), plan.cgroups);
  enter('cgroup', plan.namespaces.cgroup, sandbox);
  joinCgroups(plan.cgroups.init, plan.cgroups);
  enableLeafControllers(plan.cgroups);
}

/**
 * What PID 1 itself needs beside the container's: signals, users, bounding sets, log files; and, where podd has them, to give
 * programs a nice below its own and limits above its own (SYS_NICE, SYS_RESOURCE). No program gets these from it.
 */
const ownCapabilities = [
  0 /* CHOWN */, 1 /* DAC_OVERRIDE */, 5 /* KILL */, 6 /* SETGID */, 7 /* SETUID */, 8 /* SETPCAP */, 23 /* SYS_NICE */,
  24 /* SYS_RESOURCE */,
];

/** To write answers into programs of other users; what may trace PID 1 itself (not dumpable) does not change. */
const CAP_SYS_PTRACE = 19;

/** Loading a filter takes it where no_new_privs is off: idle in PID 1, its children raise it for that one call. */
const CAP_SYS_ADMIN = 21n;

const loadsFilters = ({ seccomp, programs }: LaunchPlan): boolean =>
  seccomp !== undefined && programs.some(({ exec }) => !exec.noNewPrivileges);

/** Keeps what its programs, those of later updates too, may have. Returns the numbers that they should have and podd does not. */
function dropCapabilities(plan: LaunchPlan): readonly number[] {
  const ofPrograms = new Set([...plan.capabilities, ...plan.programs.flatMap(({ exec }) => exec.capabilities)]);
  const permitted = permittedCapabilities();
  const own = plan.procView === 'full' ? [...ownCapabilities, CAP_SYS_PTRACE] : ownCapabilities;
  const bits = [...own, ...ofPrograms].reduce((set, capability) => set | (1n << BigInt(capability)), 0n);
  setCapabilities(bits & permitted, loadsFilters(plan) ? (1n << CAP_SYS_ADMIN) & permitted : 0n);
  return [...ofPrograms].filter((capability) => ((permitted >> BigInt(capability)) & 1n) === 0n);
}

const refusedMessage = (container: string, refusal: string): string =>
  `Container ${container} sees the machine's numbers in /proc, not its own: ${refusal} (procView: off asks for none)`;

const reducedMessage = (container: string, reason: string): string =>
  `Container ${container}: sysinfo(2) and sched_getaffinity(2) tell of the machine, not of the container: ${reason} (procView: files does without)`;

const missingMessage = (container: string, missing: readonly number[]): string =>
  `Container ${container} runs without capabilities that podd itself does not have: number ${missing.join(', ')} (capability.h)`;

/**
 * Runs everything an init will run a few times in the zygote, then closes it again: forked inits share that heap and
 * code (DESIGN §2.8: 0.6 MB private instead of 3.3, 1.7 ms instead of 4–5).
 */
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { constants } from 'node:os';
import { join } from 'node:path';
import { openDirectory } from '../linux/at.ts';
import { listenUnix } from '../linux/descriptors.ts';
import { readable, watchFd } from '../linux/poll.ts';
import { changeDirectory, currentPid, trySignal } from '../linux/process.ts';
import { readSignals } from '../linux/signals.ts';
import type { ProgramPlan } from '../model/launch-plan.ts';
import type { ProbeSpec } from '../model/pod-spec.ts';
import { encodeFrame, FrameDecoder } from '../protocol/exec-frames.ts';
import { ExecFrame, type InitRequest } from '../protocol/init.ts';
import { encodeLine } from '../protocol/json-lines.ts';
import { openCgroupTree } from './cgroup-tree.ts';
import { startControlServer } from './control-server.ts';
import { formatOffsets } from './enter-namespaces.ts';
import { exitRecord, writeRunRecord } from './exit-record.ts';
import type { ProcessTree } from './process-tree.ts';
import { openProgramOutput } from './program-output.ts';
import { Supervisor } from './supervisor.ts';
import { warmProbes } from './warm-probes.ts';
import { fakePlacement, warmSetup } from './warm-setup.ts';

const rounds = 4;

const shell = (name: string, script: string, plan: Partial<ProgramPlan> = {}): ProgramPlan => ({
  name,
  program: name,
  instance: 0,
  label: name,
  exec: {
    argv: ['/bin/sh', '-c', script],
    envp: ['PATH=/usr/bin:/bin'],
    homeOfUser: true,
    workingDir: '/',
    uid: 0,
    gid: 0,
    capabilities: [],
    ambient: false,
    noNewPrivileges: false,
    oomScoreAdj: 0,
    umask: 0o022,
    nice: 0,
    rlimits: { core: { soft: 0, hard: 'unlimited' } },
    stdin: false,
    tty: false,
  },
  essential: false,
  autostart: true,
  dependsOn: [],
  restart: {
    policy: 'unexpected',
    exitCodes: [0],
    startMs: 0,
    startRetries: 3,
    backoff: { initialMs: 1, maxMs: 1, factor: 2, resetAfterMs: 10_000, jitter: 0 },
  },
  stop: { signal: constants.signals.SIGTERM, graceMs: 1000, wholeTree: true },
  logs: { format: 'text', maxBytes: 64, maxFiles: 3, file: `${name}.log` },
  ...plan,
});

const probe: ProbeSpec = {
  handler: { kind: 'exec', argv: ['/bin/true'] },
  initialDelayMs: 0,
  periodMs: 5,
  startPeriodMs: 1,
  timeoutMs: 1000,
  successThreshold: 1,
  failureThreshold: 3,
};

/** One that becomes ready by its words and is probed, and one that waits for it, ends and is started again. */
const programs: readonly ProgramPlan[] = [
  shell('main', 'echo warm; echo up >&2; exec sleep 10', {
    essential: true,
    readiness: { kind: 'logLine', pattern: '^warm' },
    liveness: probe,
  }),
  shell('side', 'echo side; exit 1', { dependsOn: [{ program: 'main', condition: 'ready', cascade: false }] }),
];

/** `signalFd` reads SIGCHLD. Resolves when everything is closed again: the process has no libuv handle left then. */
export async function warmUp(runDir: string, signalFd: number): Promise<void> {
  const directory = mkdtempSync(join(runDir, 'warm-'));
  try {
    warmSetup(directory);
    for (let i = 0; i < rounds; i++) await warmRound(directory, i, signalFd);
    await warmProbes(directory);
  } finally {
    changeDirectory('/');
    rmSync(directory, { recursive: true, force: true });
  }
}

function warmRound(directory: string, round: number, signalFd: number): Promise<void> {
  changeDirectory(directory);
  const name = `${round}.sock`;
  const listenFd = listenUnix(name);
  const runDir = openDirectory(directory);
  const devNull = openSync('/dev/null', 'r+');
  const tree = warmTree(directory);
  formatOffsets({ boottimeMs: -1500, monotonicMs: 0 });
  return new Promise((resolve) => {
    const supervisor = new Supervisor({
      id: 'warm',
      container: 'warm',
      programs,
      tree,
      openOutput: (logs) => openProgramOutput(runDir, logs, () => {}),
      devNull,
      notifyDirectory: join(directory, 'notify'),
      onState: () => control.publishState(),
      onNote: (type, reason, message) => control.note(type, reason, message),
      onFinish: (end, startedAt) => {
        writeRunRecord(runDir, 'exit.json', exitRecord('warm', end, startedAt, []));
        watch.close();
        control.close();
        tree.close();
        for (const fd of [runDir, devNull]) closeSync(fd);
        client.destroy();
        setTimeout(resolve, 1);
      },
    });
    const control = startControlServer(listenFd, { supervisor, tree, devNull });
    const watch = watchFd(signalFd, readable, () => {
      for (const signal of readSignals(signalFd, currentPid())) supervisor.receiveSignal(signal);
    });
    supervisor.begin();
    const client = connect(name, () => client.write(encodeLine({ op: 'control' })));
    client.on('data', () => {});
    exerciseExec(name, () => {
      for (const request of requests) client.write(encodeLine(request));
    });
  });
}

const requests: readonly InitRequest[] = [
  { op: 'why', seq: 1, targets: [] },
  { op: 'control', seq: 2, verb: 'restart', targets: [{ program: 'side' }] },
  { op: 'update', seq: 3, programs, leaves: {} },
  { op: 'stop', graceMs: 1000 },
];

/** Files that pass for a cgroup know of no process: who was started is remembered here. */
function warmTree(directory: string): ProcessTree {
  const files = openCgroupTree(fakePlacement(directory));
  const leafOf = new Map<number, string>();
  const processesOf = (leaf: string): number[] => [...leafOf].filter(([, name]) => name === leaf).map(([pid]) => pid);
  const signal = (leaf: string, number: number): void => {
    for (const pid of processesOf(leaf)) trySignal(pid, number);
  };
  const killLeaf = (leaf: string): void => signal(leaf, constants.signals.SIGKILL);
  return {
    withJoinFds: (leaf, spawn) => files.withJoinFds(leaf, spawn),
    started: (leaf, pid) => leafOf.set(pid, leaf),
    reaped: (pid) => leafOf.delete(pid),
    processesOf,
    isEmpty: (leaf) => files.isEmpty(leaf) && processesOf(leaf).length === 0,
    canFreeze: () => files.canFreeze(),
    freeze: (leaf) => files.freeze(leaf),
    thaw: (leaf) => files.thaw(leaf),
    isFrozen: (leaf) => files.isFrozen(leaf),
    signal,
    killLeaf,
    killAll: () => [...leafOf.values()].forEach(killLeaf),
    wasOomKilled: (leaf) => files.wasOomKilled(leaf),
    forgetKills: (leaf, kills) => files.forgetKills(leaf, kills),
    cpuMs: (leaf) => files.cpuMs(leaf),
    addLeaves: (leaves) => files.addLeaves(leaves),
    dropLeaf: (leaf) => files.dropLeaf(leaf),
    close: () => files.close(),
  };
}

/** One exec session that reads, writes and ends, as a client would drive it. */
function exerciseExec(socketName: string, onDone: () => void): void {
  const socket = connect(socketName, () => {
    socket.write(encodeLine({ op: 'exec', argv: ['/bin/sh', '-c', 'read x; echo $x'], tty: false, stdin: true }));
    socket.write(encodeFrame(ExecFrame.stdin, 'warm\n'));
    socket.write(encodeFrame(ExecFrame.stdinEnd));
  });
  const decoder = new FrameDecoder(() => {});
  let replied = false;
  socket.on('data', (bytes) => {
    if (replied) decoder.push(bytes);
    replied = true;
  });
  socket.on('close', onDone);
}

/**
 * A machine for the reconciler without namespaces: every "init" is a real process (`sleep`) in a real cgroup, watched by its real
 * pidfd, with the files that podinit writes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killCgroup, removeCgroup } from '../../../src/cgroup/driver.ts';
import { readCgroupLayout } from '../../../src/cgroup/read-layout.ts';
import type { HostFacts } from '../../../src/launch/launch-context.ts';
import { watchProcess } from '../../../src/linux/pidfd.ts';
import { readStartTicks } from '../../../src/linux/procfs.ts';
import type { CgroupLayout } from '../../../src/model/cgroup.ts';
import { instancePaths } from '../../../src/model/instance-paths.ts';
import type { LaunchPlan } from '../../../src/model/launch-plan.ts';
import type { PodManifest } from '../../../src/model/pod-spec.ts';
import { createNoNetwork } from '../../../src/network/network.ts';
import type { ExitRecord, InitReply, InitState, ProgramState } from '../../../src/protocol/init.ts';
import type { PodObject } from '../../../src/protocol/objects.ts';
import { createReconciler, type RunningReconciler } from '../../../src/reconcile/create-reconciler.ts';
import type { ReconcilerDeps } from '../../../src/reconcile/reconciler-deps.ts';
import type { InitConnection, InitListener, InitQuestion } from '../../../src/runtime/init-client.ts';
import { PodError } from '../../../src/util/pod-error.ts';

/** Why it cannot be used here; undefined when it can. */
export function whyNoMachine(): string | undefined {
  if (process.getuid?.() !== 0) return 'making cgroups needs root';
  try {
    readCgroupLayout();
    return undefined;
  } catch (error) {
    return String(error);
  }
}

const startedAt = '2026-01-02T03:04:05.000Z';

/** A host without anything. */
export const aHost = (cgroupLayout: CgroupLayout): HostFacts => ({
  hostname: 'machine',
  memoryBytes: 1e9,
  passwd: '',
  group: '',
  resolvConf: '',
  usrLinks: {},
  topDirs: [],
  etcPaths: [],
  devDirs: [],
  hasMqueue: false,
  lastCapability: 40,
  cgroupLayout,
});

/** A network that gives addresses to nobody. */
/** No pod here has users of its own. */
export const noIdClaims: ReconcilerDeps['idClaims'] = {
  take: () => ({ base: 0, size: 0 }),
  keep: () => true,
  release: () => undefined,
};

export const aNetwork = () =>
  createNoNetwork(
    {
      ranges: { pods4: '10.99.0.0/17', services4: '10.99.128.0/17' },
      table: 'podctl',
      linkPrefix: 'pc0000',
      dnsAddress: '10.99.128.10',
      clusterDomain: 'cluster.local',
      hostAddresses: [],
    },
    'not on this machine',
  );

let machines = 0;

export class Machine {
  readonly dir = mkdtempSync(join(tmpdir(), 'reconciler-'));
  readonly paths = instancePaths({ PODCTL_ROOT: join(this.dir, 'root'), PODCTL_RUN: join(this.dir, 'run') });
  readonly layout = readCgroupLayout();
  readonly cgroupParent = `podctl-unit-${process.pid}-${machines++}`;
  readonly launched: LaunchPlan[] = [];
  readonly dropped: string[] = [];
  readonly stops: number[] = [];
  readonly updates: InitQuestion<'update'>[] = [];
  readonly controls: InitQuestion<'control'>[] = [];
  /** how its inits answer; undefined: they do not */
  answer: InitReply | undefined = { ok: true, affected: [] };
  /** programs that its inits tell of */
  programs: readonly ProgramState[] = [];
  /** ignore a stop */
  stubborn = false;
  refuse: string | undefined;
  reconciler: RunningReconciler | undefined;
  #offsetMs = 0;
  readonly #abandoned: (RunningReconciler | undefined)[] = [];
  readonly #children = new Map<string, ChildProcess>();
  readonly #listeners = new Map<string, InitListener>();

  /** A new podd on this machine, started. */
  async boot(): Promise<RunningReconciler> {
    const reconciler = createReconciler(this.#deps());
    this.reconciler = reconciler;
    await reconciler.start();
    return reconciler;
  }

  /** What is up is let go of, not ended; the next podd follows. */
  async reboot(between: () => void = () => undefined): Promise<RunningReconciler> {
    await this.reconciler?.shutdown();
    between();
    return this.boot();
  }

  /** As after a SIGKILL to podd: what is under way is never come back to. The next podd's inits answer. */
  async abandon(): Promise<RunningReconciler> {
    this.#abandoned.push(this.reconciler);
    this.answer = { ok: true, affected: [] };
    return this.boot();
  }

  /** The init tells of itself, with the programs of `programs`. */
  tell(id: string, change: Partial<InitState> = {}): void {
    const { programs } = this;
    this.#listeners.get(id)?.onState({ id, phase: 'running', startedAt, programs, logLinesDropped: 0, ...change });
  }

  /** Lets monotonic time jump. */
  passTime(ms: number): void {
    this.#offsetMs += ms;
  }

  /** The container's program ends by itself, as its init records it. */
  end(id: string, exit: Partial<ExitRecord> = {}): void {
    const record: ExitRecord = {
      id,
      exitCode: 0,
      reason: 'Completed',
      startedAt,
      finishedAt: new Date().toISOString(),
      ...exit,
    };
    writeFileSync(join(this.runDir(id), 'exit.json'), JSON.stringify(record));
    this.kill(id);
  }

  kill(id: string): void {
    this.#children.get(id)?.kill('SIGKILL');
  }

  /** Resolves when that init has been reaped. */
  gone(id: string): Promise<void> {
    return new Promise((resolve) => void this.#children.get(id)?.once('exit', () => resolve()));
  }

  alive(): number {
    return [...this.#children.values()].filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
      .length;
  }

  runDir(id: string): string {
    return join(this.paths.instancesDir, id);
  }

  async close(): Promise<void> {
    for (const reconciler of [...this.#abandoned, this.reconciler]) await reconciler?.shutdown();
    await killCgroup(this.layout, this.cgroupParent);
    await removeCgroup(this.layout, this.cgroupParent);
    rmSync(this.dir, { recursive: true, force: true });
  }

  #deps(): ReconcilerDeps {
    const { layout } = this;
    return {
      paths: this.paths,
      layout,
      cgroupParent: this.cgroupParent,
      zygote: {
        pid: () => process.pid,
        prepare: () => ({ launch: (plan) => this.#launch(plan), abandon: () => undefined }),
        launch: (plan) => this.#launch(plan),
        holdMemory: () => undefined,
        readMemory: async () => undefined,
        drop: (key) => void this.dropped.push(key),
        selfTest: async () => undefined,
        close: async () => undefined,
      },
      network: aNetwork(),
      idClaims: noIdClaims,
      connectInit: (runDir, listener) => this.#connect(runDir, listener),
      watchProcess,
      hostFacts: aHost(layout),
      seccomp: { filterOf: () => undefined },
      clock: { monotonicMs: () => performance.now() + this.#offsetMs, now: () => new Date() },
      log: () => undefined,
    };
  }

  async #launch(plan: LaunchPlan): Promise<number> {
    if (this.refuse !== undefined) throw new PodError('LaunchRefused', this.refuse);
    this.launched.push(plan);
    const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
    const { pid = 0 } = child;
    this.#children.set(plan.id, child);
    for (const dir of plan.cgroups.init) writeFileSync(join(dir, 'cgroup.procs'), String(pid));
    child.on('exit', (code, signal) => {
      this.reconciler?.zygoteListener.onExited(pid, signal === null ? (code ?? 0) << 8 : 9);
    });
    writeFileSync(
      join(plan.runDir, 'init.json'),
      JSON.stringify({ id: plan.id, pid, startTicks: readStartTicks(pid) }),
    );
    return pid;
  }

  #connect(runDir: string, listener: InitListener): InitConnection {
    const { id } = JSON.parse(readFileSync(join(runDir, 'init.json'), 'utf8')) as { id: string };
    this.#listeners.set(id, listener);
    setImmediate(() => this.tell(id));
    const answer = (): Promise<InitReply> =>
      this.answer === undefined ? new Promise(() => undefined) : Promise.resolve(this.answer);
    return {
      stop: (graceMs: number) => {
        this.stops.push(graceMs);
        if (!this.stubborn) this.end(id, { exitCode: 143, signal: 15, reason: 'Error' });
      },
      control: (request) => {
        this.controls.push(request);
        return answer();
      },
      update: (request) => {
        this.updates.push(request);
        return answer();
      },
      why: answer,
      forgetKills: () => undefined,
      close: () => undefined,
    };
  }
}

/** Resolves with the pod when it is as wanted; told by the watch, not by time. */
export function podWhere(
  reconciler: RunningReconciler,
  isWanted: (pod: PodObject) => boolean,
  name = 'web',
): Promise<PodObject> {
  return new Promise((resolve) => {
    const look = (pod: PodObject | undefined) => {
      if (pod === undefined || pod.metadata.name !== name || !isWanted(pod)) return;
      leave();
      resolve(pod);
    };
    const leave = reconciler.subscribe(({ type, object }) => (type === 'DELETED' ? undefined : look(object)));
    look(reconciler.get('default', name));
  });
}

/** Resolves when the pod is gone. */
export function podGone(reconciler: RunningReconciler, uid: string): Promise<void> {
  return new Promise((resolve) => {
    if (!reconciler.list().some(({ metadata }) => metadata.uid === uid)) return resolve();
    const leave = reconciler.subscribe(({ type, object }) => {
      if (type !== 'DELETED' || object.metadata.uid !== uid) return;
      leave();
      resolve();
    });
  });
}

export function manifest(container: Record<string, unknown> = {}, spec: Record<string, unknown> = {}): PodManifest {
  return {
    apiVersion: 'podctl.dev/v1',
    kind: 'Pod',
    metadata: { name: 'web' },
    spec: { ...spec, containers: [{ name: 'app', image: 'host', command: ['sleep', '1'], ...container }] },
  };
}

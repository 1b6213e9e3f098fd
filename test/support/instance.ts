/** An independent podctl in a directory of its own: podd in the foreground, the CLI, the API, and the proof that nothing is left. */
import { existsSync, mkdtempSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { contentsName } from '../../src/model/instance-paths.ts';
import type { SystemStatus } from '../../src/protocol/api.ts';
import type { PodObject, WatchEvent } from '../../src/protocol/objects.ts';
import { type ApiReply, callApi, openWatch } from './api-client.ts';
import { openSession } from './exec-session.ts';
import {
  cgroupDirs,
  cgroupNameOf,
  expectNothingLeft,
  heldNamespaces,
  type InstanceMark,
  instancePids,
  remember,
  snapshotHost,
} from './leaks.ts';
import { restoreMachineNetwork } from './network-leaks.ts';
import { makePayloadRoot } from './payload.ts';
import { PoddProcess } from './podd-process.ts';
import { slowFactor } from './real-kernel.ts';
import { inRepository } from './repository.ts';
import { removeCgroup } from './scrub.ts';
import { waitFor, within } from './wait-for.ts';

const podctlPath = inRepository('bin/podctl');

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface InstanceOptions {
  /** false: podd is not started; the first podctl command that needs it will */
  readonly podd?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** false: stop() does not look for leaks (benchmarks) */
  readonly leakCheck?: boolean;
}

/** Starts an instance under /tmp/pc-XXXXXX: short, for unix socket paths end at 107 bytes. */
export async function startInstance(options: InstanceOptions = {}): Promise<Instance> {
  const instance = new Instance(options);
  if (options.podd === false) return instance;
  try {
    await instance.startPodd();
    return instance;
  } catch (error) {
    await instance.scrubAll();
    throw error;
  }
}

/** One running podctl; end it with `stop()`. */
export class Instance {
  readonly base: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly socket: string;
  readonly #before = snapshotHost();
  readonly #leakCheck: boolean;
  readonly #podd: PoddProcess;
  readonly #seen: InstanceMark['seen'] = { processes: new Set(), namespaces: new Set() };
  #cgroupName: string | undefined;

  constructor(options: InstanceOptions) {
    this.base = mkdtempSync('/tmp/pc-');
    this.env = {
      ...process.env,
      ...options.env,
      PODCTL_ROOT: join(this.base, 'root'),
      PODCTL_RUN: join(this.base, 'run'),
    };
    this.socket = join(this.base, 'run', 'podctl.sock');
    this.#leakCheck = options.leakCheck !== false;
    this.#podd = new PoddProcess(this.base, this.env);
  }

  /** podctl with this instance's environment; any exit code is returned. */
  async podctl(
    args: readonly string[],
    input: { readonly stdin?: string; readonly env?: Readonly<Record<string, string | undefined>> } = {},
  ): Promise<CommandResult> {
    const result = await execa(podctlPath, args, {
      env: input.env ?? this.env,
      extendEnv: false,
      input: input.stdin ?? '',
      reject: false,
      timeout: 120_000 * slowFactor,
      maxBuffer: 512 << 20,
    });
    if (result.exitCode === undefined) throw new Error(`podctl ${args.join(' ')}: ${result.shortMessage}`);
    return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr };
  }

  /** Standard output of a podctl that must succeed; fails with its own words. */
  async podctlOk(args: readonly string[], input: { readonly stdin?: string } = {}): Promise<string> {
    const result = await this.podctl(args, input);
    if (result.exitCode === 0) return result.stdout;
    throw new Error(`podctl ${args.join(' ')} ended with ${result.exitCode}:\n${result.stderr}${result.stdout}`);
  }

  /** Applies manifests given as objects, over the API; all must be accepted. */
  async apply(...manifests: readonly unknown[]): Promise<void> {
    const reply = await this.api('POST', '/apis/podctl.dev/v1/apply', { manifests, dryRun: false });
    if (reply.status !== 200) throw new Error(`apply: ${reply.status} ${JSON.stringify(reply.body)}`);
  }

  /** Deletes one pod, over the API, and waits until it is gone. */
  async deletePod(name: string, graceSeconds?: number): Promise<void> {
    const query = graceSeconds === undefined ? '' : `?gracePeriodSeconds=${graceSeconds}`;
    const reply = await this.api('DELETE', `/api/v1/namespaces/default/pods/${name}${query}`);
    if (reply.status !== 200) throw new Error(`delete ${name}: ${reply.status} ${JSON.stringify(reply.body)}`);
    await this.waitUntilDeleted(name);
  }

  /** What a container has printed, over the API; empty while it has not started. */
  async logs(pod: string, container = 'main'): Promise<string> {
    const reply = await this.api('GET', `/api/v1/namespaces/default/pods/${pod}/log?container=${container}`);
    return reply.status === 200 ? String(reply.body) : '';
  }

  /** Runs a command in a container, over the API; its output (both streams) and its exit code. */
  async exec(pod: string, argv: readonly string[], container = 'main'): Promise<{ code: number; output: string }> {
    const session = await openSession(this.socket, pod, container, { op: 'exec', argv, tty: false, stdin: false });
    const code = await session.exitCode();
    return { code, output: session.output().trimEnd() };
  }

  /** One plain HTTP request to podd. */
  api(method: string, path: string, body?: unknown): Promise<ApiReply> {
    return callApi(this.socket, method, path, body);
  }

  async system(): Promise<SystemStatus> {
    const { body } = await this.api('GET', '/apis/podctl.dev/v1/system');
    const status = body as SystemStatus;
    this.#cgroupName = cgroupNameOf(status.cgroupParent);
    remember(
      this.#before,
      this.mark(),
      [status.pid, status.zygotePid].filter((pid) => pid > 0),
    );
    return status;
  }

  async startPodd(): Promise<void> {
    await this.#podd.start(() => this.isHealthy());
    const { pid } = await this.system();
    if (pid !== this.#podd.pid()) throw new Error(`podd ${pid} answers: a podctl command started one meanwhile`);
  }

  /** SIGKILL to podd, however it was started; returns when it is gone. */
  async killPodd(): Promise<void> {
    if (await this.#podd.kill()) return;
    const { pid } = await this.system();
    process.kill(pid, 'SIGKILL');
    await waitFor(`podd ${pid} is gone`, () => !existsSync(`/proc/${pid}`));
  }

  async restartPodd(): Promise<void> {
    await this.killPodd();
    await this.startPodd();
  }

  async zygotePid(): Promise<number> {
    return (await this.system()).zygotePid;
  }

  /** What podd printed so far, in the foreground and in the background. */
  poddOutput(): string {
    return this.#podd.output();
  }

  async getPod(name: string, namespace = 'default'): Promise<PodObject | undefined> {
    const reply = await this.api('GET', `/api/v1/namespaces/${namespace}/pods/${name}`);
    if (reply.status === 404) return undefined;
    if (reply.status !== 200) throw new Error(`get pod ${name}: ${reply.status} ${JSON.stringify(reply.body)}`);
    return reply.body as PodObject;
  }

  /** Follows a watch until the pod is as wanted and returns it; fails with the status last seen. */
  async waitForPod(
    name: string,
    what: string,
    predicate: (pod: PodObject) => boolean,
    timeoutMs = 60_000,
  ): Promise<PodObject> {
    const found = await this.#follow(name, what, (pod) => pod !== undefined && predicate(pod), timeoutMs);
    return found as PodObject;
  }

  /** Follows a watch until the pod does not exist. */
  async waitUntilDeleted(name: string, timeoutMs = 60_000): Promise<void> {
    await this.#follow(name, 'is deleted', (pod) => pod === undefined, timeoutMs);
  }

  /** Deletes all pods at once and waits until none is left. */
  async deleteAll(): Promise<void> {
    const list = await this.api('GET', '/api/v1/pods');
    for (const { metadata } of (list.body as { items: PodObject[] }).items) {
      const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;
      await this.api('DELETE', `${path}?gracePeriodSeconds=0`);
    }
    const isEmpty = async (): Promise<boolean> => (await this.api('GET', '/api/v1/pods')).body.items.length === 0;
    await waitFor('all pods are deleted', isEmpty, 60_000);
  }

  /** A directory for `rootfs: {path}` whose only file is /payload. */
  payloadRoot(): string {
    const dir = join(this.base, 'rootfs');
    return existsSync(dir) ? dir : makePayloadRoot(dir);
  }

  /** How leaks.ts tells this instance's things from everybody else's. */
  mark(): InstanceMark {
    return {
      base: this.base,
      seen: this.#seen,
      ...(this.#cgroupName === undefined ? {} : { cgroupName: this.#cgroupName }),
    };
  }

  async isHealthy(): Promise<boolean> {
    if (!existsSync(this.socket)) return false;
    return this.api('GET', '/healthz').then(
      (reply) => reply.status === 200,
      () => false,
    );
  }

  /** Deletes every pod, stops podd, proves that nothing is left, removes the directory. */
  async stop(): Promise<void> {
    try {
      await this.#shutDown();
      if (this.#leakCheck) await expectNothingLeft(this.#before, this.mark());
    } catch (error) {
      const words = this.poddOutput().slice(-4000);
      await this.scrubAll();
      throw new Error(`stopping ${this.base}: ${String(error)}\npodd said:\n${words}`, { cause: error });
    } finally {
      this.scrub();
    }
  }

  /** Kills and removes whatever is left, so that one failed test does not spoil the next. */
  scrub(): void {
    for (const pid of instancePids(this.mark())) tryKill(pid);
    if (this.#cgroupName !== undefined) for (const dir of cgroupDirs(this.#cgroupName)) removeCgroup(dir);
    // A zygote whose podd would not start may be busy in it for a moment.
    removeContents(join(this.base, 'run'));
    rmSync(this.base, { recursive: true, force: true, maxRetries: 5 });
  }

  /** The same after a failure, when the machine's network may be otherwise too. */
  async scrubAll(): Promise<void> {
    this.scrub();
    await restoreMachineNetwork(this.#before.network, join(this.base, 'run'));
  }

  async #shutDown(): Promise<void> {
    if (!(await this.isHealthy()) && this.#cgroupName !== undefined) await this.startPodd();
    if (!(await this.isHealthy())) return;
    const { zygotePid } = await this.system();
    await this.deleteAll();
    if (this.#leakCheck)
      await waitFor(
        'the zygote lets go of namespaces',
        () => !heldNamespaces(zygotePid).some((held) => !this.#before.namespaces.has(held)),
      );
    await this.podctlOk(['system', 'stop']);
    await this.#podd.exited();
  }

  async #follow(
    name: string,
    what: string,
    isWanted: (pod: PodObject | undefined) => boolean,
    timeoutMs: number,
  ): Promise<PodObject | undefined> {
    try {
      return await within(`pod ${name} ${what}`, timeoutMs, this.#firstWanted(name, isWanted));
    } catch (error) {
      const last = await this.getPod(name).catch(() => undefined);
      const status = JSON.stringify(last?.status ?? 'no such pod', undefined, 1);
      throw new Error(`waiting until pod ${name} ${what}: ${String(error)}; last seen: ${status}`);
    }
  }

  async #firstWanted(name: string, isWanted: (pod: PodObject | undefined) => boolean): Promise<PodObject | undefined> {
    const path = `/api/v1/pods?watch=1&fieldSelector=metadata.name%3D${name}`;
    const watch = await openWatch<WatchEvent<PodObject>>(this.socket, path);
    try {
      const first = await this.getPod(name);
      if (isWanted(first)) return first;
      for await (const event of watch.events) {
        const pod = event.type === 'DELETED' ? undefined : event.object;
        if (isWanted(pod)) return pod;
      }
      throw new Error('the watch ended');
    } finally {
      watch.close();
    }
  }
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // gone already: what was wanted
  }
}

/** What containers saw of objects, in memory elsewhere, when podd was killed. */
function removeContents(run: string): void {
  try {
    rmSync(readlinkSync(join(run, contentsName)), { recursive: true, force: true });
  } catch {
    // it is gone, or in the run directory
  }
}

/** The reconciler: pods in, containers on the kernel, status and events out. One worker per pod; nothing polls. */
import { randomUUID } from 'node:crypto';
import { rmdirSync } from 'node:fs';
import PQueue from 'p-queue';
import { removeParentIfEmpty } from '../cgroup/driver.ts';
import { readBootId } from '../linux/procfs.ts';
import { validatePod } from '../manifest/validate-pod.ts';
import { podInitName } from '../model/action.ts';
import type { ApplyRequest, ApplyResponse, ApplyResult, PodObject } from '../protocol/api.ts';
import type { ZygoteListener } from '../runtime/zygote-client.ts';
import { createEventLog } from '../store/event-log.ts';
import { removeRunDir } from '../store/instance-record.ts';
import { createPodStore } from '../store/pod-store.ts';
import { formatError, PodError } from '../util/pod-error.ts';
import { decide } from './decide.ts';
import { type Engine, noteEvent } from './engine.ts';
import { execute } from './execute.ts';
import { hooksFor } from './instance-hooks.ts';
import { locateContainers } from './locate-containers.ts';
import { allValid, type PlannedApply, planApply, type ValidVersion } from './plan-apply.ts';
import { changePod, newPodRecord, type Pod, podOfRecord, recordOfPod, viewOfPod } from './pod.ts';
import { PodTable } from './pod-table.ts';
import { createPublisher, type Publisher } from './publisher.ts';
import type { ContainerLocation, Reconciler } from './reconciler.ts';
import type { ReconcilerDeps } from './reconciler-deps.ts';
import { restore } from './restore.ts';
import { createWorker, type Worker } from './worker.ts';
import { loseZygote, noteChildExit } from './zygote-events.ts';

/** Launches under way at once over all pods; the zygote forks one after the other, more would only wait there. */
const launchesAtOnce = 4;
/** Rounds of one pass; more means that an action does not do what it is chosen for. */
const maxRounds = 200;
const afterBugMs = 5_000;
const shutdownMs = 5_000;

/** The reconciler and its ear for the zygote, which is started before it. */
export type RunningReconciler = Reconciler & { readonly zygoteListener: ZygoteListener };

/** Nothing happens before `start()`. */
export function createReconciler(deps: ReconcilerDeps): RunningReconciler {
  return new ReconcilerState(deps);
}

class ReconcilerState implements RunningReconciler {
  readonly #deps: ReconcilerDeps;
  readonly #table = new PodTable();
  readonly #workers = new Map<string, Worker>();
  readonly #engine: Engine;
  readonly #publisher: Publisher;
  readonly #problems: string[] = [];
  #version: number;
  #stopping = false;

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps;
    // Higher than any version before, also after a restart: there are fewer changes than milliseconds.
    this.#version = deps.clock.now().getTime();
    const nextVersion = () => String(++this.#version);
    this.#publisher = createPublisher(deps.clock, nextVersion);
    this.#engine = {
      deps,
      store: createPodStore(deps.paths.podsDir, deps.paths.quarantineDir),
      events: createEventLog(deps.clock.now, nextVersion),
      bootId: readBootId(),
      launches: new PQueue({ concurrency: launchesAtOnce }),
      earlyStatuses: new Map(),
      hooksFor: (pod, container) => hooksFor(this.#engine, pod, container, () => this.#changed(pod)),
      save: (pod) => void this.#save(pod),
      onForgotten: (pod) => this.#forgotten(pod),
    };
  }

  readonly zygoteListener: ZygoteListener = {
    onExited: (pid, status) => noteChildExit(this.#engine, this.#table.all(), pid, status),
    onRestarted: () => {
      for (const pod of this.#table.all()) {
        loseZygote(pod);
        this.#employ(pod).poke();
      }
    },
  };

  async start(): Promise<void> {
    const { problems, superseded } = await restore(this.#engine, this.#table);
    this.#problems.push(...problems);
    for (const problem of this.problems()) this.#deps.log(problem);
    for (const pod of this.#table.all()) this.#version = Math.max(this.#version, Number(pod.resourceVersion) || 0);
    for (const pod of superseded) await this.#beginDeletion(pod, pod.spec.graceMs);
    for (const pod of this.#table.all()) this.#employ(pod).poke();
  }

  async shutdown(): Promise<void> {
    this.#stopping = true;
    const idle = Promise.all([...this.#workers.values()].map((worker) => worker.stop()));
    await Promise.race([idle, new Promise((resolve) => setTimeout(resolve, shutdownMs).unref())]);
    const nowMs = this.#deps.clock.monotonicMs();
    for (const pod of this.#table.all()) {
      const slots = [...pod.containers.values()];
      for (const { instance } of slots) instance?.detach();
      if (slots.some(({ restartAtMs }) => restartAtMs > nowMs)) void this.#save(pod);
    }
    await this.#engine.store.flush();
    if (this.#table.all().length === 0) this.#removeEmptyPlaces();
  }

  resourceVersion(): string {
    return String(this.#version);
  }

  list(): readonly PodObject[] {
    return this.#table.all().flatMap((pod) => (pod.held ? [] : [this.#publisher.show(pod)]));
  }

  get(namespace: string, name: string): PodObject | undefined {
    const pod = this.#table.visible(namespace, name);
    return pod === undefined ? undefined : this.#publisher.show(pod);
  }

  async apply(request: ApplyRequest): Promise<ApplyResponse> {
    const names = request.manifests.map((manifest) => String(manifest?.metadata?.name ?? ''));
    const valid = allValid(
      request.manifests.map((manifest) => validatePod(manifest)),
      names,
    );
    if (!valid.ok) throw valid.error;
    const plans = valid.value.map((version) => planApply(this.#existing(version), version));
    if (request.dryRun) return { results: plans.map(({ result }) => result) };
    return { results: await Promise.all(plans.map((plan) => this.#perform(plan))) };
  }

  async delete(namespace: string, name: string, options: { readonly graceMs?: number }): Promise<PodObject> {
    const pod = this.#table.visible(namespace, name);
    if (pod === undefined) {
      throw new PodError('NotFound', `pods "${name}" not found`, { details: { name, kind: 'pods' } });
    }
    const heir = this.#table.held(namespace, name);
    if (heir !== undefined) await this.#beginDeletion(heir, 0);
    await this.#beginDeletion(pod, options.graceMs ?? pod.spec.graceMs);
    return this.#publisher.show(pod);
  }

  subscribe(listener: Parameters<Reconciler['subscribe']>[0]): () => void {
    return this.#publisher.subscribe(listener);
  }

  events(): ReturnType<Reconciler['events']> {
    return this.#engine.events.list();
  }

  subscribeEvents(listener: Parameters<Reconciler['subscribeEvents']>[0]): () => void {
    return this.#engine.events.subscribe(listener);
  }

  locate(namespace: string, name: string): readonly ContainerLocation[] | undefined {
    const pod = this.#table.visible(namespace, name);
    return pod === undefined ? undefined : locateContainers(pod, this.#deps.paths);
  }

  problems(): readonly string[] {
    return [...this.#problems, ...this.#engine.store.problems()];
  }

  runningContainers(): number {
    const instances = this.#table.all().flatMap(({ containers }) => [...containers]);
    return instances.filter(([name, { instance }]) => name !== podInitName && instance?.view().state === 'running')
      .length;
  }

  #existing(version: ValidVersion): Parameters<typeof planApply>[0] {
    const { name, namespace } = version.spec;
    const pod = this.#table.held(namespace, name) ?? this.#table.visible(namespace, name);
    if (pod === undefined) return undefined;
    const state = pod.held ? 'held' : pod.phase === 'sync' ? 'live' : 'terminating';
    return { manifest: pod.manifest, spec: pod.spec, state };
  }

  async #perform(plan: PlannedApply): Promise<ApplyResult> {
    const { name, namespace } = plan.version.spec;
    const visible = this.#table.visible(namespace, name);
    if (plan.step === 'nothing') return plan.result;
    if (plan.step === 'update') return this.#update(this.#table.held(namespace, name) ?? visible, plan);
    const saving = this.#create(plan.version, visible);
    if (plan.step === 'recreate' && visible !== undefined) {
      // The new record first: a podd killed here finds both, and knows by `replaces` which one is wanted.
      await saving;
      await this.#beginDeletion(visible, visible.spec.graceMs);
    }
    return withWarning(plan.result, await saving);
  }

  async #update(pod: Pod | undefined, plan: PlannedApply): Promise<ApplyResult> {
    if (pod === undefined) throw new PodError('Conflict', `pod ${plan.result.name} changed while it was applied`);
    changePod(pod, plan.version.manifest, plan.version.spec, plan.restarted);
    this.#employ(pod).poke();
    this.#publisher.publish(pod, true);
    return withWarning(plan.result, await this.#save(pod));
  }

  /** The pod begins at once, or when its predecessor is gone; resolves when its record is on disk, to what kept it from there. */
  #create(version: ValidVersion, predecessor: Pod | undefined): Promise<Error | undefined> {
    const { clock } = this.#deps;
    const replaces = predecessor === undefined ? {} : { replaces: predecessor.uid };
    const what = { uid: randomUUID(), creationTimestamp: clock.now().toISOString(), ...version, ...replaces };
    const pod = podOfRecord(newPodRecord(what, this.#engine.bootId), clock.monotonicMs());
    pod.held = predecessor !== undefined;
    this.#table.add(pod);
    this.#publisher.publish(pod);
    this.#employ(pod).poke();
    return this.#save(pod);
  }

  /** A deletion under way can only be shortened. */
  async #beginDeletion(pod: Pod, graceMs: number): Promise<void> {
    const { clock } = this.#deps;
    if (pod.phase === 'terminated') return;
    const deadlineMs = clock.monotonicMs() + graceMs;
    if (pod.deletion !== undefined && pod.deletion.deadlineMs <= deadlineMs) return;
    await this.#engine.store.markDeleting(pod.uid, graceMs / 1000);
    // It may have ended meanwhile.
    if (!this.#table.byUid().has(pod.uid)) return;
    const timestamp = new Date(clock.now().getTime() + graceMs).toISOString();
    pod.phase = 'terminating';
    pod.deletion = { graceMs, deadlineMs, timestamp };
    pod.failures.clear();
    this.#publisher.publish(pod, true);
    this.#employ(pod).poke();
  }

  #employ(pod: Pod): Worker {
    const worker = this.#workers.get(pod.uid) ?? createWorker(() => this.#pass(pod), this.#deps.clock.monotonicMs);
    this.#workers.set(pod.uid, worker);
    return worker;
  }

  async #pass(pod: Pod): Promise<number | undefined> {
    try {
      return await this.#settle(pod);
    } catch (error) {
      this.#deps.log(
        `bug: pod ${pod.spec.namespace}/${pod.spec.name}: ${error instanceof Error ? error.stack : error}`,
      );
      return this.#deps.clock.monotonicMs() + afterBugMs;
    }
  }

  async #settle(pod: Pod): Promise<number | undefined> {
    for (let round = 0; round < maxRounds; round++) {
      if (this.#stopping || pod.phase === 'terminated') return undefined;
      const decision = decide(pod.spec, viewOfPod(pod), this.#deps.clock.monotonicMs());
      if (decision.kind !== 'act') {
        this.#publisher.publish(pod);
        return decision.kind === 'wait' ? decision.untilMs : undefined;
      }
      await execute(this.#engine, pod, decision.actions);
    }
    throw new Error(`bug: not settled after ${maxRounds} rounds`);
  }

  #changed(pod: Pod): void {
    if (this.#stopping || !this.#table.byUid().has(pod.uid)) return;
    this.#publisher.publish(pod);
    this.#employ(pod).poke();
  }

  /** Run directories of ended runs go once the record that counts their exits is on disk. */
  #save(pod: Pod): Promise<Error | undefined> {
    const { store, bootId } = this.#engine;
    const ended = [...pod.endedRunDirs];
    const { tried, saved } = store.save(pod.uid, () => recordOfPod(pod, bootId, this.#deps.clock.monotonicMs()));
    void saved.then(() => {
      for (const [key, runDir] of ended) {
        if (pod.endedRunDirs.get(key) !== runDir) continue;
        pod.endedRunDirs.delete(key);
        this.#removeRunDir(runDir);
      }
    });
    return tried;
  }

  #removeRunDir(runDir: string): void {
    try {
      removeRunDir(runDir);
    } catch (error) {
      this.#deps.log(`remove ${runDir}: ${formatError(error)}`);
    }
  }

  #forgotten(pod: Pod): void {
    this.#table.remove(pod);
    this.#workers.delete(pod.uid);
    this.#publisher.publishGone(pod);
    const { namespace, name } = pod.spec;
    const heir = this.#table.held(namespace, name);
    if (heir === undefined || this.#table.visible(namespace, name) !== undefined) return;
    heir.held = false;
    heir.replaces = undefined;
    noteEvent(this.#engine, heir, 'Normal', 'Replaced', 'The pod of the same name before this one is gone');
    this.#publisher.publish(heir);
    this.#employ(heir).poke();
    void this.#save(heir);
  }

  #removeEmptyPlaces(): void {
    removeParentIfEmpty(this.#deps.layout, this.#deps.cgroupParent);
    try {
      rmdirSync(this.#deps.paths.instancesDir);
    } catch {
      // not empty or not there: the next start looks at it
    }
  }
}

function withWarning(result: ApplyResult, unsaved: Error | undefined): ApplyResult {
  if (unsaved === undefined) return result;
  return { ...result, warnings: [...result.warnings, `not on disk yet, it is tried again: ${unsaved.message}`] };
}

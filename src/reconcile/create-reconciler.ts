import PQueue from 'p-queue';
import { readBootId } from '../linux/procfs.ts';
import { allStatuses } from '../model/pod-status.ts';
import type { ProgramRef } from '../model/program-name.ts';
import type {
  ApplyRequest,
  ApplyResponse,
  ApplyResult,
  ControlRequest,
  ControlResponse,
  ProgramGroup,
  ResourcesRequest,
  ResourcesResponse,
  ScaleRequest,
  WhyResponse,
} from '../protocol/api.ts';
import type { PodObject } from '../protocol/objects.ts';
import type { ZygoteListener } from '../runtime/zygote-client.ts';
import { createDataStore } from '../store/data-store.ts';
import { createEventLog } from '../store/event-log.ts';
import { createPodStore } from '../store/pod-store.ts';
import { type Accounting, createAccounting } from './accounting.ts';
import { releaseAddresses } from './addresses.ts';
import { applyChange, type PodWriter } from './apply-manifests.ts';
import { askWhy } from './ask-why.ts';
import { beginDeletion, freeHeir } from './begin-deletion.ts';
import { controlPod } from './control-pod.ts';
import { countRunning } from './count-running.ts';
import type { DataAccess } from './data-access.ts';
import { DataTable } from './data-table.ts';
import { detachPods } from './detach-pods.ts';
import { scalePod, setPodResources } from './edit-pods.ts';
import { removeEmptyPlaces } from './empty-places.ts';
import { type Engine, noteEvent } from './engine.ts';
import { existingObjects } from './existing-objects.ts';
import { hooksFor } from './instance-hooks.ts';
import { isServed, leaveServices } from './leave-services.ts';
import { locateContainers } from './locate-containers.ts';
import { joinNetwork } from './network-pods.ts';
import type { ObjectEdits } from './object-edits.ts';
import { createObjects, type Objects } from './objects.ts';
import { resultsOf } from './plan-manifests.ts';
import { type PlanFacts, planFactsOf, planRequest } from './plan-request.ts';
import type { Pod } from './pod.ts';
import { PodTable, podNotFound } from './pod-table.ts';
import { createPublisher, type Publisher } from './publisher.ts';
import { readPrograms } from './read-programs.ts';
import type { ContainerLocation, RealApplyRequest, Reconciler } from './reconciler.ts';
import type { ReconcilerDeps } from './reconciler-deps.ts';
import { restore } from './restore.ts';
import { savePod } from './save-pod.ts';
import { type GivenCondition, setConditions } from './set-conditions.ts';
import { settlePod } from './settle-pod.ts';
import { tellMissing } from './tell-missing.ts';
import { throttle } from './throttle.ts';
import { createUsageAlarms } from './usage-alarms.ts';
import { releaseUsers } from './users.ts';
import { createWorker, type Worker } from './worker.ts';
import { listenToZygote } from './zygote-events.ts';

/** Launches under way at once over all pods; the zygote forks one after the other, more would only wait there. */
const launchesAtOnce = 4;
const afterBugMs = 5_000;
const shutdownMs = 5_000;
/** A container with hundreds of programs tells of itself hundreds of times while it starts. */
const tellEveryMs = 50;

/** The reconciler, its ear for the zygote, which is started before it, and what controllers do with it. */
export type RunningReconciler = Reconciler & { readonly zygoteListener: ZygoteListener; readonly edits: ObjectEdits };

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
  readonly #data: DataTable;
  readonly #writer: PodWriter;
  readonly #objects: Objects;
  readonly data: DataAccess;
  readonly edits: ObjectEdits;
  #version: number;
  #stopping = false;

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps;
    // Higher than any version before, also after a restart: there are fewer changes than milliseconds.
    this.#version = deps.clock.now().getTime();
    const nextVersion = () => String(++this.#version);
    this.#publisher = createPublisher(deps, nextVersion);
    this.#data = new DataTable(
      createDataStore(deps.paths.objectsDir, deps.paths.quarantineDir),
      deps.clock,
      nextVersion,
    );
    this.#engine = {
      deps,
      store: createPodStore(deps.paths.podsDir, deps.paths.quarantineDir),
      events: createEventLog(deps.clock.now, nextVersion),
      bootId: readBootId(),
      pods: () => this.#table.all(),
      protection: new Map(),
      launches: new PQueue({ concurrency: launchesAtOnce }),
      earlyStatuses: new Map(),
      actionCounts: new Map(),
      alarms: createUsageAlarms(deps, (pod, ...told) => noteEvent(this.#engine, pod, 'Warning', ...told)),
      hooksFor: (pod, container) =>
        hooksFor(this.#engine, pod, container, {
          changed: () => this.#changed(pod),
          told: throttle(() => this.#tell(pod), tellEveryMs),
        }),
      findData: (key) => this.#data.find(key),
      services: (namespace) =>
        this.#data.manifests('Service').filter(({ metadata }) => (metadata.namespace || 'default') === namespace),
      save: (pod) => void savePod(this.#engine, pod),
      onForgotten: (pod) => this.#forgotten(pod),
    };
    this.#writer = {
      table: this.#table,
      data: this.#data,
      clock: deps.clock,
      bootId: this.#engine.bootId,
      save: (pod) => savePod(this.#engine, pod),
      added: (pod) => {
        this.#publisher.publish(pod);
        tellMissing(this.#engine, pod);
        this.#employ(pod).poke();
      },
      changed: (pod) => {
        tellMissing(this.#engine, pod);
        this.#employ(pod).poke();
        this.#publisher.publish(pod, true);
      },
      beginDeletion: (pod) => this.#beginDeletion(pod, pod.spec.graceMs),
      networkSettled: () => deps.network.settled(),
    };
    this.#objects = createObjects({
      ...{ engine: this.#engine, table: this.#table, data: this.#data, publisher: this.#publisher },
      change: (request, check) => applyChange(this.#writer, request, this.#planFacts, check),
      beginDeletion: (pod, graceMs) => this.#beginDeletion(pod, graceMs),
    });
    this.data = this.#objects.access;
    this.edits = this.#objects.edits;
  }

  get accounting(): Accounting {
    return createAccounting(this.#engine, this.#table, (pod) => allStatuses(this.#publisher.show(pod).status));
  }

  get #planFacts(): PlanFacts {
    return planFactsOf(this.#deps);
  }

  get zygoteListener(): ZygoteListener {
    return listenToZygote(this.#engine, (pod) => this.#employ(pod).poke());
  }

  async start(): Promise<void> {
    this.#version = Math.max(this.#version, this.#data.load());
    const { problems, superseded } = await restore(this.#engine, this.#table);
    this.#problems.push(...problems);
    for (const problem of this.problems()) this.#deps.log(problem);
    for (const pod of this.#table.all()) this.#version = Math.max(this.#version, Number(pod.resourceVersion) || 0);
    await joinNetwork(this.#deps.network, { table: this.#table, data: this.#data, publisher: this.#publisher });
    await this.#objects.start();
    for (const pod of superseded) await this.#beginDeletion(pod, pod.spec.graceMs);
    for (const pod of this.#table.all()) this.#employ(pod).poke();
  }

  async shutdown(): Promise<void> {
    this.#stopping = true;
    const idle = Promise.all([this.#objects.stop(), ...[...this.#workers.values()].map((worker) => worker.stop())]);
    await Promise.race([idle, new Promise((resolve) => setTimeout(resolve, shutdownMs).unref())]);
    this.#engine.alarms.close();
    detachPods(this.#engine, this.#table.all());
    await Promise.all([this.#engine.store.flush(), this.#data.flush()]);
    if (this.#table.all().length === 0) removeEmptyPlaces(this.#deps);
  }

  restControllers(): Promise<void> {
    return this.#objects.rest();
  }

  wakeControllers(): void {
    this.#objects.wake();
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

  plan(request: ApplyRequest): Promise<ApplyResponse> {
    const existing = existingObjects(this.#table, this.#data);
    return planRequest(request, existing, this.#planFacts, (plans) => ({ results: resultsOf(plans) }));
  }

  apply(request: RealApplyRequest): Promise<ApplyResponse> {
    return applyChange(this.#writer, request, this.#planFacts);
  }

  async delete(namespace: string, name: string, options: { readonly graceMs?: number }): Promise<PodObject> {
    const pod = this.#table.visible(namespace, name);
    if (pod === undefined) throw podNotFound(name);
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

  programs(namespace: string, name: string): readonly ProgramGroup[] | undefined {
    const pod = this.#table.visible(namespace, name);
    if (pod === undefined) return undefined;
    return readPrograms(pod, allStatuses(this.#publisher.show(pod).status), this.#deps);
  }

  async control(namespace: string, name: string, request: ControlRequest): Promise<ControlResponse> {
    const pod = this.#table.standing(namespace, name);
    const affected = await controlPod(this.#engine, pod, request);
    if (affected.some((moved) => !moved.includes('/'))) {
      this.#changed(pod);
      await savePod(this.#engine, pod);
    }
    return { affected };
  }

  async setConditions(
    namespace: string,
    name: string,
    given: readonly GivenCondition[],
    whole: boolean,
  ): Promise<PodObject> {
    const pod = this.#table.visible(namespace, name);
    if (pod === undefined) throw podNotFound(name);
    pod.conditions = setConditions(pod.conditions, given, { now: this.#deps.clock.now().toISOString(), whole });
    this.#publisher.publish(pod);
    await savePod(this.#engine, pod);
    return this.#publisher.show(pod);
  }

  async scale(namespace: string, name: string, request: ScaleRequest): Promise<ApplyResult> {
    const pod = this.#table.held(namespace, name) ?? this.#table.standing(namespace, name);
    return scalePod(this, pod, request);
  }

  setResources(namespace: string, name: string, request: ResourcesRequest): Promise<ResourcesResponse> {
    const pod = this.#table.held(namespace, name) ?? this.#table.standing(namespace, name);
    return setPodResources(this, pod, request, this.#employ(pod).idle);
  }

  async why(namespace: string, name: string, container?: string, target?: ProgramRef): Promise<WhyResponse> {
    const pod = this.#table.visible(namespace, name);
    if (pod === undefined) throw podNotFound(name);
    return askWhy(pod, container, target);
  }

  problems(): readonly string[] {
    return [...this.#problems, ...this.#engine.store.problems(), ...this.#data.problems()];
  }

  runningContainers(): number {
    return countRunning(this.#table.all());
  }

  async #beginDeletion(pod: Pod, graceMs: number): Promise<void> {
    pod.leaving = pod.phase === 'sync' && graceMs > 0 && isServed(pod, this.#data.manifests('Service'));
    if (!(await beginDeletion(this.#engine, this.#table, pod, graceMs))) return;
    this.#publisher.publish(pod, true);
    if (!pod.leaving) return this.#employ(pod).poke();
    void leaveServices(this.#deps.network).then(() => {
      pod.leaving = false;
      this.#changed(pod);
    });
  }

  #employ(pod: Pod): Worker {
    const worker = this.#workers.get(pod.uid) ?? createWorker(() => this.#pass(pod), this.#deps.clock.monotonicMs);
    this.#workers.set(pod.uid, worker);
    return worker;
  }

  async #pass(pod: Pod): Promise<number | undefined> {
    try {
      return await settlePod(this.#engine, pod, { isOver: () => this.#stopping, publish: this.#publisher.publish });
    } catch (error) {
      this.#deps.log(
        `bug: pod ${pod.spec.namespace}/${pod.spec.name}: ${error instanceof Error ? error.stack : error}`,
      );
      return this.#deps.clock.monotonicMs() + afterBugMs;
    }
  }

  #changed(pod: Pod): void {
    if (this.#stopping || !this.#table.byUid().has(pod.uid)) return;
    this.#publisher.publish(pod);
    this.#employ(pod).poke();
  }

  /** Programs moved: nothing to decide, nothing to keep on disk. */
  #tell(pod: Pod): void {
    if (!this.#stopping && this.#table.byUid().has(pod.uid)) this.#publisher.publish(pod);
  }

  #forgotten(pod: Pod): void {
    this.#table.remove(pod);
    this.#workers.delete(pod.uid);
    void releaseAddresses(this.#engine, pod).then((waiting) => {
      for (const other of waiting) this.#employ(other).poke();
    });
    for (const other of releaseUsers(this.#engine, pod)) this.#employ(other).poke();
    this.#publisher.publishGone(pod);
    this.#objects.podGone();
    const heir = freeHeir(this.#engine, this.#table, pod);
    if (heir === undefined) return;
    this.#publisher.publish(heir);
    this.#employ(heir).poke();
    void savePod(this.#engine, heir);
  }
}

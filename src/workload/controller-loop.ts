/**
 * The controllers at work: level-triggered, one serial worker per object, woken by changes of the object and of what it manages, or at
 * the time that its plan names; never by a clock of its own.
 *
 * Invariants: a plan is made of what podd's memory holds in the turn in which its first action begins; what a podd that was killed has
 * created is either on disk, and seen by the next one's first plan, or it never was. So no slot is ever filled twice.
 */

import type { WorkloadAction, WorkloadFamily, WorkloadKind, WorkloadObject, WorkloadPlan } from '../model/workload.ts';
import { createWorker, type Worker } from '../reconcile/worker.ts';
import { matchesLabels, requirementsOf } from '../util/match-labels.ts';
import { sameJson } from '../util/same-json.ts';
import { type Controller, controllers } from './controllers.ts';
import { performWorkloadAction, type Refusal } from './perform-workload-action.ts';
import type { WorkloadAccess, WorkloadChange } from './workload-access.ts';

export interface ControllerLoop {
  /** Everybody looks once; then by changes. */
  readonly start: () => void;
  /** Resolves when no pass is under way; again and again, too. A new start looks at all anew. */
  readonly stop: () => Promise<void>;
}

/** Rounds of one pass; more means that an action does not do what it is chosen for. */
const maxRounds = 100;
const afterBugMs = 5_000;
const firstRetryMs = 1_000;
const lastRetryMs = 60_000;

interface Seat {
  readonly worker: Worker;
  readonly kind: WorkloadKind;
  readonly namespace: string;
  failure: (Refusal & { readonly count: number; readonly retryAtMs: number; readonly generation: number }) | undefined;
}

/** Nothing happens before `start`. */
export function createControllerLoop(access: WorkloadAccess): ControllerLoop {
  return new Loop(access);
}

class Loop implements ControllerLoop {
  readonly #access: WorkloadAccess;
  readonly #seats = new Map<string, Seat>();
  #unsubscribers: readonly (() => void)[] = [];

  constructor(access: WorkloadAccess) {
    this.#access = access;
  }

  readonly start = (): void => {
    this.#unsubscribers = [
      this.#access.subscribe((change) => this.#heard(change)),
      this.#access.watchClock(() => this.#pokeAll()),
    ];
    for (const kind of Object.keys(controllers) as WorkloadKind[])
      for (const object of this.#access.list(kind)) this.#seat(object.uid, object).worker.poke();
  };

  readonly stop = async (): Promise<void> => {
    for (const unsubscribe of this.#unsubscribers) unsubscribe();
    this.#unsubscribers = [];
    const seats = [...this.#seats.values()];
    this.#seats.clear();
    await Promise.all(seats.map(({ worker }) => worker.stop()));
  };

  #seat(uid: string, { kind, namespace }: Pick<WorkloadObject, 'kind' | 'namespace'>): Seat {
    const known = this.#seats.get(uid);
    if (known !== undefined) return known;
    const worker = createWorker(() => this.#pass(uid), this.#access.monotonicMs);
    const seat: Seat = { worker, kind, namespace, failure: undefined };
    this.#seats.set(uid, seat);
    return seat;
  }

  /** Their timers count seconds that went by; what they wait for are times of day. */
  #pokeAll(): void {
    for (const { worker } of this.#seats.values()) worker.poke();
  }

  #heard({ kind, uid, namespace, labels, owner, isGone }: WorkloadChange): void {
    if (kind !== undefined && isGone) this.#dismiss(uid);
    else if (kind !== undefined && controllers[kind] !== undefined) this.#seat(uid, { kind, namespace }).worker.poke();
    if (owner !== undefined) return this.#pokeOwners(owner.uid);
    if (isGone) return;
    for (const [other, seat] of this.#seats)
      if (seat.namespace === namespace && this.#wouldAdopt(other, seat, labels, kind)) seat.worker.poke();
  }

  /** Whoever manages it, and whoever manages that: a Deployment waits for pods of its ReplicaSets to be gone. */
  #pokeOwners(uid: string): void {
    this.#seats.get(uid)?.worker.poke();
    const above = this.#access.find(uid)?.owner;
    if (above !== undefined) this.#seats.get(above.uid)?.worker.poke();
  }

  #wouldAdopt(uid: string, seat: Seat, labels: WorkloadChange['labels'], kind: WorkloadKind | undefined): boolean {
    if (controllers[seat.kind]?.makes !== kind) return false;
    const selector = this.#access.find(uid)?.spec.selector;
    return selector !== undefined && matchesLabels(requirementsOf(selector as object), labels);
  }

  #dismiss(uid: string): void {
    const seat = this.#seats.get(uid);
    this.#seats.delete(uid);
    void seat?.worker.stop();
  }

  async #pass(uid: string): Promise<number | undefined> {
    // What changes in one turn is looked at once.
    await new Promise(setImmediate);
    try {
      return await this.#settle(uid);
    } catch (error) {
      this.#access.log(`bug: controller of ${uid}: ${error instanceof Error ? error.stack : error}`);
      return this.#access.monotonicMs() + afterBugMs;
    }
  }

  async #settle(uid: string): Promise<number | undefined> {
    for (let round = 0; round < maxRounds; round++) {
      const object = this.#access.find(uid);
      const seat = this.#seats.get(uid);
      const controller = object && controllers[object.kind];
      if (object === undefined || seat === undefined || controller === undefined) return undefined;
      const unknownUntilMs = this.#access.unknownUntilMs(object.namespace, this.#owners(object, controller));
      if (unknownUntilMs !== undefined) return unknownUntilMs;
      const rest = await this.#step(object, seat, controller);
      if (rest !== 'again') return rest;
    }
    throw new Error(`not settled after ${maxRounds} rounds`);
  }

  async #step(object: WorkloadObject, seat: Seat, controller: Controller): Promise<number | undefined | 'again'> {
    if (seat.failure?.generation !== object.generation) seat.failure = undefined;
    const plan = this.#plan(object, controller, seat);
    const actions = plan.actions.filter((action) => !this.#isHeldBack(seat, action));
    if (actions.length === 0) return this.#rest(object, seat, plan);
    const refusal = await this.#perform(object, controller, actions);
    this.#note(seat, object, actions, refusal);
    if (refusal === undefined) this.#tell(object, plan);
    return 'again';
  }

  #plan(object: WorkloadObject, controller: Controller, { failure }: Seat): WorkloadPlan {
    const { spec, plan } = controller;
    const family = this.#family(object, controller);
    const refusal = failure && { reason: failure.reason, message: failure.message };
    const judged = { ...object, spec: spec(object.spec) };
    return plan(judged, { ...family, ...(refusal === undefined ? {} : { refusal }) }, this.#access.nowMs());
  }

  /** Those whose pods are its family. */
  #owners({ uid, namespace }: WorkloadObject, { makes }: Controller): ReadonlySet<string> {
    const objects = makes === undefined ? [] : this.#access.list(makes, namespace);
    return new Set([uid, ...objects.filter(({ owner }) => owner?.uid === uid).map((object) => object.uid)]);
  }

  #family(object: WorkloadObject, controller: Controller): WorkloadFamily {
    const { makes, makesClaims, keepsHistory } = controller;
    const read = (makes && controllers[makes]?.spec) ?? ((written: object) => written);
    const objects = makes === undefined ? [] : this.#access.list(makes, object.namespace);
    return {
      pods: this.#access.pods(object.namespace, this.#owners(object, controller)),
      ...(makesClaims === true ? { claims: this.#access.claims(object.namespace) } : {}),
      ...(keepsHistory === true ? { revisions: this.#access.revisions(object.namespace) } : {}),
      objects: objects.map((one) => ({ ...one, spec: read(one.spec) as WorkloadObject['spec'] })),
    };
  }

  #isHeldBack({ failure }: Seat, { action }: WorkloadAction): boolean {
    if (failure === undefined || failure.retryAtMs <= this.#access.monotonicMs()) return false;
    const isDeletion = action === 'deletePod' || action === 'deleteObject';
    return action !== 'event' && isDeletion === (failure.reason === 'FailedDelete');
  }

  /** Nothing to do now: what is to be told, and when to look again. */
  #rest(object: WorkloadObject, { failure }: Seat, plan: WorkloadPlan): number | undefined {
    this.#tell(object, plan);
    const { monotonicMs, nowMs } = this.#access;
    const wakes = [
      ...(plan.wakeAtMs === undefined ? [] : [monotonicMs() + plan.wakeAtMs - nowMs()]),
      ...(failure === undefined ? [] : [failure.retryAtMs]),
    ];
    return wakes.length === 0 ? undefined : Math.min(...wakes);
  }

  #tell(object: WorkloadObject, { status }: WorkloadPlan): void {
    const now = this.#access.find(object.uid);
    if (now !== undefined && !sameJson(now.status, status)) this.#access.setStatus(now, status);
  }

  /** In order, but for pods, which do not wait for each other. The first refusal of all. */
  async #perform(
    object: WorkloadObject,
    controller: Controller,
    actions: readonly WorkloadAction[],
  ): Promise<Refusal | undefined> {
    const perform = (action: WorkloadAction) => performWorkloadAction(this.#access, object, controller, action);
    const isDeletion = actions.some(({ action }) => action === 'deletePod');
    if (controller.savesFirst === true && isDeletion) await this.#access.saveStatuses();
    for (const action of actions.filter((one) => !isOfPods(one))) {
      const refusal = await perform(action);
      if (refusal !== undefined) return refusal;
    }
    const refusals = await Promise.all(actions.filter(isOfPods).map(perform));
    return refusals.find((refusal) => refusal !== undefined);
  }

  #note(seat: Seat, { generation }: WorkloadObject, actions: readonly WorkloadAction[], refusal?: Refusal): void {
    if (refusal === undefined) {
      if (actions.some(({ action }) => action !== 'event')) seat.failure = undefined;
      return;
    }
    const count = (seat.failure?.count ?? 0) + 1;
    const delayMs = Math.min(firstRetryMs * 2 ** (count - 1), lastRetryMs);
    seat.failure = { ...refusal, count, generation, retryAtMs: this.#access.monotonicMs() + delayMs };
  }
}

const isOfPods = ({ action }: WorkloadAction): boolean => action === 'createPod' || action === 'deletePod';

/** A Deployment with its ReplicaSets and pods in a model of podd's store: actions are performed as the loop performs them. */
import type { OwnedPod, WorkloadAction, WorkloadObject, WorkloadPlan } from '../../../src/model/workload.ts';
import type { DeploymentObject, ReplicaSetObject } from '../../../src/model/workload-spec.ts';
import { planDeployment } from '../../../src/workload/plan-deployment.ts';
import { planReplicaSet } from '../../../src/workload/plan-replica-set.ts';
import { isActive, isAvailable } from '../../../src/workload/pod-availability.ts';
import { noonMs } from './builders.ts';

export class WorkloadWorld {
  nowMs = noonMs;
  deployment: DeploymentObject;
  sets: readonly ReplicaSetObject[] = [];
  pods: readonly OwnedPod[] = [];
  /** pods that cannot be made now: by why */
  refusal: string | undefined;
  readonly events: string[] = [];
  #uids = 0;

  constructor(deployment: DeploymentObject) {
    this.deployment = deployment;
  }

  /** One plan of one object and what of it is performed; `cut`: podd is killed after that many actions. True when something changed. */
  run(uid: string, cut = Number.POSITIVE_INFINITY): boolean {
    const set = this.sets.find((one) => one.uid === uid);
    const plan = set === undefined ? this.#planDeployment() : this.#planSet(set);
    const actions = plan.actions.slice(0, cut);
    for (const action of actions) this.#perform(uid, action);
    const before = set ?? this.deployment;
    const isTold = cut >= plan.actions.length && JSON.stringify(before.status) !== JSON.stringify(plan.status);
    if (isTold) this.#setStatus(uid, plan.status);
    return isTold || actions.length > 0;
  }

  /** Until nobody has anything to do; throws when that does not end. */
  settle(): void {
    for (let round = 0; round < 500; round++) {
      const busy = [...this.sets.map(({ uid }) => uid), this.deployment.uid].map((uid) => this.run(uid));
      if (!busy.includes(true)) return;
    }
    throw new Error('not settled after 500 rounds');
  }

  /** The same, and pods become ready, and those that are being deleted go. */
  converge(): void {
    for (let round = 0; round < 500; round++) {
      this.settle();
      const before = JSON.stringify(this.pods);
      this.nowMs += 30_000;
      for (const pod of this.pods) {
        if (pod.isDeleting) this.finishDeletion(pod);
        else if (isActive(pod) && !pod.isReady) this.setReady(pod, true);
      }
      this.settle();
      if (JSON.stringify(this.pods) === before) return;
    }
    throw new Error('not converged after 500 rounds');
  }

  change(spec: Partial<DeploymentObject['spec']>): void {
    const { deployment } = this;
    this.deployment = { ...deployment, generation: deployment.generation + 1, spec: { ...deployment.spec, ...spec } };
  }

  setReady(pod: OwnedPod, isReady: boolean): void {
    this.#changePod(pod, { isReady, phase: 'Running', ...(isReady ? { readySinceMs: this.nowMs } : {}) });
  }

  fail(pod: OwnedPod): void {
    this.#changePod(pod, { isReady: false, phase: 'Failed' });
  }

  finishDeletion(pod: OwnedPod): void {
    this.pods = this.pods.filter(({ uid }) => uid !== pod.uid);
  }

  get active(): readonly OwnedPod[] {
    return this.pods.filter(isActive);
  }

  get available(): readonly OwnedPod[] {
    return this.active.filter((pod) => isAvailable(pod, this.deployment.spec.minReadySeconds, this.nowMs));
  }

  /** `version → replicas` of every ReplicaSet that has any. */
  sizes(): Readonly<Record<string, number>> {
    const sized = this.sets.filter(({ spec }) => spec.replicas > 0);
    return Object.fromEntries(sized.map(({ spec }) => [versionOf(spec.template.metadata), spec.replicas]));
  }

  condition(type: string): string | undefined {
    const found = this.deployment.status.conditions?.find((condition) => condition.type === type);
    return found && `${found.status} ${found.reason}`;
  }

  planOfDeployment(): WorkloadPlan<DeploymentObject['status']> {
    return this.#planDeployment();
  }

  #planDeployment(): WorkloadPlan<DeploymentObject['status']> {
    const objects = this.sets as readonly unknown[] as readonly WorkloadObject[];
    return planDeployment(this.deployment, { pods: this.pods, objects }, this.nowMs);
  }

  #planSet(set: ReplicaSetObject): WorkloadPlan<ReplicaSetObject['status']> {
    const refusal =
      this.refusal === undefined ? {} : { refusal: { reason: 'FailedCreate', message: this.refusal } as const };
    const plan = planReplicaSet(set, { pods: this.pods, objects: [], ...refusal }, this.nowMs);
    if (this.refusal === undefined) return plan;
    return { ...plan, actions: plan.actions.filter(({ action }) => action !== 'createPod') };
  }

  #perform(uid: string, action: WorkloadAction): void {
    switch (action.action) {
      case 'createPod':
        return this.#addPod(action.manifest);
      case 'deletePod':
        return this.#changePod({ uid: action.uid }, { isDeleting: true });
      case 'createObject':
        return this.#addSet(action.manifest as never);
      case 'updateObject':
        return this.#update(action);
      case 'deleteObject':
        this.sets = this.sets.filter((set) => set.uid !== action.uid);
        return;
      case 'event':
        this.events.push(`${action.reason}: ${action.message}`);
        return;
      default:
        throw new Error(`${uid}: ${action.action} is not expected`);
    }
  }

  #addPod({ metadata, spec: _ }: Extract<WorkloadAction, { action: 'createPod' }>['manifest']): void {
    if (this.pods.some(({ name }) => name === metadata.name)) throw new Error(`pod ${metadata.name} is there already`);
    const [owner] = metadata.ownerReferences ?? [];
    if (owner === undefined) throw new Error('a pod without an owner');
    const pod: OwnedPod = {
      ...{
        name: metadata.name,
        uid: `pod-${++this.#uids}`,
        owner,
        phase: 'Pending',
        isReady: false,
        isDeleting: false,
      },
      ...{ labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {}, createdMs: this.nowMs },
      ...{ restarts: 0, mostRestarts: 0, conditions: [], exitCodes: {} },
    };
    this.pods = [...this.pods, pod];
  }

  #addSet({ metadata, spec }: { metadata: ReplicaSetObject & { ownerReferences: [never] }; spec: never }): void {
    if (this.sets.some(({ name }) => name === metadata.name)) throw new Error(`${metadata.name} is there already`);
    const { name, namespace, labels, annotations, ownerReferences } = metadata;
    const set: ReplicaSetObject = {
      ...{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name, namespace, labels, annotations, owner: ownerReferences[0] },
      ...{ uid: `set-${++this.#uids}`, generation: 1, createdMs: this.nowMs + this.#uids, isDeleting: false },
      spec: { ...{ minReadySeconds: 0 }, ...(spec as ReplicaSetObject['spec']) },
      status: {},
    };
    this.sets = [...this.sets, set];
  }

  #update({ uid, spec, annotations = {} }: Extract<WorkloadAction, { action: 'updateObject' }>): void {
    const changed = <T extends WorkloadObject<object, object>>(one: T): T =>
      one.uid !== uid
        ? one
        : { ...one, spec: { ...one.spec, ...spec }, annotations: { ...one.annotations, ...annotations } };
    this.sets = this.sets.map(changed);
    this.deployment = changed(this.deployment);
  }

  #setStatus(uid: string, status: object): void {
    if (uid === this.deployment.uid) this.deployment = { ...this.deployment, status };
    else this.sets = this.sets.map((set) => (set.uid === uid ? { ...set, status } : set));
  }

  #changePod({ uid }: Pick<OwnedPod, 'uid'>, change: Partial<OwnedPod>): void {
    this.pods = this.pods.map((pod) => (pod.uid === uid ? { ...pod, ...change } : pod));
  }
}

export const versionOf = (metadata: { readonly annotations?: Readonly<Record<string, string>> } | undefined): string =>
  metadata?.annotations?.version ?? '';

/** One object with its pods, objects and claims in a model of podd's store: actions are performed as the loop performs them. */
import type {
  ClaimView,
  OwnedPod,
  RevisionView,
  WorkloadAction,
  WorkloadFamily,
  WorkloadObject,
  WorkloadPlan,
} from '../../../src/model/workload.ts';
import { sameJson } from '../../../src/util/same-json.ts';
import { jobSpec } from '../../../src/workload/default-job-spec.ts';
import { isActive } from '../../../src/workload/pod-availability.ts';
import { noonMs, revisionOfManifest } from './builders.ts';

type Plan<S, T> = (object: WorkloadObject<S, T>, family: WorkloadFamily, nowMs: number) => WorkloadPlan<T>;

export class OwnerWorld<S, T> {
  nowMs = noonMs;
  object: WorkloadObject<S, T>;
  objects: readonly WorkloadObject[] = [];
  pods: readonly OwnedPod[] = [];
  claims: readonly ClaimView[] = [];
  revisions: readonly RevisionView[] = [];
  /** when the controller asked to be woken */
  wakeAtMs: number | undefined;
  isGone = false;
  readonly created: { readonly name: string; readonly annotations: Readonly<Record<string, string>> }[] = [];
  readonly events: string[] = [];
  readonly #plan: Plan<S, T>;
  #uids = 0;

  constructor(object: WorkloadObject<S, T>, plan: Plan<S, T>) {
    this.object = object;
    this.#plan = plan;
  }

  /** One plan, and what of it is performed; `cut`: podd is killed after that many actions. True when something changed. */
  run(cut = Number.POSITIVE_INFINITY): boolean {
    if (this.isGone) return false;
    const { pods, objects, claims, revisions } = this;
    const plan = this.#plan(this.object, { pods, objects, claims, revisions }, this.nowMs);
    const actions = plan.actions.slice(0, cut);
    for (const action of actions) this.#perform(action);
    this.wakeAtMs = plan.wakeAtMs;
    const isTold = cut >= plan.actions.length && !sameJson(this.object.status, plan.status);
    if (isTold) this.object = { ...this.object, status: plan.status };
    return isTold || actions.length > 0;
  }

  /** Until there is nothing to do; throws when that does not end. */
  settle(): void {
    for (let round = 0; round < 100; round++) if (!this.run()) return;
    throw new Error(`not settled after 100 rounds: ${JSON.stringify(this.object.status)}`);
  }

  change(spec: Partial<S>): void {
    this.object = { ...this.object, generation: this.object.generation + 1, spec: { ...this.object.spec, ...spec } };
  }

  changePod({ uid }: Pick<OwnedPod, 'uid'>, change: Partial<OwnedPod>): void {
    this.pods = this.pods.map((pod) => (pod.uid === uid ? { ...pod, ...change } : pod));
  }

  removePod({ uid }: Pick<OwnedPod, 'uid'>): void {
    this.pods = this.pods.filter((pod) => pod.uid !== uid);
  }

  /** What is being deleted is gone. */
  finishDeletions(): void {
    this.pods = this.pods.filter(({ isDeleting }) => !isDeleting);
    const used = new Set(this.pods.map(({ name }) => name));
    this.claims = this.claims.filter(
      ({ name, isDeleting }) => !isDeleting || [...used].some((pod) => name.endsWith(pod)),
    );
  }

  changeObject(uid: string, status: Readonly<Record<string, unknown>>): void {
    this.objects = this.objects.map((object) => (object.uid === uid ? { ...object, status } : object));
  }

  removeObject(uid: string): void {
    this.objects = this.objects.filter((object) => object.uid !== uid);
  }

  get active(): readonly OwnedPod[] {
    return this.pods.filter(isActive);
  }

  #perform(action: WorkloadAction): void {
    switch (action.action) {
      case 'createPod':
        return this.#addPod(action.manifest);
      case 'deletePod':
        return this.changePod(action, { isDeleting: true });
      case 'createObject':
        return this.#addObject(action.manifest);
      case 'updateRevision':
        this.revisions = this.revisions.map((one) =>
          one.uid === action.uid ? { ...one, revision: action.revision ?? one.revision } : one,
        );
        return;
      case 'deleteObject':
        return this.#deleteObject(action.kind, action.uid);
      case 'event':
        this.events.push(action.reason);
        return;
      default:
        throw new Error(`${action.action} is not expected`);
    }
  }

  #addPod({ metadata }: Extract<WorkloadAction, { action: 'createPod' }>['manifest']): void {
    const { name, labels = {}, annotations = {}, ownerReferences: [owner] = [] } = metadata;
    if (this.pods.some((pod) => pod.name === name)) throw new Error(`pod ${name} is there already`);
    if (owner === undefined) throw new Error('a pod without an owner');
    this.created.push({ name, annotations });
    const pod: OwnedPod = {
      ...{ name, uid: `pod-${++this.#uids}`, owner, labels, annotations, createdMs: this.nowMs },
      ...{
        phase: 'Pending',
        isReady: false,
        isDeleting: false,
        restarts: 0,
        mostRestarts: 0,
        conditions: [],
        exitCodes: {},
      },
    };
    this.pods = [...this.pods, pod];
  }

  #addObject(manifest: Readonly<Record<string, unknown>>): void {
    const { apiVersion, kind, metadata, spec } = manifest as unknown as Written;
    const { name, annotations = {}, ownerReferences } = metadata;
    const uid = `object-${++this.#uids}`;
    if (kind === 'ControllerRevision') {
      if (this.revisions.some((one) => one.name === name)) throw new Error(`${kind} ${name} is there already`);
      this.revisions = [...this.revisions, revisionOfManifest(manifest, uid, this.nowMs)];
      return;
    }
    const existing: readonly { readonly name: string }[] = kind === 'Job' ? this.objects : this.claims;
    if (existing.some((one) => one.name === name)) throw new Error(`${kind} ${name} is there already`);
    this.created.push({ name, annotations });
    if (kind !== 'Job') {
      this.claims = [...this.claims, { name, uid, isDeleting: false }];
      return;
    }
    const [owner] = ownerReferences ?? [];
    const job = {
      ...{ apiVersion, kind, name, uid, annotations, labels: {}, namespace: 'default', generation: 1 },
      ...{ createdMs: this.nowMs, isDeleting: false, spec: jobSpec(spec), status: {} },
      ...(owner === undefined ? {} : { owner }),
    };
    this.objects = [...this.objects, job as unknown as WorkloadObject];
  }

  #deleteObject(kind: string, uid: string): void {
    if (uid === this.object.uid) this.isGone = true;
    else if (kind === 'Job') this.removeObject(uid);
    else if (kind === 'ControllerRevision') this.revisions = this.revisions.filter((one) => one.uid !== uid);
    else this.claims = this.claims.map((claim) => (claim.uid === uid ? { ...claim, isDeleting: true } : claim));
  }
}

interface Written {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly OwnedPod['owner'][];
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** A model of one pod on a machine: performs actions as the executors do, and lets generated things happen to it. */
import { programLeaves } from '../../../src/launch/plan-programs.ts';
import type { Action } from '../../../src/model/action.ts';
import { podInitName } from '../../../src/model/action.ts';
import type { ContainerRole } from '../../../src/model/lifecycle-spec.ts';
import { neverRun, newLife, type PodLife, type RunRecord } from '../../../src/model/pod-record.ts';
import type { PodSpec } from '../../../src/model/pod-spec.ts';
import { type Decision, decide } from '../../../src/reconcile/decide.ts';
import { joinedContainers, pidOwner } from '../../../src/reconcile/order.ts';
import { isEnding, nextLife, runAnew } from '../../../src/reconcile/pod-life.ts';
import { type InstanceView, isLive, type PodView } from '../../../src/reconcile/pod-view.ts';
import { requestRun } from '../../../src/reconcile/request-run.ts';
import { foldExit, forgiveBackoff, restartsAll } from '../../../src/reconcile/restart-policy.ts';
import { anExit, aState } from './builders.ts';

interface Slot {
  run: RunRecord;
  restartAtMs: number;
  instance?: InstanceView;
}

export type Happening =
  | { readonly kind: 'ready' | 'exit'; readonly index: number; readonly exitCode: number }
  | { readonly kind: 'pass'; readonly ms: number }
  /** podd is killed, and another one takes over: what it held in memory alone is gone */
  | { readonly kind: 'podd' }
  | { readonly kind: 'delete'; readonly graceMs: number }
  | { readonly kind: 'change'; readonly spec: PodSpec }
  | { readonly kind: 'ask'; readonly verb: 'start' | 'stop' | 'restart'; readonly index: number };

export class Simulation {
  spec: PodSpec;
  nowMs = 0;
  forgotten = false;
  readonly slots = new Map<string, Slot>();
  readonly violations: string[] = [];
  life: PodLife = newLife;
  #ending: PodView['ending'];
  #deletion: PodView['deletion'];
  #sandboxHeld = false;
  #nextId = 1;

  constructor(spec: PodSpec) {
    this.spec = spec;
  }

  view(): PodView {
    return {
      phase: this.#deletion === undefined ? 'sync' : 'terminating',
      held: false,
      life: this.life,
      ...(this.#ending === undefined ? {} : { ending: this.#ending }),
      activeSinceMs: 0,
      sandboxHeld: this.#sandboxHeld,
      sandboxLost: false,
      failures: new Map(),
      containers: new Map(this.slots),
      ...(this.#deletion === undefined ? {} : { deletion: this.#deletion }),
    };
  }

  /** Decides and acts until nothing is to do now; returns the rounds it took. */
  settle(): number {
    for (let round = 0; ; round++) {
      const decision = this.#decide();
      if (decision.kind !== 'act' || round > 100) return round;
      for (const action of decision.actions) this.perform(action);
    }
  }

  /** Like settle, but lets everything under way come to its end and all waits pass. */
  runDry(): number {
    for (let round = 0; ; round++) {
      this.settle();
      const isMoved = this.#finishUnderWay();
      const decision = this.#decide();
      if ((decision.kind === 'settled' && !isMoved) || round > 200) return round;
      if (decision.kind === 'wait') this.nowMs = Math.max(this.nowMs, decision.untilMs);
    }
  }

  /** True when there was something. */
  #finishUnderWay(): boolean {
    const stopping = this.#named((instance) => instance.stop !== undefined && isLive(instance));
    const launching = this.#named((instance) => instance.state === 'launching');
    for (const name of stopping) this.#exit(name, 143);
    for (const name of launching) this.#ready(name);
    return stopping.length + launching.length > 0;
  }

  #decide(): Decision {
    if (this.forgotten) return { kind: 'settled' };
    this.#advance();
    return decide(this.spec, this.view(), this.nowMs);
  }

  /** As settle-pod.ts does before each decision. */
  #advance(): void {
    const life = nextLife(this.spec, this.view(), this.nowMs);
    const isAnew = this.life.restartAll === true && life.restartAll !== true && life.failure === undefined;
    this.life = life;
    if (isAnew) for (const slot of this.slots.values()) slot.run = runAnew(slot.run);
    const { graceMs } = this.spec;
    if (this.#deletion !== undefined || !isEnding(this.spec, this.view())) this.#ending = undefined;
    else this.#ending ??= { graceMs, deadlineMs: this.nowMs + graceMs };
  }

  /** The next podd finds what is on record and what lives; who was asked to end is asked again. */
  #killPodd(): void {
    this.#ending = undefined;
    this.#sandboxHeld = false;
    for (const slot of this.slots.values()) {
      if (slot.instance?.stop === undefined) continue;
      const { stop: _stop, ...instance } = slot.instance;
      slot.instance = instance;
    }
  }

  happen(happening: Happening): void {
    if (happening.kind === 'pass') this.nowMs += happening.ms;
    else if (happening.kind === 'podd') this.#killPodd();
    else if (happening.kind === 'delete') this.#delete(happening.graceMs);
    else if (happening.kind === 'change') this.#change(happening.spec);
    else if (happening.kind === 'ask') this.#ask(happening.verb, happening.index);
    else {
      const names = this.#named(isLive);
      const name = names[happening.index % Math.max(names.length, 1)];
      if (name === undefined) return;
      if (happening.kind === 'ready') this.#ready(name);
      else this.#exit(name, happening.exitCode);
    }
  }

  perform(action: Action): void {
    switch (action.action) {
      case 'startContainer':
        return this.#start(action.container, action.attempt);
      case 'startPodInit':
        return this.#start(podInitName, action.attempt);
      case 'stopContainer':
        return this.#stop(action);
      case 'killContainer':
        return this.#exit(action.container, 137);
      case 'removeContainer':
        return this.#remove(action.container);
      case 'updateResources':
        return this.#update(action.container, 'resources');
      case 'updatePrograms':
        return this.#update(action.container, 'programs');
      case 'removeLeaves':
        return this.#removeLeaves(action.container, action.leaves);
      case 'dropSandbox':
        this.#sandboxHeld = false;
        return;
      case 'forgetPod':
        if (this.#named(() => true).length > 0) this.#violate('forgets a pod that has containers');
        this.forgotten = true;
    }
  }

  #stop({ container: name, graceMs, final }: Extract<Action, { action: 'stopContainer' }>): void {
    const slot = this.slots.get(name);
    if (slot?.instance === undefined) return this.#violate(`stops ${name}, which is not there`);
    this.#checkStop(name);
    if (this.#deletion === undefined && final !== true) slot.run = { ...slot.run, startAnyway: true };
    slot.instance = { ...slot.instance, stop: { graceMs, deadlineMs: this.nowMs + graceMs + 2_000 } };
  }

  /** At the end of a pod sidecars go last, in reverse order, unless the time is over. */
  #checkStop(name: string): void {
    const { containers } = this.spec;
    const index = containers.findIndex((container) => container.name === name);
    const end = this.#deletion ?? this.#ending;
    if (containers[index]?.role !== 'sidecar' || end === undefined || end.deadlineMs <= this.nowMs) return;
    const served = containers.filter(({ role }, other) => role !== 'sidecar' || other > index);
    const living = served.filter((container) => isLive(this.slots.get(container.name)?.instance));
    if (living.length > 0) this.#violate(`stops sidecar ${name} while ${living.map((one) => one.name)} live`);
  }

  #remove(name: string): void {
    const slot = this.slots.get(name);
    if (isLive(slot?.instance)) this.#violate(`removes ${name}, which lives`);
    if (slot !== undefined) delete slot.instance;
    const isWanted = name === podInitName || this.spec.containers.some((container) => container.name === name);
    if (!isWanted) this.slots.delete(name);
  }

  #update(name: string, part: 'resources' | 'programs'): void {
    const slot = this.slots.get(name);
    const wanted = this.spec.containers.find((container) => container.name === name);
    const instance = slot?.instance;
    if (slot === undefined || instance?.spec === undefined || wanted === undefined)
      return this.#violate('updates nothing');
    if (part === 'programs' && instance.state !== 'running') this.#violate(`tells ${name}, which does not listen`);
    if (part === 'programs' && wanted.isPlain) this.#violate(`changes the programs of ${name}, which is plain`);
    const spec = { ...instance.spec, [part]: wanted[part] };
    const leaves = [...new Set([...(instance.leaves ?? []), ...programLeaves(spec)])];
    slot.instance = { ...instance, spec, leaves, programs: programLeaves(spec).map((key) => aState(key)) };
  }

  #removeLeaves(name: string, leaves: readonly string[]): void {
    const instance = this.slots.get(name)?.instance;
    const slot = this.slots.get(name);
    if (slot === undefined || instance === undefined) return this.#violate('removes leaves of nothing');
    const used = leaves.filter((leaf) => instance.programs?.some((program) => program.name === leaf));
    if (used.length > 0) this.#violate(`removes the leaf of ${used}, which is in use`);
    slot.instance = { ...instance, leaves: (instance.leaves ?? []).filter((leaf) => !leaves.includes(leaf)) };
  }

  #ask(verb: 'start' | 'stop' | 'restart', index: number): void {
    const container = this.spec.containers[index % this.spec.containers.length];
    if (container === undefined || this.#deletion !== undefined) return;
    const slot = this.slots.get(container.name) ?? { run: neverRun, restartAtMs: 0 };
    const isWaiting = slot.restartAtMs > this.nowMs;
    const run = requestRun(verb, { ...slot, isWaiting, policy: container });
    if (run === undefined) return;
    slot.run = run;
    if (verb !== 'stop') slot.restartAtMs = 0;
    this.slots.set(container.name, slot);
  }

  #start(name: string, attempt: number): void {
    const slot = this.slots.get(name) ?? { run: neverRun, restartAtMs: 0 };
    const spec = this.spec.containers.find((container) => container.name === name);
    this.#checkStart(name, slot, attempt);
    const owners = spec === undefined ? [] : joinedContainers(spec);
    for (const owner of owners) {
      if (this.slots.get(owner)?.instance?.state !== 'running')
        this.#violate(`${name} joins ${owner}, which does not run`);
    }
    const joined = Object.fromEntries(owners.map((owner) => [owner, this.slots.get(owner)?.instance?.id ?? '']));
    const id = String(this.#nextId++);
    const programs = spec === undefined ? [] : programLeaves(spec);
    slot.instance = {
      id,
      attempt,
      state: 'launching',
      joined,
      leaves: programs,
      ...(spec === undefined ? {} : { spec }),
    };
    const { restartId: _restartId, cascade: _cascade, ...run } = slot.run;
    slot.run = { ...run, attempt, startAnyway: false };
    this.slots.set(name, slot);
    this.#sandboxHeld = true;
  }

  #checkStart(name: string, slot: Slot, attempt: number): void {
    if (this.#deletion !== undefined) this.#violate(`starts ${name} after the deletion`);
    if (slot.instance !== undefined) this.#violate(`starts a second ${name}`);
    if (slot.run.stopped === true) this.#violate(`starts ${name}, which a user stopped`);
    if (slot.restartAtMs > this.nowMs) this.#violate(`starts ${name} within its back-off`);
    this.#checkOrder(name);
    if (slot.run.lastExit !== undefined && slot.run.lastExit.attempt >= attempt)
      this.#violate(`counts ${name} backwards`);
  }

  /** One init container at a time, each after the success of those before, and the others after all of them. */
  #checkOrder(name: string): void {
    const { containers } = this.spec;
    const index = containers.findIndex((container) => container.name === name);
    const role = containers[index]?.role;
    if (this.life.initialised && role === 'init') this.#violate(`runs init container ${name} again`);
    if (index < 0 || this.life.initialised) return;
    const inits = containers.filter((container) => container.role === 'init');
    if (inits.some((init) => isLive(this.slots.get(init.name)?.instance)) && role !== 'sidecar')
      this.#violate(`starts ${name} while an init container runs`);
    this.#checkBefore(name, index, role);
  }

  #checkBefore(name: string, index: number, role: ContainerRole | undefined): void {
    const { containers } = this.spec;
    const before = role === undefined ? containers.filter((one) => one.role !== undefined) : containers.slice(0, index);
    for (const one of before) {
      const { run, instance } = this.slots.get(one.name) ?? { run: neverRun };
      const isThere = one.role === 'init' ? run.lastExit?.exitCode === 0 && !run.startAnyway : isLive(instance);
      if (!isThere) this.#violate(`starts ${name} before ${one.name}`);
    }
  }

  #ready(name: string): void {
    const slot = this.slots.get(name);
    if (slot?.instance?.state !== 'launching') return;
    const { leaves = [] } = slot.instance;
    const startedAt = '2026-01-02T03:04:00.000Z';
    slot.instance = { ...slot.instance, state: 'running', startedAt, programs: leaves.map((leaf) => aState(leaf)) };
  }

  /** What lives in its pid namespace dies with it, as the kernel does it. */
  #exit(name: string, exitCode: number): void {
    const slot = this.slots.get(name);
    if (slot?.instance === undefined || !isLive(slot.instance)) return;
    const { id, attempt } = slot.instance;
    slot.instance = { ...slot.instance, state: 'exited' };
    const exit = anExit({ id, attempt, exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' });
    const { startAnyway } = slot.run;
    slot.run = foldExit(slot.run, exit, 0, this.spec.backoff);
    const spec = this.spec.containers.find((container) => container.name === name);
    const isCause = spec !== undefined && !startAnyway && this.#ending === undefined && restartsAll(spec, exit);
    if (isCause) this.life = { ...this.life, restartAll: true };
    slot.restartAtMs = this.nowMs + slot.run.backoffMs;
    for (const [other, { instance }] of this.slots) {
      if (instance?.spec !== undefined && pidOwner(instance.spec) === name && instance.joined[name] === id)
        this.#exit(other, 137);
    }
  }

  #delete(graceMs: number): void {
    const deadlineMs = this.nowMs + graceMs;
    if (this.#deletion === undefined || deadlineMs < this.#deletion.deadlineMs)
      this.#deletion = { graceMs, deadlineMs };
  }

  #change(spec: PodSpec): void {
    if (this.#deletion !== undefined) return;
    this.spec = spec;
    for (const slot of this.slots.values()) {
      slot.run = forgiveBackoff(slot.run);
      slot.restartAtMs = 0;
    }
  }

  #named(which: (instance: InstanceView) => boolean): string[] {
    return [...this.slots].flatMap(([name, { instance }]) => (instance !== undefined && which(instance) ? [name] : []));
  }

  #violate(what: string): void {
    this.violations.push(what);
  }
}

/**
 * What to do next for one pod. Pure and level-triggered: only the wanted spec and what is seen now count, not how it came about.
 *
 *   container:  none ──start──▶ launching ──▶ running ──(spec changed, removed, pod deleted)──▶ stopping
 *                ▲                  └───────────┴──────────────── exit ◀───────────────────────────┘
 *                └───remove── exited ◀────────────────────────────┘
 */
import { podResources } from '../cgroup/plan.ts';
import { type Action, actionKey, podInitName } from '../model/action.ts';
import type { ContainerSpec, PodSpec } from '../model/pod-spec.ts';
import { sameJson } from '../util/same-json.ts';
import { isIncomplete } from './container-drift.ts';
import { decideInPlace } from './decide-in-place.ts';
import { decideTerminating, endAll, hasLiveAfter } from './decide-terminating.ts';
import { endReason, stoppedByRequest } from './end-reason.ts';
import { waitsForVolumes } from './missing-volumes.ts';
import { joinedContainers } from './order.ts';
import { deadlineMs, isEnding } from './pod-life.ts';
import { type ContainerView, type InstanceView, isLive, nextAttempt, type PodView } from './pod-view.ts';
import { isFinished } from './restart-policy.ts';
import { hasPart, isItsTurn } from './start-order.ts';
import { killOrWait, nothing, type Step, stepOf, sumSteps, waitStep } from './step.ts';

export type Decision =
  | { readonly kind: 'settled' }
  | { readonly kind: 'wait'; readonly untilMs: number; readonly why: string }
  | { readonly kind: 'act'; readonly actions: readonly Action[] };

/** The next actions, which may run at the same time; or until when nothing is to do unless something happens. */
export function decide(spec: PodSpec, view: PodView, nowMs: number): Decision {
  const step = view.phase === 'terminating' ? decideTerminating(spec, view, nowMs) : decideSync(spec, view, nowMs);
  const { actions, wait } = holdBack(step, view, nowMs);
  if (actions.length > 0) return { kind: 'act', actions };
  return wait === undefined ? { kind: 'settled' } : { kind: 'wait', ...wait };
}

function decideSync(spec: PodSpec, view: PodView, nowMs: number): Step {
  if (isEnding(spec, view)) return sumSteps([decideEnding(spec, view, nowMs), decidePodResources(spec, view)]);
  const wanted = new Set(spec.containers.map((container) => container.name));
  const unwanted = [...view.containers].filter(([name]) => name !== podInitName && !wanted.has(name));
  return sumSteps([
    ...unwanted.map(([name, { instance }]) => endInstance(name, instance, spec, nowMs, 'it is no longer in the pod')),
    decidePodInit(spec, view, nowMs),
    ...oneMaker(spec.containers, view, (container) => decideContainer(container, spec, view, nowMs)),
    decideSandbox(spec, view),
    decidePodResources(spec, view),
    decideLink(spec, view),
    awaitDeadline(spec, view),
  ]);
}

/** Its containers end in order, and with the last of them its namespaces, unless all of them run anew. */
function decideEnding(spec: PodSpec, view: PodView, nowMs: number): Step {
  const { graceMs, deadlineMs: untilMs } = view.ending ?? { graceMs: spec.graceMs, deadlineMs: nowMs + spec.graceMs };
  const { restartAll, failure } = view.life;
  const isFinal = restartAll === true && failure === undefined ? {} : { final: true as const };
  const ending = { graceMs, deadlineMs: untilMs, why: whyEnding(view), ...isFinal };
  const step = endAll(spec, view, ending, nowMs);
  if (step !== undefined) return step;
  return view.sandboxHeld && restartAll !== true ? stepOf({ action: 'dropSandbox' }) : nothing;
}

function whyEnding({ life: { failure, restartAll, initialised } }: PodView): string {
  if (failure !== undefined) return failure.message;
  if (restartAll === true) return 'all containers of the pod are restarted';
  return initialised ? 'the containers that it serves have ended' : 'an init container has failed';
}

/** The end of its activeDeadlineSeconds is an event of its own. */
function awaitDeadline(spec: PodSpec, view: PodView): Step {
  const untilMs = view.held ? undefined : deadlineMs(spec, view);
  return untilMs === undefined ? nothing : waitStep(untilMs, 'active deadline of the pod');
}

/**
 * A shared mount or cgroup namespace is made by the first container that starts and joined by the others: while it is
 * being made, no other one may start and make a second.
 */
function oneMaker(
  containers: readonly ContainerSpec[],
  view: PodView,
  decideOne: (container: ContainerSpec) => Step,
): readonly Step[] {
  const sharers = containers.filter(({ namespaces }) => namespaces.mnt === 'pod' || namespaces.cgroup === 'pod');
  const states = sharers.map(({ name }) => view.containers.get(name)?.instance?.state);
  const isMade = states.includes('running');
  let isMaking = states.includes('launching');
  return containers.map((container) => {
    const step = decideOne(container);
    const isStart = step.actions.some(({ action }) => action === 'startContainer');
    if (!isStart || !sharers.includes(container) || isMade) return step;
    if (isMaking) return nothing;
    isMaking = true;
    return step;
  });
}

function decideContainer(container: ContainerSpec, spec: PodSpec, view: PodView, nowMs: number): Step {
  const seen = view.containers.get(container.name);
  const instance = seen?.instance;
  if (instance === undefined) return decideStart(container, seen, spec, view, nowMs);
  if (!isLive(instance) || instance.stop !== undefined) return endInstance(container.name, instance, spec, nowMs, '');
  const why = endReason(container, instance, view);
  if (why === stoppedByRequest && waitsToEnd(container, spec, view)) return nothing;
  if (why !== undefined) return endInstance(container.name, instance, spec, nowMs, why);
  return decideInPlace(container, instance, seen?.run.cascade === true);
}

/** A sidecar is stopped when those that are stopped with it and end before it are gone. */
function waitsToEnd({ name }: ContainerSpec, spec: PodSpec, view: PodView): boolean {
  const stopped = [...view.containers].filter(([, { run }]) => run.stopped === true);
  return hasLiveAfter(name, spec, { ...view, containers: new Map(stopped) });
}

function decideStart(
  container: ContainerSpec,
  seen: ContainerView | undefined,
  spec: PodSpec,
  view: PodView,
  nowMs: number,
): Step {
  if (!isRunnable(container, seen, view) || waitsForVolumes(spec, view) || !isItsTurn(container, spec, view))
    return nothing;
  if (view.sandboxLost && isAnyLaunching(view)) return nothing;
  if (!joinedContainers(container).every((owner) => isSteady(owner, spec, view))) return nothing;
  if (seen !== undefined && seen.restartAtMs > nowMs)
    return waitStep(seen.restartAtMs, `back-off of ${container.name}`);
  const attempt = seen === undefined ? 0 : nextAttempt(seen.run);
  return stepOf({ action: 'startContainer', container: container.name, attempt });
}

function isAnyLaunching(view: PodView): boolean {
  return [...view.containers.values()].some(({ instance }) => instance?.state === 'launching');
}

/** True when the container is to run now or later: not ended for good, not stopped by a user, not an image, nothing missing, not held by the pod before. */
function isRunnable(container: ContainerSpec, seen: ContainerView | undefined, view: PodView): boolean {
  if (view.held || container.root.kind === 'image' || isIncomplete(container) || !hasPart(container, view))
    return false;
  return seen === undefined || (seen.run.stopped !== true && !isFinished(container, seen.run));
}

/** Running and going to stay: others can join its namespaces. */
function isSteady(name: string, spec: PodSpec, view: PodView): boolean {
  const instance = view.containers.get(name)?.instance;
  if (instance?.state !== 'running' || instance.stop !== undefined) return false;
  const wanted = spec.containers.find((container) => container.name === name);
  return name === podInitName || (wanted !== undefined && endReason(wanted, instance, view) === undefined);
}

function decidePodInit(spec: PodSpec, view: PodView, nowMs: number): Step {
  const seen = view.containers.get(podInitName);
  const users = spec.containers.filter((container) => container.namespaces.pid === 'pod');
  const wanted = !waitsForVolumes(spec, view) && users.some((user) => isUsed(user, view));
  if (seen?.instance === undefined) {
    if (!wanted) return nothing;
    if (seen !== undefined && seen.restartAtMs > nowMs) return waitStep(seen.restartAtMs, `back-off of ${podInitName}`);
    return stepOf({ action: 'startPodInit', attempt: seen === undefined ? 0 : nextAttempt(seen.run) });
  }
  if (isLive(seen.instance) && seen.instance.stop === undefined && (wanted || hasLiveUser(view))) return nothing;
  return endInstance(podInitName, seen.instance, spec, nowMs, 'no container needs it any more');
}

function isUsed(user: ContainerSpec, view: PodView): boolean {
  const seen = view.containers.get(user.name);
  return isLive(seen?.instance) || isRunnable(user, seen, view);
}

function hasLiveUser(view: PodView): boolean {
  return [...view.containers.values()].some(
    ({ instance }) => isLive(instance) && instance?.joined[podInitName] !== undefined,
  );
}

/** One step towards no instance: stop, kill when it is overdue, remove when it is gone. */
function endInstance(
  name: string,
  instance: InstanceView | undefined,
  spec: PodSpec,
  nowMs: number,
  why: string,
): Step {
  if (instance === undefined) return nothing;
  if (!isLive(instance)) return stepOf({ action: 'removeContainer', container: name, id: instance.id });
  if (instance.stop !== undefined) return killOrWait(name, instance.id, instance.stop.deadlineMs, nowMs);
  return stepOf({ action: 'stopContainer', container: name, id: instance.id, graceMs: spec.graceMs, why });
}

/** A pod whose containers all ended for good needs its namespaces no longer. */
function decideSandbox(spec: PodSpec, view: PodView): Step {
  if (!view.sandboxHeld) return nothing;
  const seen = [...view.containers.values()];
  const over = spec.containers.every((container) => !isUsed(container, view));
  return over && seen.every(({ instance }) => instance === undefined) ? stepOf({ action: 'dropSandbox' }) : nothing;
}

/** A pod without a cgroup gets its limits when that is made. */
function decidePodResources(spec: PodSpec, { appliedResources }: PodView): Step {
  if (appliedResources === undefined || sameJson(appliedResources, podResources(spec))) return nothing;
  return stepOf({ action: 'updatePodResources' });
}

/** The zygote makes it with its limits, if it can; whether it could is seen when a container runs. */
function decideLink({ bandwidth, containers }: PodSpec, { limited, addresses, ...view }: PodView): Step {
  if (addresses === undefined || sameJson(limited ?? {}, bandwidth ?? {})) return nothing;
  const inPod = containers.filter(({ namespaces }) => namespaces.net === 'pod');
  const isMade = inPod.some(({ name }) => view.containers.get(name)?.instance?.state === 'running');
  return isMade ? stepOf({ action: 'limitLink' }) : nothing;
}

/** Actions that failed lately wait for their retry time, so that a refusing kernel or disk is not asked in a loop. */
function holdBack(step: Step, view: PodView, nowMs: number): Step {
  const steps = step.actions.map((action) => {
    const failure = view.failures.get(actionKey(action));
    if (failure === undefined || failure.retryAtMs <= nowMs) return stepOf(action);
    return waitStep(failure.retryAtMs, `retry of ${actionKey(action)}`);
  });
  return sumSteps([...steps, { actions: [], ...(step.wait === undefined ? {} : { wait: step.wait }) }]);
}

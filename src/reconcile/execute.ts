/** Performs the reconciler's actions: one executor per action, keyed by the same union that `decide` chooses from. */
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { killCgroup, removeCgroup } from '../cgroup/driver.ts';
import { containerCgroup, podCgroup } from '../cgroup/paths.ts';
import { showsMemory } from '../launch/plan-memory.ts';
import { isAlive } from '../linux/procfs.ts';
import { type Action, actionKey, podInitName } from '../model/action.ts';
import { containerLogDir } from '../model/instance-paths.ts';
import { removeRunDir } from '../store/instance-record.ts';
import { formatError, hintOf, PodError } from '../util/pod-error.ts';
import { removeTree } from '../volume/remove-tree.ts';
import { podDeleted, specChanged } from './end-reason.ts';
import { countAction, type Engine, noteEvent } from './engine.ts';
import type { Instance } from './instance.ts';
import { throwAway } from './layers.ts';
import { limitPodLink } from './limit-pod-link.ts';
import { keepsMemory } from './memory-holder.ts';
import { followersOf } from './order.ts';
import { countFailure, instanceOf, type Pod } from './pod.ts';
import { isLive } from './pod-view.ts';
import { protectPods } from './protect-pods.ts';
import { startContainer } from './start-container.ts';
import { stopExtraMs } from './stop-extra.ts';
import { removeLeaves, updatePrograms } from './update-programs.ts';
import { updatePodResources, updateResources } from './update-resources.ts';

type Executor<K extends Action['action']> = (
  engine: Engine,
  pod: Pod,
  action: Extract<Action, { readonly action: K }>,
) => Promise<void> | void;

/** When a kill has not ended it by then, it is tried again. */
const killAgainMs = 5_000;

const executors: { readonly [K in Action['action']]: Executor<K> } = {
  startPodInit: (engine, pod, { attempt }) => startContainer(engine, pod, podInitName, attempt),
  startContainer: (engine, pod, { container, attempt }) => startContainer(engine, pod, container, attempt),
  stopContainer,
  killContainer,
  removeContainer,
  updateResources,
  updatePodResources,
  updatePrograms,
  removeLeaves,
  limitLink: limitPodLink,
  dropSandbox: (engine, pod) => {
    engine.deps.zygote.drop(pod.uid, { keepsMemory: keepsMemory(pod) });
    pod.sandboxHeld = false;
    pod.limited = undefined;
    engine.deps.network.touch();
  },
  forgetPod,
};

/** Performs all at once. What is refused is remembered on the pod and told as an event; never rejects. */
export async function execute(engine: Engine, pod: Pod, actions: readonly Action[]): Promise<void> {
  await Promise.all(actions.map((action) => executeOne(engine, pod, action)));
}

async function executeOne(engine: Engine, pod: Pod, action: Action): Promise<void> {
  try {
    await perform(engine, pod, action);
    countAction(engine, action, 'performed');
    if (action.action === 'updateResources' || action.action === 'updatePrograms') listenAnew(engine, pod, action);
    pod.failures.delete(actionKey(action));
  } catch (error) {
    const hint = hintOf(error);
    const message = hint === undefined ? formatError(error) : `${formatError(error)} (${hint})`;
    countAction(engine, action, 'refused');
    const code = error instanceof PodError ? { code: error.code } : {};
    countFailure(pod, action, { message, ...code }, engine.deps.clock.monotonicMs());
    const container = 'container' in action ? action.container : undefined;
    const { reason, what } = eventOf(action, message, code.code);
    noteEvent(engine, pod, 'Warning', reason, what, container);
  }
}

/** Reasons of events for what Kubernetes has words for, by the code of what was refused. */
const failureReasons: Readonly<Record<string, string>> = {
  AddressesExhausted: 'FailedCreatePodSandBox',
  IdsExhausted: 'FailedCreatePodSandBox',
  Volume: 'FailedMount',
};

/** The kubelet's own words need none before them. */
function eventOf(action: Action, message: string, code = ''): { readonly reason: string; readonly what: string } {
  const reason = failureReasons[code] ?? 'Failed';
  if (code === 'EnvFile') return { reason, what: `Error: ${message}` };
  return { reason, what: reason === 'FailedMount' ? message : `${actionKey(action)}: ${message}` };
}

/** Its limits may be others now. */
function listenAnew(
  engine: Engine,
  pod: Pod,
  { container, id }: { readonly container: string; readonly id: string },
): void {
  const instance = instanceOf(pod, container, id);
  if (instance !== undefined) engine.alarms.watch(pod, instance);
}

/** The table's entry for an action takes exactly that action; the compiler cannot follow the key through the lookup. */
function perform<K extends Action['action']>(
  engine: Engine,
  pod: Pod,
  action: Extract<Action, { readonly action: K }>,
): Promise<void> | void {
  const executor = executors[action.action] as Executor<K>;
  return executor(engine, pod, action);
}

/** A container that podd itself ends while it is wanted is to run again, also if its policy is Never. */
function stopContainer(
  engine: Engine,
  pod: Pod,
  { container, id, graceMs, why, final }: Extract<Action, { action: 'stopContainer' }>,
): void {
  const slot = pod.containers.get(container);
  const instance = instanceOf(pod, container, id);
  if (slot === undefined || instance === undefined) return;
  if (instance.view().stop === undefined && container !== podInitName) {
    noteEvent(engine, pod, 'Normal', 'Killing', killingWords(container, why), container);
  }
  if (pod.phase === 'sync' && final !== true) {
    slot.run = { ...slot.run, startAnyway: true };
    if (slot.run.stopped !== true) keepFollowers(pod, container);
  }
  instance.stop(graceMs, stopExtraMs(instance.spec()));
}

/** The kubelet's own, where it has some. */
function killingWords(container: string, why: string): string {
  if (why === podDeleted) return `Stopping container ${container}`;
  if (why === specChanged) return `Container ${container} definition changed, will be restarted`;
  return `Stopping container ${container}: ${why}`;
}

/** Who lives in its namespaces ends with it and is to run again: that is no failure of its own, and no back-off comes of it. */
function keepFollowers(pod: Pod, container: string): void {
  for (const name of followersOf([container], pod.spec)) {
    const slot = pod.containers.get(name);
    if (slot !== undefined && isLive(slot.instance?.view())) slot.run = { ...slot.run, startAnyway: true };
  }
}

async function killContainer(
  engine: Engine,
  pod: Pod,
  { container, id }: Extract<Action, { action: 'killContainer' }>,
): Promise<void> {
  const instance = instanceOf(pod, container, id);
  if (instance === undefined) return;
  noteEvent(engine, pod, 'Warning', 'Killing', `Killing container ${container}: it did not end in time`, container);
  instance.killed(killAgainMs);
  killInit(instance);
  await killCgroup(engine.deps.layout, containerCgroup(engine.deps.cgroupParent, pod.uid, container));
}

/** An init that is still being set up may not have entered its cgroup yet. */
function killInit({ pid, startTicks }: Instance): void {
  if (pid === undefined || startTicks === undefined || !isAlive(pid, startTicks)) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // gone in between
  }
}

/**
 * After the exit. The run directory goes last, and only when the record that tells of the exit is on disk: until then
 * it is the only witness.
 */
async function removeContainer(
  engine: Engine,
  pod: Pod,
  { container, id }: Extract<Action, { action: 'removeContainer' }>,
): Promise<void> {
  const instance = instanceOf(pod, container, id);
  if (instance === undefined) return;
  const cgroup = containerCgroup(engine.deps.cgroupParent, pod.uid, container);
  await killCgroup(engine.deps.layout, cgroup);
  await removeCgroup(engine.deps.layout, cgroup);
  throwAway(join(engine.deps.paths.layersDir, pod.uid, container), id);
  forgetInstance(engine, pod, instance);
}

function forgetInstance(engine: Engine, pod: Pod, instance: Instance): void {
  const { container, runDir } = instance;
  const slot = pod.containers.get(container);
  if (slot !== undefined) slot.instance = undefined;
  const isWanted = container === podInitName || pod.spec.containers.some(({ name }) => name === container);
  if (!isWanted) pod.containers.delete(container);
  // The newer run's directory carries the newer attempt and exit: the older one is needed no more.
  const older = pod.endedRunDirs.get(container);
  if (older !== undefined) removeRunDir(older);
  pod.endedRunDirs.set(container, runDir);
  engine.save(pod);
}

/** The record goes last: whatever a killed podd left of the rest, the next one finds the record and goes on. */
async function forgetPod(engine: Engine, pod: Pod): Promise<void> {
  const { paths, layout, cgroupParent } = engine.deps;
  const { name, namespace } = pod.spec;
  for (const runDir of pod.endedRunDirs.values()) removeRunDir(runDir);
  if (pod.spec.containers.some(showsMemory)) engine.deps.zygote.drop(pod.uid);
  const logs = dirname(containerLogDir(paths, { name, namespace, uid: pod.uid }, 'any'));
  await Promise.all([
    rm(logs, { recursive: true, force: true }),
    removeTree(join(paths.layersDir, pod.uid)),
    removeTree(join(paths.volumesDir, pod.uid)),
    removeTree(join(paths.contentsDir, pod.uid)),
    removeCgroup(layout, podCgroup(cgroupParent, pod.uid)),
  ]);
  await engine.store.remove(pod.uid);
  pod.phase = 'terminated';
  pod.appliedResources = undefined;
  protectPods(engine);
  engine.onForgotten(pod);
}

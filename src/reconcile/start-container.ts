/**
 * Starts one container or `_pod`. Each step leaves something that the next podd finds, should this one be killed after it:
 *
 *   run directory + instance.json ─▶ volumes, layers, logs, cgroups ─▶ zygote forks ─▶ child writes init.json
 *   (no init.json and no exit.json: nothing runs, the rest is removed)       (from here on it is adopted)
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createContainerCgroups, killCgroup, removeCgroup } from '../cgroup/driver.ts';
import { giveLeaves } from '../cgroup/give-leaves.ts';
import { lookUpDevices, lookUpKnown } from '../cgroup/look-up-devices.ts';
import { cgroupName, containerCgroup } from '../cgroup/paths.ts';
import { podResources } from '../cgroup/plan.ts';
import { extrasOf } from '../cgroup/plan-extras.ts';
import { leafResources } from '../cgroup/plan-leaf.ts';
import { readDeviceRules } from '../cgroup/read-device-rules.ts';
import { execLeaf } from '../launch/explain.ts';
import type { LaunchContext } from '../launch/launch-context.ts';
import { planLaunch, planProcView } from '../launch/plan-launch.ts';
import { type MemoryContext, planMemory } from '../launch/plan-memory.ts';
import {
  type LivingInits,
  type PlannedNamespaces,
  planNamespaces,
  planPodInitNamespaces,
  withUsers,
} from '../launch/plan-namespaces.ts';
import { planPodInit } from '../launch/plan-pod-init.ts';
import { programLeaves } from '../launch/plan-programs.ts';
import { isAlive, readStartTicks } from '../linux/procfs.ts';
import { podInitName } from '../model/action.ts';
import type { CgroupPlacement, LaunchPlan } from '../model/launch-plan.ts';
import { podRecordVersion, type RunRecord } from '../model/pod-record.ts';
import type { ContainerSpec } from '../model/pod-spec.ts';
import type { PreparePlan } from '../protocol/zygote.ts';
import type { PreparedLaunch } from '../runtime/zygote-client.ts';
import {
  createRunDir,
  type InstanceRecord,
  readInitRecord,
  removeRunDir,
  removeSocket,
} from '../store/instance-record.ts';
import { PodError } from '../util/pod-error.ts';
import { assignAddresses, networkFacts, podLink } from './addresses.ts';
import { type Engine, noteEvent } from './engine.ts';
import { Instance } from './instance.ts';
import { lateValuesAt } from './late-values.ts';
import { makeLayer } from './layers.ts';
import { memoryHolder } from './memory-holder.ts';
import { removeOldLogs } from './old-logs.ts';
import { joinedContainers } from './order.ts';
import { planBasis } from './plan-update.ts';
import { type Pod, slotOf } from './pod.ts';
import { prepareVolumes } from './prepare-volumes.ts';
import { protectPods } from './protect-pods.ts';
import { type FileValues, readEnvFiles } from './read-env-files.ts';
import { tellTakenPorts } from './tell-taken-ports.ts';
import { assignUsers } from './users.ts';
import { watchDisks } from './watch-disks.ts';

/** How often a launch is tried again whose zygote died under it before anything was forked. */
const zygoteTries = 3;

/** Resolves when the init was forked; rejects with what refused, leaving nothing behind. */
export async function startContainer(engine: Engine, pod: Pod, container: string, attempt: number): Promise<void> {
  assignAddresses(engine, pod);
  assignUsers(engine, pod);
  const spec = pod.spec.containers.find(({ name }) => name === container);
  const files = spec === undefined ? {} : await readEnvFiles(engine, pod, spec);
  const slot = slotOf(pod, container);
  const before = slot.run;
  const record = newRecord(engine, pod, container, attempt, files);
  const instance = new Instance(record, runDirOf(engine, record.id), engine.deps, engine.hooksFor(pod, container));
  for (const leaf of programLeavesOf(instance)) instance.leaves.add(leaf);
  slot.instance = instance;
  slot.run = startedRun(before, attempt);
  engine.save(pod);
  try {
    await engine.launches.add(() => launch(engine, pod, instance));
  } catch (error) {
    slot.instance = undefined;
    slot.run = before;
    engine.save(pod);
    await undoStart(engine, pod, instance);
    throw error;
  }
}

function programLeavesOf(instance: Instance): readonly string[] {
  const spec = instance.spec();
  return spec === undefined ? [] : programLeaves(spec).map(cgroupName);
}

/** What was wanted of the run before is done with the new one; its programs begin as the newest spec says. */
function startedRun(run: RunRecord, attempt: number): RunRecord {
  const { restartId: _restartId, cascade: _cascade, ...rest } = run;
  return { ...rest, attempt, startAnyway: false };
}

/** `<run>/i/<id>` */
export const runDirOf = (engine: Engine, id: string): string => join(engine.deps.paths.instancesDir, id);

async function launch(engine: Engine, pod: Pod, instance: Instance): Promise<void> {
  createRunDir(instance.runDir, instance.record);
  const container = instance.spec();
  if (container !== undefined) await prepareVolumes(engine, pod, container, instance.record.basis?.late);
  watchDisks(engine, pod);
  const planned = withLink(engine, pod, withUsers(planNamespacesOf(pod, container), pod.users));
  const prepare = planPrepare(engine, pod, instance, planned);
  if (prepare.sandbox !== undefined || prepare.memory !== undefined) pod.sandboxHeld = true;
  engine.deps.network.touch();
  // The zygote forks while the cgroups are made here; the child waits for its plan.
  const prepared = engine.deps.zygote.prepare(prepare);
  const plan = planOrAbandon(engine, pod, instance, planned, prepared);
  await networkOrAbandon(engine, prepared);
  await fork(engine, plan, instance, () => prepared.launch(plan));
  if (container !== undefined) noteCreated(engine, pod, container.name);
  if (plan.sandbox === undefined) return;
  pod.sandboxLost = false;
  tellTakenPorts(engine, pod);
}

const noteCreated = (engine: Engine, pod: Pod, name: string): void =>
  noteEvent(engine, pod, 'Normal', 'Created', `Created container ${name}`, name);

function planPrepare(
  engine: Engine,
  pod: Pod,
  instance: Instance,
  { namespaces, sandbox }: PlannedNamespaces,
): PreparePlan {
  const container = instance.spec();
  const timeOffsets = container?.timeOffsets;
  return {
    runDir: instance.runDir,
    pidNamespace: namespaces.pid,
    layout: engine.deps.layout.kind,
    ...(sandbox === undefined ? {} : { sandbox }),
    ...(timeOffsets === undefined ? {} : { timeOffsets }),
    ...(container === undefined ? {} : planProcView(container, namespaces)),
    ...(container === undefined ? {} : planMemory(pod.spec, container, memoryContextOf(engine, pod))),
  };
}

function memoryContextOf({ deps }: Engine, pod: Pod): MemoryContext {
  const holder = memoryHolder(pod);
  const { memoryBytes } = deps.hostFacts;
  return { podUid: pod.uid, memoryBytes, ...(holder === undefined ? {} : { holder }) };
}

function planOrAbandon(
  engine: Engine,
  pod: Pod,
  instance: Instance,
  planned: PlannedNamespaces,
  prepared: PreparedLaunch,
): LaunchPlan {
  try {
    const plan = planStart(engine, pod, instance, planned);
    if (plan.logDir !== undefined) {
      mkdirSync(plan.logDir, { recursive: true, mode: 0o750 });
      void removeOldLogs(plan.logDir, instance.attempt);
    }
    if (plan.root.kind === 'overlay') {
      makeLayer(plan.root.upper, plan.root.work, dirname(plan.root.upper), instance.id);
    }
    return plan;
  } catch (error) {
    prepared.abandon();
    throw error;
  }
}

/** Undefined, mostly: then nothing is waited for. */
async function networkOrAbandon(engine: Engine, prepared: PreparedLaunch): Promise<void> {
  const ready = engine.deps.network.beforeStart();
  if (ready === undefined) return;
  try {
    await ready;
  } catch (error) {
    prepared.abandon();
    throw error;
  }
}

async function fork(
  engine: Engine,
  plan: LaunchPlan,
  instance: Instance,
  launchOnce: () => Promise<number>,
  triesLeft = zygoteTries,
): Promise<void> {
  try {
    attachForked(engine, instance, await launchOnce());
  } catch (error) {
    if (!(error instanceof PodError) || error.code !== 'ZygoteGone') throw error;
    if (attachFound(instance)) return;
    if (triesLeft <= 1) throw error;
    removeSocket(instance.runDir);
    await fork(engine, plan, instance, () => engine.deps.zygote.launch(plan), triesLeft - 1);
  }
}

/** It may have ended and been reaped before this line: then its status is already here (or that of an older process of that pid). */
function attachForked(engine: Engine, instance: Instance, pid: number): void {
  const status = engine.earlyStatuses.get(pid);
  engine.earlyStatuses.delete(pid);
  const startTicks = readStartTicks(pid);
  if (startTicks === undefined) instance.attachGone(status);
  else instance.attach(pid, startTicks, { isZygoteChild: true });
}

/** The zygote died: its child, if there is one, has written init.json by now. */
function attachFound(instance: Instance): boolean {
  const init = readInitRecord(instance.runDir);
  if (init === undefined) return false;
  if (isAlive(init.pid, init.startTicks)) instance.attach(init.pid, init.startTicks, { isZygoteChild: false });
  else instance.attachGone(undefined);
  return true;
}

async function undoStart(engine: Engine, pod: Pod, instance: Instance): Promise<void> {
  const { layout, cgroupParent } = engine.deps;
  const cgroup = containerCgroup(cgroupParent, pod.uid, instance.container);
  instance.detach();
  try {
    await killCgroup(layout, cgroup);
    await removeCgroup(layout, cgroup);
  } catch (error) {
    engine.deps.log(`clean up after a refused start of ${pod.spec.namespace}/${pod.spec.name}: ${String(error)}`);
  }
  removeRunDir(instance.runDir);
}

function newRecord(engine: Engine, pod: Pod, container: string, attempt: number, files: FileValues): InstanceRecord {
  const spec = pod.spec.containers.find(({ name }) => name === container);
  const owners = spec === undefined ? [] : joinedContainers(spec);
  return {
    version: podRecordVersion,
    id: randomBytes(8).toString('hex'),
    podUid: pod.uid,
    podName: pod.spec.name,
    podNamespace: pod.spec.namespace,
    container,
    role: container === podInitName ? 'pod' : 'container',
    attempt,
    bootId: engine.bootId,
    joined: Object.fromEntries(owners.map((owner) => [owner, pod.containers.get(owner)?.instance?.id ?? ''])),
    generation: pod.generation,
    creationTimestamp: pod.creationTimestamp,
    manifest: pod.manifest,
    spec: pod.spec,
    ...(pod.addresses === undefined ? {} : { addresses: pod.addresses }),
    ...(pod.users === undefined ? {} : { users: pod.users }),
    ...(spec === undefined
      ? {}
      : { basis: planBasis(spec, engine.deps.hostFacts, lateValuesAt(engine, pod, spec, { files })) }),
  };
}

function planStart(engine: Engine, pod: Pod, instance: Instance, planned: PlannedNamespaces): LaunchPlan {
  const { hostFacts: host, paths } = engine.deps;
  const container = instance.spec();
  const { namespaces, sandbox } = planned;
  const network = networkFacts(engine, pod);
  const holder = memoryHolder(pod);
  const late = instance.record.basis?.late;
  const seccomp = container === undefined ? undefined : engine.deps.seccomp.filterOf(container.security);
  const context: LaunchContext = {
    id: instance.id,
    podUid: pod.uid,
    attempt: instance.attempt,
    paths,
    namespaces,
    ...(sandbox === undefined ? {} : { sandbox }),
    ...(network === undefined ? {} : { network }),
    cgroups: makeCgroups(engine, pod, instance.container, container),
    ...(late === undefined ? {} : { late }),
    ...(holder === undefined ? {} : { memoryHolder: holder }),
    ...(pod.users === undefined ? {} : { users: pod.users }),
    ...(seccomp === undefined ? {} : { seccomp }),
    host,
  };
  return container === undefined ? planPodInit(pod.spec, context) : planLaunch(pod.spec, container, context);
}

/** The pod's way out, where its network namespace is made now. */
function withLink(engine: Engine, pod: Pod, planned: PlannedNamespaces): PlannedNamespaces {
  const { sandbox } = planned;
  const link = sandbox?.kinds.includes('net') === true ? podLink(engine, pod) : undefined;
  return sandbox === undefined || link === undefined ? planned : { ...planned, sandbox: { ...sandbox, link } };
}

function planNamespacesOf(pod: Pod, container: ContainerSpec | undefined): PlannedNamespaces {
  const living = livingInits(pod);
  if (container === undefined) return planPodInitNamespaces(pod.spec, living, pod.uid);
  const planned = planNamespaces(pod.spec, container, living, pod.uid);
  if (planned.ok) return planned.value;
  throw new PodError('NamespaceGone', `container ${planned.error.waitingFor}, whose namespace it joins, does not run`);
}

/** Pids of the inits whose namespaces are made and that are not about to end. */
function livingInits(pod: Pod): LivingInits {
  const pids = [...pod.containers].flatMap(([name, { instance }]): [string, number][] => {
    const isJoinable = instance?.view().state === 'running' && instance.pid !== undefined;
    return isJoinable ? [[name, instance.pid ?? 0]] : [];
  });
  return Object.fromEntries(pids);
}

function makeCgroups(engine: Engine, pod: Pod, name: string, container: ContainerSpec | undefined): CgroupPlacement {
  const { layout, cgroupParent } = engine.deps;
  const leaves = container === undefined ? [] : [...programLeaves(container), execLeaf];
  const wanted = podResources(pod.spec);
  const { warnings, isPodNew, ...placement } = createContainerCgroups(
    layout,
    cgroupParent,
    pod.uid,
    name,
    leaves,
    lookUpDevices(container?.resources ?? {}),
    {
      privileged: container?.security.privileged ?? false,
      deviceRules: readDeviceRules(container?.devices),
      pod: { wanted: lookUpDevices(wanted), applied: lookUpKnown(pod.appliedResources ?? {}) },
      ...(container === undefined ? {} : limitsBelow(container, pod)),
    },
  );
  if (pod.users !== undefined) giveLeaves(placement, pod.users.base);
  pod.appliedResources = isPodNew ? wanted : (pod.appliedResources ?? {});
  if (isPodNew) protectPods(engine);
  // The weight alone is written again by the next podd, should this one be killed before it saves anything else.
  if (isPodNew && pod.spec.resources !== undefined) engine.save(pod);
  for (const warning of warnings) noteEvent(engine, pod, 'Warning', 'CgroupLimited', warning, name);
  return placement;
}

function limitsBelow(container: ContainerSpec, pod: Pod) {
  const leaves = [...leafResources(container)].map(([leaf, own]) => [leaf, lookUpDevices(own)] as const);
  return { leafResources: new Map(leaves), extras: extrasOf(container, pod.spec.resources) };
}

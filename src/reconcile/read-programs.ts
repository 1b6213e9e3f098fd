/** A pod's containers and programs with what the kernel counts of them now. Read only when somebody asks. */
import { cgroupProcesses } from '../cgroup/driver.ts';
import { containerCgroup, leafCgroup } from '../cgroup/paths.ts';
import { readCpuMs, readMemoryBytes } from '../cgroup/read-usage.ts';
import { readStartTicks } from '../linux/procfs.ts';
import type { ContainerExit, ContainerState, ContainerStatus } from '../model/pod-status.ts';
import type { ProgramGroup, ProgramObject } from '../protocol/api.ts';
import type { ProgramState } from '../protocol/init.ts';
import { ageMs } from './age.ts';
import { findHostPid } from './host-pid.ts';
import type { Instance } from './instance.ts';
import type { Pod } from './pod.ts';
import type { ReconcilerDeps } from './reconciler-deps.ts';

/** In the spec's order; a container that does not run shows no programs. */
export function readPrograms(
  pod: Pod,
  statuses: readonly ContainerStatus[],
  { layout, cgroupParent }: Pick<ReconcilerDeps, 'layout' | 'cgroupParent'>,
): readonly ProgramGroup[] {
  const { name, namespace } = pod.spec;
  return statuses.map((status) => {
    const slot = pod.containers.get(status.name);
    const about = { namespace, pod: name, container: status.name };
    const relative = containerCgroup(cgroupParent, pod.uid, status.name);
    const programs = slot?.instance === undefined ? [] : readInstance(slot.instance, { ...about, layout, relative });
    return { ...about, ...describeState(status, slot?.run.stopped === true), programs };
  });
}

interface Place extends Pick<ProgramObject, 'namespace' | 'pod' | 'container'> {
  readonly layout: ReconcilerDeps['layout'];
  /** containerCgroup */
  readonly relative: string;
}

function describeState({ state, lastState, ready, restartCount }: ContainerStatus, isStopped: boolean) {
  const lastExit = exitOf(state) ?? exitOf(lastState);
  const base = { ready, restarts: restartCount, ...(lastExit === undefined ? {} : { lastExit }) };
  if ('running' in state) return { ...base, state: 'running', startedAt: state.running.startedAt };
  if ('waiting' in state) return { ...base, state: 'waiting', ...state.waiting };
  return { ...base, state: 'terminated', reason: isStopped ? 'Stopped' : state.terminated.reason };
}

function exitOf(state: ContainerState | undefined): ContainerExit | undefined {
  if (state === undefined || !('terminated' in state)) return undefined;
  const { containerID: _id, ...exit } = state.terminated;
  return exit;
}

function readInstance(instance: Instance, place: Place): readonly ProgramObject[] {
  const { state, programs = [] } = instance.view();
  if (state !== 'running') return [];
  return programs.map((program) => readProgram(program, place, instance.pid ?? 0));
}

function readProgram(program: ProgramState, place: Place, initPid: number): ProgramObject {
  const { namespace, pod, container, layout, relative } = place;
  const leaf = leafCgroup(relative, program.name);
  const pids = cgroupProcesses(layout, leaf);
  const [memoryBytes, cpuMs] = [readMemoryBytes(layout, leaf), readCpuMs(layout, leaf)];
  const { cpuBeforeMs = 0, ...state } = program;
  const hostPid = program.pid === undefined ? undefined : findHostPid(initPid, pids, program.pid);
  const startTicks = hostPid === undefined ? undefined : readStartTicks(hostPid);
  return {
    namespace,
    pod,
    container,
    ...state,
    ...(hostPid === undefined ? {} : { hostPid }),
    ...(startTicks === undefined ? {} : { uptimeMs: Math.round(ageMs(startTicks)) }),
    ...(cpuMs === undefined ? {} : { cpuMs: Math.max(0, cpuMs - cpuBeforeMs) }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    processes: pids.length,
  };
}

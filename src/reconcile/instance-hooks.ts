/** What follows from what an instance reports: history, events, a new look at the pod. */
import { shootCgroup } from '../cgroup/driver.ts';
import { containerCgroup } from '../cgroup/paths.ts';
import { podInitName } from '../model/action.ts';
import type { RecordedExit } from '../model/pod-record.ts';
import { formatError } from '../util/pod-error.ts';
import { type Engine, noteEvent } from './engine.ts';
import type { InstanceHooks } from './instance.ts';
import { countExit, type Pod, slotOf } from './pod.ts';
import { isFinished, succeeded } from './restart-policy.ts';

/** `changed` makes the pod's worker look again; `told` only lets watchers know. */
export function hooksFor(
  engine: Engine,
  pod: Pod,
  container: string,
  { changed, told }: { readonly changed: () => void; readonly told: () => void },
): InstanceHooks {
  const isProgram = container !== podInitName;
  return {
    onChange: () => {
      const { instance } = slotOf(pod, container);
      // Later: what is told of the start goes first.
      if (instance !== undefined && isProgram) setImmediate(() => engine.alarms.watch(pod, instance));
      changed();
    },
    onPrograms: told,
    onDying: () => thawDead(engine, pod, container),
    onStarted: () => {
      if (isProgram) noteEvent(engine, pod, 'Normal', 'Started', `Started container ${container}`, container);
    },
    onNote: (type, reason, message) => noteEvent(engine, pod, type, reason, message, container),
    onExit: (exit, ranMs) => {
      const { instance } = slotOf(pod, container);
      if (instance !== undefined) engine.alarms.end(pod, instance);
      countExit(pod, container, exit, ranMs, engine.deps.clock.monotonicMs());
      if (isProgram) noteExit(engine, pod, container, exit);
      engine.save(pod);
      changed();
    },
  };
}

/** On cgroup v1 what is paused does not die before it is thawed, and PID 1, whose end kills it, does not end before it is dead. */
function thawDead(engine: Engine, pod: Pod, container: string): void {
  const { layout, cgroupParent } = engine.deps;
  try {
    shootCgroup(layout, containerCgroup(cgroupParent, pod.uid, container));
  } catch (error) {
    noteEvent(engine, pod, 'Warning', 'Failed', `end container ${container}: ${formatError(error)}`, container);
  }
}

function noteExit(engine: Engine, pod: Pod, container: string, exit: RecordedExit): void {
  const wasStopped = slotOf(pod, container).instance?.view().stop !== undefined;
  const type = wasStopped || succeeded(exit) ? 'Normal' : 'Warning';
  const detail = exit.message === undefined ? '' : `: ${exit.message}`;
  noteEvent(
    engine,
    pod,
    type,
    'Exited',
    `Container ${container} ended with code ${exit.exitCode} (${exit.reason})${detail}`,
    container,
  );
  if (pod.phase !== 'sync' || wasStopped || !isInBackoff(pod, container)) return;
  const message = `Back-off restarting failed container ${container} in pod ${pod.spec.name}_${pod.spec.namespace}(${pod.uid})`;
  noteEvent(engine, pod, 'Warning', 'BackOff', message, container);
}

function isInBackoff(pod: Pod, container: string): boolean {
  const { run } = slotOf(pod, container);
  const spec = pod.spec.containers.find(({ name }) => name === container);
  return spec !== undefined && run.backoffMs > 0 && !isFinished(spec, run);
}

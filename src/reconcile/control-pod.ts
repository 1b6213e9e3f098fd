/** Performs what people ask of a pod, a container or programs. What concerns a container's runs is only noted: `decide` acts on it. */

import { actionKey } from '../model/action.ts';
import type { ContainerSpec } from '../model/pod-spec.ts';
import { allStatuses } from '../model/pod-status.ts';
import type { ControlRequest } from '../protocol/api.ts';
import { PodError } from '../util/pod-error.ts';
import { type Engine, noteEvent } from './engine.ts';
import type { Instance } from './instance.ts';
import { type Pod, slotOf } from './pod.ts';
import { requestRun, stoppedPrograms } from './request-run.ts';
import { revivePod, startable } from './revive-pod.ts';

/** Resolves to what was moved, as `container` or `container/label`. Rejects with PodError NotFound or Conflict when nothing could be. */
export async function controlPod(engine: Engine, pod: Pod, request: ControlRequest): Promise<readonly string[]> {
  const { verb, targets = [] } = request;
  const containers = containersOf(pod, request.container);
  if (targets.length > 0 && request.container === undefined)
    throw new PodError('Invalid', 'targets: need a container', {
      details: { container: 'is required beside targets' },
    });
  if (verb === 'pause' || verb === 'resume') return pauseOrResume(engine, pod, containers, request);
  if (targets.length > 0 || verb === 'reload' || verb === 'signal') return controlPrograms(pod, containers, request);
  if (verb !== 'stop') revivePod(pod, engine.deps.clock.monotonicMs());
  const meant = verb === 'stop' ? containers : startable(pod, containers);
  const moved = meant.filter((container) => controlRun(engine, pod, container, verb));
  const others = verb === 'start' ? meant.filter((container) => !moved.includes(container)) : [];
  return [...moved.map(({ name }) => name), ...(await startStopped(pod, others))];
}

/** Of containers as a whole those are named, of programs their labels: also where a container goes on of which only some were paused. */
async function pauseOrResume(
  engine: Engine,
  pod: Pod,
  containers: readonly ContainerSpec[],
  request: ControlRequest,
): Promise<readonly string[]> {
  if (request.targets !== undefined) return controlPrograms(pod, containers, request);
  const asked = containers.map(async ({ name }) => {
    const moved = await controlOne(pod, name, request);
    if (moved.length === 0) return [];
    const { programs = [] } = pod.containers.get(name)?.instance?.view() ?? {};
    const isWhole = request.verb === 'pause' || moved.length >= programs.length;
    const what = isWhole ? `container ${name}` : `programs ${moved.join(', ')}`;
    const past = request.verb === 'pause' ? 'Paused' : 'Resumed';
    noteEvent(engine, pod, 'Normal', past, `${past} ${what} by request`, name);
    return isWhole ? [name] : moved;
  });
  return (await thoseThatCould(asked)).flat();
}

/** In containers that run: those that are paused go on, and the programs that a user stopped start. One that ends meanwhile starts nothing. */
async function startStopped(pod: Pod, containers: readonly ContainerSpec[]): Promise<readonly string[]> {
  const asked = containers.map(async (container) => {
    const { state, programs = [] } = pod.containers.get(container.name)?.instance?.view() ?? {};
    const resumed = programs.some(({ paused }) => paused === true)
      ? await controlOne(pod, container.name, { verb: 'resume' })
      : [];
    const targets = state === 'running' ? stoppedPrograms(container, programs) : [];
    const started = targets.length === 0 ? [] : await controlOne(pod, container.name, { verb: 'start', targets });
    return [...resumed, ...started];
  });
  return (await Promise.allSettled(asked)).flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
}

/** The container of that name, or all of them. PodError NotFound names what there is. */
export function containersOf(pod: Pod, name: string | undefined): readonly ContainerSpec[] {
  const { containers } = pod.spec;
  const found = containers.filter((container) => name === undefined || container.name === name);
  if (found.length > 0) return found;
  throw new PodError('NotFound', `pod ${pod.spec.name} has no container "${name}"`, {
    hint: `its containers: ${containers.map((container) => container.name).join(', ')}`,
    details: { kind: 'pods', name: pod.spec.name },
  });
}

/** The instance whose init can be asked. PodError Conflict says why there is none. */
export function runningInstance(pod: Pod, container: string): Instance {
  const instance = pod.containers.get(container)?.instance;
  if (instance?.view().state === 'running') return instance;
  throw new PodError(
    'Conflict',
    `container ${container} of pod ${pod.spec.name} does not run: ${whyNot(pod, container)}`,
    {
      hint: `podctl start ${pod.spec.name}/${container}`,
    },
  );
}

function whyNot(pod: Pod, container: string): string {
  if (pod.containers.get(container)?.run.stopped === true) return 'it was stopped by request';
  const state = allStatuses(pod.status ?? {}).find(({ name }) => name === container)?.state;
  if (state === undefined || 'running' in state) return 'it is being set up or ends';
  return 'waiting' in state ? state.waiting.reason : state.terminated.reason;
}

function controlRun(engine: Engine, pod: Pod, container: ContainerSpec, verb: 'start' | 'stop' | 'restart'): boolean {
  const { name } = container;
  const slot = slotOf(pod, name);
  const start = actionKey({ action: 'startContainer', container: name, attempt: 0 });
  const instance = slot.instance?.view();
  const run = requestRun(verb, {
    run: slot.run,
    ...(instance === undefined ? {} : { instance }),
    isWaiting: slot.restartAtMs > engine.deps.clock.monotonicMs() || pod.failures.has(start),
    policy: container,
  });
  if (run === undefined) return false;
  slot.run = run;
  if (verb !== 'stop') {
    slot.restartAtMs = 0;
    pod.failures.delete(start);
  }
  const past = { start: 'Started', stop: 'Stopped', restart: 'Restarted' } as const;
  noteEvent(engine, pod, 'Normal', past[verb], `${past[verb]} container ${name} by request`, name);
  return true;
}

async function controlPrograms(
  pod: Pod,
  containers: readonly ContainerSpec[],
  request: ControlRequest,
): Promise<readonly string[]> {
  return (await thoseThatCould(containers.map(({ name }) => controlOne(pod, name, request)))).flat();
}

/** What was answered; refusals are left out, unless all refused: then the first is thrown. */
export async function thoseThatCould<T>(asked: readonly Promise<T>[]): Promise<readonly T[]> {
  const settled = await Promise.allSettled(asked);
  const answers = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const [refused] = settled.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  if (answers.length === 0 && refused !== undefined) throw refused;
  return answers;
}

async function controlOne(pod: Pod, container: string, request: ControlRequest): Promise<readonly string[]> {
  const { verb, targets = [], signal, cascade } = request;
  const reply = await runningInstance(pod, container).control({
    verb,
    targets,
    ...(signal === undefined ? {} : { signal }),
    ...(cascade === undefined ? {} : { cascade }),
  });
  if (!reply.ok) throw new PodError(reply.code, `container ${container} of pod ${pod.spec.name}: ${reply.message}`);
  return reply.affected.map((label) => `${container}/${label}`);
}

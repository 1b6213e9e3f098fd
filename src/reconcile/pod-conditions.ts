/** The pod's conditions as the kubelet sets them (pkg/kubelet/status/generate.go). Pure. */
import type { ContainerSpec, PodSpec } from '../model/pod-spec.ts';
import type { ContainerStatus, PodCondition, PodPhase } from '../model/pod-status.ts';
import { describeUnready, unreadyPrograms } from './container-readiness.ts';
import { unscheduledFor } from './missing-claims.ts';
import { isStoppedContainer, type StatusesByRole } from './pod-phase.ts';
import { hasBegun, type PodView } from './pod-view.ts';

export type UndatedCondition = Omit<PodCondition, 'lastTransitionTime'>;
type Verdict = Omit<UndatedCondition, 'type'>;

/** Those that podd sets: nobody else can. */
export const ownConditions: ReadonlySet<string> = new Set([
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
]);

/** What the conditions follow from. */
export interface ConditionFacts {
  readonly spec: PodSpec;
  readonly phase: PodPhase;
  readonly statuses: StatusesByRole;
  readonly view: PodView;
  /** set from outside */
  readonly given: readonly PodCondition[];
}

/** podd's own, in the kubelet's order; of a pod that is not scheduled none but the scheduler's. */
export function podConditions(facts: ConditionFacts): readonly UndatedCondition[] {
  const scheduled: UndatedCondition = { type: 'PodScheduled', ...judgeScheduled(facts) };
  if (scheduled.status === 'False') return [scheduled];
  const containersReady = judgeContainers(facts);
  return [
    { type: 'PodReadyToStartContainers', status: hasSandbox(facts) ? 'True' : 'False' },
    { type: 'Initialized', ...judgeInitialised(facts) },
    { type: 'Ready', ...judgeReady(containersReady, facts) },
    { type: 'ContainersReady', ...containersReady },
    scheduled,
  ];
}

function judgeScheduled({ spec, view }: ConditionFacts): Verdict {
  const why = unscheduledFor(spec, view);
  return why === undefined ? { status: 'True' } : { status: 'False', ...why };
}

/** Its namespaces are there from its first start on, until it is over. */
function hasSandbox({ phase, view }: ConditionFacts): boolean {
  if (phase === 'Succeeded' || phase === 'Failed') return false;
  return hasBegun(view);
}

function judgeInitialised({ phase, statuses: { inits, sidecars, mains }, spec }: ConditionFacts): Verdict {
  if (phase === 'Succeeded') return { status: 'True', reason: 'PodCompleted' };
  // Once past it, a pod stays so.
  if (mains.some(({ state }) => 'running' in state || 'terminated' in state)) return { status: 'True' };
  const incomplete = new Set([
    ...inits.filter(({ ready }) => !ready).map(({ name }) => name),
    ...sidecars.filter(({ started }) => !started).map(({ name }) => name),
  ]);
  if (incomplete.size === 0) return { status: 'True' };
  const names = spec.containers.flatMap(({ name }) => (incomplete.has(name) ? [name] : []));
  return {
    status: 'False',
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${names.join(' ')}]`,
  };
}

function judgeContainers({ phase, statuses, spec, view }: ConditionFacts): Verdict {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const unready = [...statuses.sidecars, ...statuses.mains].filter((status) => !status.ready);
  if (unready.length === 0) return { status: 'True' };
  const names = unready.map(({ name }) => name).join(' ');
  if (unready.every((status) => isStoppedContainer(status, view)))
    return { status: 'False', reason: 'Stopped', message: `containers stopped by request: [${names}]` };
  if (unready.every(({ paused }) => paused === true))
    return { status: 'False', reason: 'Paused', message: `containers paused by request: [${names}]` };
  return {
    status: 'False',
    reason: 'ContainersNotReady',
    message: [`containers with unready status: [${names}]`, ...describeCauses(spec, unready, view)].join('; '),
  };
}

/** The containers', and every readiness gate's condition. */
function judgeReady(containersReady: Verdict, { spec, given }: ConditionFacts): Verdict {
  if (containersReady.status !== 'True') return containersReady;
  const messages = (spec.readinessGates ?? []).flatMap((gate) => {
    const condition = given.find(({ type }) => type === gate);
    if (condition === undefined) return [`corresponding condition of pod readiness gate "${gate}" does not exist.`];
    if (condition.status === 'True') return [];
    return [`the status of pod readiness gate "${gate}" is not "True", but ${condition.status}`];
  });
  if (messages.length === 0) return containersReady;
  return { status: 'False', reason: 'ReadinessGatesNotReady', message: messages.join(', ') };
}

/** Which programs and probes keep each container from being ready, and why. */
function describeCauses(spec: PodSpec, unready: readonly ContainerStatus[], view: PodView): readonly string[] {
  return unready.flatMap(({ name, state, programs = [] }) => {
    const container: ContainerSpec | undefined = spec.containers.find((candidate) => candidate.name === name);
    const states = container === undefined ? [] : unreadyPrograms(container, programs);
    const health = 'running' in state ? view.containers.get(name)?.instance?.health?.message : undefined;
    const causes = [...(states.length === 0 ? [] : [describeUnready(states)]), health ?? []].flat();
    return causes.length === 0 ? [] : [`${name}: ${causes.join('; ')}`];
  });
}

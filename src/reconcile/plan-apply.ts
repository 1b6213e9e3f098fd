/** What an apply will do, without doing it: dry runs end here. Pure. */
import type { HostFacts } from '../launch/launch-context.ts';
import type { FieldProblem } from '../manifest/field-problem.ts';
import type { PodSpec } from '../model/pod-spec.ts';
import type { ApplyResult } from '../protocol/api.ts';
import { containerDrift, type Drift } from './container-drift.ts';
import { dearest, type PodVersion, planChange } from './diff.ts';
import { formatProblem } from './judge-manifests.ts';
import { keptStopped } from './kept-stopped.ts';
import { planProgramEffects } from './program-effects.ts';

/** A manifest that passed validation. */
export interface ValidVersion extends PodVersion {
  readonly warnings: readonly FieldProblem[];
}

/** The pod of that name as it is: `held` waits for its predecessor's end, `terminating` is being deleted. */
export interface ExistingPod extends PodVersion {
  readonly state: 'live' | 'held' | 'terminating';
  /** containers that a user stopped */
  readonly stopped: readonly string[];
}

export interface ApplyOptions {
  readonly host: HostFacts;
  /** what depends on a restarted program restarts too, whatever dependsOn says */
  readonly cascade: boolean;
}

export interface PlannedApply {
  readonly version: ValidVersion;
  readonly result: ApplyResult;
  readonly step: 'nothing' | 'create' | 'update' | 'recreate';
  /** containers that have to be started anew */
  readonly restarted: readonly string[];
  /** containers whose changed programs restart what depends on them */
  readonly cascaded: readonly string[];
  /** containers that are stopped and stay so */
  readonly stopped: readonly string[];
}

/** The step for one manifest. A pod that is being deleted is created anew when it is gone. */
export function planApply(
  existing: ExistingPod | undefined,
  version: ValidVersion,
  options: ApplyOptions,
): PlannedApply {
  if (existing === undefined || existing.state === 'terminating') return planCreation(existing, version);
  const { name, namespace } = version.spec;
  const changes = planChange(existing, version, options.host);
  const cost = dearest(changes.map((change) => change.cost));
  const outcome = changes.length === 0 ? 'unchanged' : 'configured';
  const stopped = keptStopped(existing.stopped, existing.spec, version.spec);
  const programs = planProgramEffects(existing.spec, version.spec, {
    ...options,
    recreates: cost === 'recreate-pod',
    stopped: [...existing.stopped, ...stopped],
  });
  const kept = outcome === 'unchanged' ? [] : stopped;
  const warnings = [...version.warnings.map(formatProblem), ...stoppedWarnings(kept, version.spec)];
  const result: ApplyResult = { kind: 'Pod', namespace, name, outcome, cost, changes, programs, warnings };
  const drifts = driftsOf(existing, version);
  return {
    version,
    result,
    stopped,
    step: stepFor(result, existing),
    restarted: drifts.flatMap(([container, drift]) => (drift === 'restart' ? [container] : [])),
    cascaded: drifts.flatMap(([container, drift]) => (drift === 'programs' && options.cascade ? [container] : [])),
  };
}

function planCreation(existing: ExistingPod | undefined, version: ValidVersion): PlannedApply {
  const { name, namespace } = version.spec;
  const waits =
    existing === undefined ? [] : ['a pod of this name is being deleted: this one starts when that is gone'];
  const warnings = [...version.warnings.map(formatProblem), ...waits];
  const result: ApplyResult = {
    kind: 'Pod',
    namespace,
    name,
    outcome: 'created',
    cost: 'nothing',
    changes: [],
    programs: [],
    warnings,
  };
  return { version, result, step: 'create', restarted: [], cascaded: [], stopped: [] };
}

/** A changed file does not start what a user stopped. */
function stoppedWarnings(kept: readonly string[], { name, containers }: PodSpec): readonly string[] {
  if (kept.length === 0) return [];
  const isWhole = kept.length === containers.length;
  const what = isWhole ? 'the pod is stopped' : `stopped: container ${kept.join(', ')}`;
  const commands = isWhole ? [`podctl start ${name}`] : kept.map((container) => `podctl start ${name}/${container}`);
  return [`${what} and stays so, the change counts from its next start on: ${commands.join(', ')}`];
}

function stepFor(result: ApplyResult, existing: ExistingPod): PlannedApply['step'] {
  if (result.outcome === 'unchanged') return 'nothing';
  return result.cost === 'recreate-pod' && existing.state === 'live' ? 'recreate' : 'update';
}

function driftsOf(from: PodVersion, to: PodVersion): readonly (readonly [string, Drift])[] {
  return to.spec.containers.flatMap((wanted) => {
    const before = from.spec.containers.find(({ name }) => name === wanted.name);
    return before === undefined ? [] : [[wanted.name, containerDrift(before, wanted)] as const];
  });
}

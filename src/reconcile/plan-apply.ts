/** What an apply will do, without doing it: dry runs end here. Pure. */
import type { HostFacts } from '../launch/launch-context.ts';
import type { FieldProblem } from '../manifest/field-problem.ts';
import type { Marks } from '../model/pod-record.ts';
import type { ContainerSpec, PodManifest, PodSpec } from '../model/pod-spec.ts';
import type { ApplyResult, FieldChange } from '../protocol/api.ts';
import { startsAnew } from './adjust-to-presence.ts';
import { isIncomplete } from './container-drift.ts';
import { type ContainerEffect, containerEffect } from './container-effect.ts';
import { dearest } from './cost-order.ts';
import { type PodVersion, planChange } from './diff.ts';
import { formatProblem } from './judge-manifests.ts';
import { keptStopped } from './kept-stopped.ts';
import { missingChanges } from './missing-changes.ts';
import type { Presence } from './presence.ts';
import { planProgramEffects } from './program-effects.ts';

/** A manifest that passed validation. */
export interface ValidVersion extends PodVersion {
  /** labels and annotations as an apply named them; absent: this is none */
  readonly applied?: Marks;
  readonly warnings: readonly FieldProblem[];
}

/** The pod of that name as it is: `held` waits for its predecessor's end, `terminating` is being deleted. */
export interface ExistingPod extends PodVersion {
  /** what was applied last of its labels and annotations */
  readonly applied: Marks;
  readonly state: 'live' | 'held' | 'terminating';
  /** containers that a user stopped */
  readonly stopped: readonly string[];
  /** what of it runs */
  readonly presence: Presence;
  /** containers that run, as they were started or changed last */
  readonly running: Readonly<Record<string, ContainerSpec>>;
}

export interface ApplyOptions {
  readonly host: HostFacts;
  /** what depends on a restarted program restarts too, whatever dependsOn says */
  readonly cascade: boolean;
  /** what a manifest of the pod means, with the contents that it refers to as they are now */
  readonly normalise: (manifest: PodManifest) => PodSpec;
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
  const changes = changesOf(existing, version, options);
  const cost = dearest(changes.map((change) => change.cost));
  const outcome = changes.length === 0 ? 'unchanged' : 'configured';
  const stopped = keptStopped(existing.stopped, existing.spec, version.spec);
  const programs = planProgramEffects(existing.spec, version.spec, {
    ...options,
    recreates: cost === 'recreate-pod',
    presence: existing.presence,
    stopped: [...existing.stopped, ...stopped],
  });
  const kept = outcome === 'unchanged' ? [] : stopped;
  const warnings = [...version.warnings.map(formatProblem), ...stoppedWarnings(kept, version.spec)];
  const result: ApplyResult = { kind: 'Pod', namespace, name, outcome, cost, changes, programs, warnings };
  const effects = effectsOf(existing, version, options.host);
  return {
    version,
    result,
    stopped,
    step: stepFor(result, existing),
    restarted: effects.flatMap((effect) =>
      isStartedAnew(effect, version.spec, existing.presence) ? [effect.container] : [],
    ),
    cascaded: effects.flatMap(({ container, programs }) => (options.cascade && programs.length > 0 ? [container] : [])),
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

/** Nothing of a pod that waits for its predecessor's end runs yet. */
function changesOf(existing: ExistingPod, version: ValidVersion, options: ApplyOptions): readonly FieldChange[] {
  const { host, normalise } = options;
  const visible = planChange(existing, version, { host, normalise, presence: existing.presence });
  const changes = [...visible, ...missingChanges(existing.spec, version.spec, visible)];
  if (existing.state !== 'held') return changes;
  const why = 'the pod waits for the end of the one before it: it counts from its start on';
  return changes.map((change) => ({ ...change, cost: 'nothing', why }));
}

function effectsOf(from: PodVersion, to: PodVersion, host: HostFacts): readonly ContainerEffect[] {
  return to.spec.containers.flatMap((wanted) => {
    const before = from.spec.containers.find(({ name }) => name === wanted.name);
    return before === undefined ? [] : [containerEffect(before, wanted, { pod: from.spec, host })];
  });
}

/** One that does not run is started for what would restart one of its programs, one that misses something is not. */
function isStartedAnew(effect: ContainerEffect, { containers }: PodSpec, presence: Presence): boolean {
  if (containers.some((container) => container.name === effect.container && isIncomplete(container))) return false;
  const state = presence[effect.container]?.state;
  if (state === 'done') return false;
  const isIdle = state === 'waiting' || state === 'ended';
  return effect.cost === 'restart-container' || (isIdle && startsAnew(effect));
}

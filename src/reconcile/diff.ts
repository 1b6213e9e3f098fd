/**
 * What changes between two versions of a pod, and what each change costs. Pure. In two steps, so that each difference has its cause:
 *
 *   spec on record ── contents and meanings that are others now ──▶ the older manifest's spec now ── written fields ──▶ the newer spec
 */
import type { HostFacts } from '../launch/launch-context.ts';
import { isContainerList } from '../manifest/listed-containers.ts';
import { normalisePod } from '../manifest/normalise.ts';
import { validatePod } from '../manifest/validate-pod.ts';
import type { ContainerSpec, PodManifest, PodSpec } from '../model/pod-spec.ts';
import type { ChangeCost, FieldChange } from '../protocol/api.ts';
import { type ActualEffect, adjustToPresence } from './adjust-to-presence.ts';
import { changeWhy } from './change-why.ts';
import { sandboxDiffers } from './container-drift.ts';
import { type ContainerEffect, containerEffect } from './container-effect.ts';
import { dearest, isDearer } from './cost-order.ts';
import { diffValues, formatPath, type ValueChange } from './diff-values.ts';
import { hiddenChanges } from './hidden-changes.ts';
import { createJudge, type Judge } from './judge-alone.ts';
import { followersOf } from './order.ts';
import { type PodEffect, podEffect } from './pod-effect.ts';
import type { Presence } from './presence.ts';

export interface PodVersion {
  readonly manifest: PodManifest;
  readonly spec: PodSpec;
}

/** What two versions are compared for. */
export interface ChangeContext {
  readonly host: HostFacts;
  /** what runs of it; without: everything */
  readonly presence?: Presence;
  /** what a manifest means now, with the contents that it refers to */
  readonly normalise?: (manifest: PodManifest) => PodSpec;
}

/** Both versions, what the older manifest means now, and the whole difference that bounds every cost. */
interface Comparison {
  readonly from: PodSpec;
  readonly now: PodSpec;
  readonly to: PodSpec;
  readonly host: HostFacts;
  readonly presence: Presence;
  readonly whole: PodEffect;
}

/**
 * Every changed field as the user wrote it, with the least cost that gives what is wanted of what runs, and why; then what no field shows.
 * Empty when nothing changed. `500m` for `0.5` is a change that costs nothing.
 */
export function planChange(
  from: PodVersion,
  to: PodVersion,
  { host, presence = {}, normalise = normalisePod }: ChangeContext,
): readonly FieldChange[] {
  const written = diffValues(documentOf(from.manifest), documentOf(to.manifest));
  // A manifest on record may be of another version, or damaged: then what was made of it is all there is to compare.
  const isSound = validatePod(from.manifest).ok;
  const now = isSound ? normalise(from.manifest) : from.spec;
  const whole = podEffect(from.spec, to.spec, host);
  const versions = { from: from.manifest, to: to.manifest, now, host, normalise };
  const paths = written.map(({ path }) => path);
  const judge: Judge = isSound ? createJudge(versions, paths) : () => whole;
  const comparison: Comparison = { from: from.spec, now, to: to.spec, host, presence, whole };
  const changes = written.map((change) => judgeChange(change, judge, comparison));
  return [...changes.map(({ told }) => told), ...unwritten(changes, comparison)];
}

/** A written change with what it would cost if everything ran, and what is told of it. */
interface JudgedChange {
  readonly path: readonly string[];
  readonly raw: ChangeCost;
  readonly told: FieldChange;
}

function documentOf(manifest: PodManifest): unknown {
  const { labels = {}, annotations = {} } = manifest.metadata;
  return { apiVersion: manifest.apiVersion, metadata: { labels, annotations }, spec: manifest.spec };
}

function judgeChange(change: ValueChange, judge: Judge, comparison: Comparison): JudgedChange {
  const { path } = change;
  const alone = judge(path);
  const { cost: own, containers } = withoutUndone(alone, comparison.whole);
  const isUndone = own !== alone.cost || containers.length < alone.containers.length;
  const base = dearest([path[0] === 'metadata' ? 'in-place' : 'nothing', own]);
  const raw = dearest([base, ...containers.map(({ cost }) => cost)]);
  if (isUndone && raw === 'nothing')
    return { path, raw, told: fieldChange(change, raw, 'undone by the other changes') };
  if (own !== 'recreate-pod') return { path, raw, told: tell(change, base, containers, comparison) };
  return { path, raw, told: fieldChange(change, raw, changeWhy({ path, cost: raw, effects: [] })) };
}

/** One field cannot cost more than all changes together do there: another one undoes it. */
function withoutUndone({ cost, containers }: PodEffect, whole: PodEffect): PodEffect {
  const together = new Map(whole.containers.map((effect) => [effect.container, effect.cost]));
  return {
    cost: isDearer(cost, whole.cost) ? 'nothing' : cost,
    // A container that comes or goes is in one version only: nothing undoes that.
    containers: containers.filter((effect) => !isDearer(effect.cost, together.get(effect.container) ?? effect.cost)),
  };
}

/** In what runs. `cause`: why it costs that, where the field does not say it. */
function tell(
  change: ValueChange,
  base: ChangeCost,
  effects: readonly ContainerEffect[],
  comparison: Comparison,
  cause?: string,
): FieldChange {
  const actual = effects.map((effect) => ({ effect, ...actualEffect(effect, comparison) }));
  const usual = actual.flatMap(({ effect, instead }) => (instead === undefined ? [effect] : []));
  const instead = actual.flatMap((one) => one.instead ?? []);
  const usualCost = dearest([base, ...usual.map(({ cost }) => cost)]);
  const why =
    usualCost === 'nothing' && instead.length > 0
      ? []
      : [cause ?? changeWhy({ path: change.path, cost: usualCost, effects: usual })];
  const cost = dearest([base, ...actual.map((one) => one.cost)]);
  const restarted = usual.flatMap(({ cost: paid, container }) => (paid === 'restart-container' ? [container] : []));
  return fieldChange(change, cost, [...why, ...instead, ...followersWhy(restarted, comparison)].join('; '));
}

/** Those that joined a namespace of a container that starts anew start anew too. */
function followersWhy(restarted: readonly string[], { to, presence }: Comparison): readonly string[] {
  const names = followersOf(restarted, to).filter((name) => (presence[name]?.state ?? 'running') === 'running');
  if (names.length === 0) return [];
  return [`${names.join(', ')}, in its namespaces, ${names.length === 1 ? 'starts' : 'start'} anew with it`];
}

const fieldChange = ({ path, ...values }: ValueChange, cost: ChangeCost, why: string): FieldChange => ({
  field: formatPath(path),
  ...values,
  cost,
  why,
});

const actualEffect = (effect: ContainerEffect, { to, presence }: Comparison): ActualEffect =>
  adjustToPresence(
    effect,
    to.containers.find(({ name }) => name === effect.container),
    presence,
  );

function unwritten(changes: readonly JudgedChange[], comparison: Comparison): readonly FieldChange[] {
  const { from, now, to, host } = comparison;
  const contents = eachKept(from, now, (before, after) => hiddenChanges(before, after, { pod: from, host }));
  const rest = eachKept(now, to, (before, after) => {
    const { cost } = containerEffect(before, after, { pod: from, host });
    return isExplained(after.name, cost, changes) ? [] : hiddenChanges(before, after, { pod: from, host });
  });
  const told = [...contents, ...rest].map(({ effect, source, why, ...change }) => {
    const one = tell(change, 'nothing', [effect], comparison, why);
    return source === undefined ? one : { ...one, why: `${one.why}; the value comes from ${source}` };
  });
  if (!sandboxDiffers(from, to) || changes.some(({ raw }) => raw === 'recreate-pod')) return told;
  const hostname = { path: ['spec', 'hostname'], from: from.hostname, to: to.hostname };
  const why = changeWhy({ path: hostname.path, cost: 'recreate-pod', effects: [] });
  return [...told, fieldChange(hostname, 'recreate-pod', why)];
}

function eachKept<T>(
  from: PodSpec,
  to: PodSpec,
  compare: (before: ContainerSpec, after: ContainerSpec) => readonly T[],
): readonly T[] {
  return to.containers.flatMap((after) => {
    const before = from.containers.find(({ name }) => name === after.name);
    return before === undefined ? [] : compare(before, after);
  });
}

/** By a field of the container itself, or by one of the pod. */
function isExplained(container: string, cost: ChangeCost, changes: readonly JudgedChange[]): boolean {
  if (cost === 'nothing') return true;
  return changes.some(({ path: [, field, key], raw }) => {
    const concerns = !isContainerList(field) || key === `[${container}]`;
    return concerns && !isDearer(cost, raw);
  });
}

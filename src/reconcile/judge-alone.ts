/**
 * What one written change would do by itself: the older manifest with this one field as in the newer, normalised and compared. So a field
 * costs what its meaning costs, whatever else changed with it, and whatever fields there are. Pure.
 */
import type { HostFacts } from '../launch/launch-context.ts';
import { isContainerList } from '../manifest/listed-containers.ts';
import type { ContainerSpec, PodManifest, PodSpec } from '../model/pod-spec.ts';
import { type ContainerEffect, containerEffect } from './container-effect.ts';
import { replaceAt, valueAt } from './diff-values.ts';
import { type PodEffect, podEffect } from './pod-effect.ts';

export interface Versions {
  readonly from: PodManifest;
  readonly to: PodManifest;
  /** what `from` means now */
  readonly now: PodSpec;
  readonly host: HostFacts;
  /** a manifest that is valid but for what this takes away from it */
  readonly normalise: (manifest: PodManifest) => PodSpec;
}

export type Judge = (path: readonly string[]) => PodEffect;

/** Answers for `paths`, the changed fields; of many changes of one field all are judged together. */
export function createJudge(versions: Versions, paths: readonly (readonly string[])[]): Judge {
  const perField = new Map<string, number>();
  for (const path of paths) {
    const key = keyOf(path.slice(0, fieldDepth(path)));
    perField.set(key, (perField.get(key) ?? 0) + 1);
  }
  const known = new Map<string, PodEffect>();
  return (path) => {
    const isOneOfMany = (perField.get(keyOf(path.slice(0, fieldDepth(path)))) ?? 0) > judgedAlone;
    const unit = unitOf(path, isOneOfMany);
    const effect = known.get(keyOf(unit)) ?? judge(unit, versions);
    known.set(keyOf(unit), effect);
    return effect;
  };
}

/** More changes of one field (a thousand variables) are judged together: each alone would cost podd too much time. */
const judgedAlone = 20;

/** Fields whose parts mean something only together: exactly one of them is given. */
const wholeFields: ReadonlySet<string | undefined> = new Set(['readiness', 'liveness', 'schedule', 'reload']);

const keyOf = (path: readonly string[]): string => JSON.stringify(path);

/** How many keys lead to the field of the program, container or pod that the path is in. */
export function fieldDepth([top, field, , inner]: readonly string[]): number {
  if (top !== 'spec' || !isContainerList(field)) return 2;
  return inner === 'processes' ? 6 : 4;
}

/** A field's part, an item of a list as a whole. */
function unitOf(path: readonly string[], isOneOfMany: boolean): readonly string[] {
  const depth = fieldDepth(path);
  if (isOneOfMany || wholeFields.has(path[depth - 1])) return path.slice(0, depth);
  return path[depth]?.startsWith('[') ? path.slice(0, depth + 1) : path;
}

function judge(path: readonly string[], versions: Versions): PodEffect {
  const [top, field, container, inner, process] = path;
  if (top !== 'spec' || !isContainerList(field) || container === undefined) return judgePod(path, versions);
  if (path.length > 3 && inner === 'processes' && process !== undefined)
    return ofOne(judgeProcess(path, container, process, versions));
  return ofOne(judgeContainer(path, container, versions));
}

const ofOne = (effect: ContainerEffect): PodEffect => ({ cost: 'nothing', containers: [effect] });

function judgePod(path: readonly string[], { from, to, now, host, normalise }: Versions): PodEffect {
  const changed = replaceAt(from, path, valueAt(to, path)) as PodManifest;
  return podEffect(now, normalise(changed), host);
}

/** A container that comes or goes is judged by that alone. */
function judgeContainer(path: readonly string[], key: string, versions: Versions): ContainerEffect {
  const { now, to, host } = versions;
  const before = now.containers.find(({ name }) => `[${name}]` === key);
  const after = valueAt(to, path);
  const context = { pod: now, host };
  if (before === undefined || (path.length === 3 && after === undefined)) {
    const fresh = specOf([valueAt(to, path.slice(0, 3))], path, versions);
    return containerEffect(before, fresh, context);
  }
  const [written] = [valueAt(versions.from, path.slice(0, 3))];
  return containerEffect(before, specOf([replaceAt(written, path.slice(3), after)], path, versions), context);
}

/** Of the container only this program is looked at: there may be a thousand others. */
function judgeProcess(path: readonly string[], key: string, process: string, versions: Versions): ContainerEffect {
  const { from, to, now, host } = versions;
  const whole = now.containers.find(({ name }) => `[${name}]` === key);
  const written = valueAt(from, path.slice(0, 3)) as Readonly<Record<string, unknown>>;
  const one = [valueAt(written, ['processes', process])].filter((item) => item !== undefined);
  const before = { ...written, processes: one };
  const after = replaceAt(before, path.slice(3), valueAt(to, path));
  const context = { pod: now, host, ...(whole === undefined ? {} : { whole }) };
  return containerEffect(specOf([before], path, versions), specOf([after], path, versions), context);
}

/** The container by itself, in the list that `path` leads to. */
function specOf(
  containers: readonly unknown[],
  [, list = 'containers']: readonly string[],
  { from, normalise }: Versions,
): ContainerSpec | undefined {
  const given = containers.filter((container) => container !== undefined);
  if (given.length === 0) return undefined;
  const alone = { containers: [], initContainers: [], [list]: given };
  return normalise({ ...from, spec: { ...from.spec, ...alone } }).containers[0];
}

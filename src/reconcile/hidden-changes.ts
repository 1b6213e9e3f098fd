/** Differences between two specs that no written field shows: contents from outside of the manifest, another meaning in a newer podctl. Pure. */
import type { HostFacts } from '../launch/launch-context.ts';
import { listOf } from '../manifest/listed-containers.ts';
import { isSecretSource } from '../manifest/normalise-env.ts';
import type { ContainerSpec, PodSpec } from '../model/pod-spec.ts';
import { sameJson } from '../util/same-json.ts';
import { type ContainerEffect, containerEffect } from './container-effect.ts';
import { fixedMounts } from './content-drift.ts';
import { contentDifferences } from './diff-contents.ts';
import { fieldNames } from './diff-programs.ts';
import { diffValues, maskChange, replaceAt, type ValueChange, valueAt } from './diff-values.ts';

export interface HiddenChange extends ValueChange {
  readonly effect: ContainerEffect;
  /** where the value comes from, as `configmap/app key PORT` */
  readonly source?: string;
  /** why it costs that, where it is not the field */
  readonly why?: string;
}

/** In the manifest's words. What makes no difference to what runs is left out, and a value out of a Secret is not shown. */
export function hiddenChanges(
  before: ContainerSpec,
  after: ContainerSpec,
  { pod, host }: { readonly pod: PodSpec; readonly host: HostFacts },
): readonly HiddenChange[] {
  const surroundings = { pod, host };
  return [...fieldChanges(before, after, surroundings), ...mountChanges(before, after, surroundings)];
}

interface Surroundings {
  readonly pod: PodSpec;
  readonly host: HostFacts;
}

/** Of every field but the mounts. */
function fieldChanges(
  before: ContainerSpec,
  after: ContainerSpec,
  { pod, host }: Surroundings,
): readonly HiddenChange[] {
  const known = new Map<string, ContainerEffect>();
  return diffValues({ ...before, mounts: after.mounts }, after).flatMap((change) => {
    const { path } = change;
    const unit = unitOf(path);
    const key = JSON.stringify(unit);
    const effect = known.get(key) ?? effectOf(unit, before, after, { pod, host });
    known.set(key, effect);
    if (effect.cost === 'nothing') return [];
    const source = sourceOf(path, after) ?? sourceOf(path, before);
    const told = { ...withoutSecrets(change, [before, after]), path: manifestPath(path, before), effect };
    return [source === undefined ? told : { ...told, source }];
  });
}

/** What a mount shows is told by its digest, which tells nobody anything: only that it changed. */
function mountChanges(
  before: ContainerSpec,
  after: ContainerSpec,
  { pod, host }: Surroundings,
): readonly HiddenChange[] {
  const path = ['spec', listOf(before), `[${before.name}]`, 'volumeMounts'];
  const effectOfMounts = (mounts: ContainerSpec['mounts']) =>
    containerEffect(before, { ...before, mounts }, { pod, host });
  const contents = contentDifferences(before, after).map(({ mount, why }) => ({
    path: [...path, `[${mount.mountPath}]`],
    from: 'content',
    to: 'content (changed)',
    effect: effectOfMounts(before.mounts.map((other) => (other.mountPath === mount.mountPath ? mount : other))),
    why,
  }));
  if (sameJson(fixedMounts(before), fixedMounts(after))) return contents;
  const paths = ({ mounts }: ContainerSpec) => mounts.map(({ mountPath }) => mountPath);
  return [...contents, { path, from: paths(before), to: paths(after), effect: effectOfMounts(after.mounts) }];
}

/** A field of a program, or of the container, as a whole. */
const unitOf = (path: readonly string[]): readonly string[] => path.slice(0, path[0] === 'programs' ? 3 : 1);

function effectOf(
  unit: readonly string[],
  before: ContainerSpec,
  after: ContainerSpec,
  context: { readonly pod: PodSpec; readonly host: HostFacts },
): ContainerEffect {
  const [field, program] = unit;
  if (field !== 'programs' || program === undefined)
    return containerEffect(before, replaceAt(before, unit, valueAt(after, unit)) as ContainerSpec, context);
  const only = (spec: ContainerSpec): ContainerSpec => ({
    ...spec,
    programs: spec.programs.filter(({ name }) => `[${name}]` === program),
  });
  const changed = replaceAt(only(before), unit, valueAt(after, unit)) as ContainerSpec;
  return containerEffect(only(before), changed, { ...context, whole: before });
}

/** Of a variable whose value does not stand in the manifest. */
function sourceOf([field, program, inner, variable]: readonly string[], { envSources }: ContainerSpec) {
  if (field !== 'programs' || inner !== 'env' || program === undefined || variable === undefined) return undefined;
  return envSources?.[program.slice(1, -1)]?.[variable];
}

/** A command may hold a secret variable's value too: where the program has one, nothing but other variables is shown. */
function withoutSecrets(change: ValueChange, versions: readonly ContainerSpec[]): ValueChange {
  const [, program = '', inner, variable = ''] = change.path;
  const secrets = versions.flatMap(({ envSources }) => {
    const sources = Object.entries(envSources?.[program.slice(1, -1)] ?? {});
    return sources.flatMap(([name, source]) => (isSecretSource(source) ? [name] : []));
  });
  const isSecret = inner === 'env' ? secrets.includes(variable) : secrets.length > 0;
  if (!isSecret) return change;
  return { path: change.path, ...maskChange(change) };
}

/** `programs[web].env.PORT` stands in the manifest as `processes[web].env[PORT]`, that of a plain container as `env[PORT]`. */
function manifestPath(path: readonly string[], container: ContainerSpec): readonly string[] {
  const { name, isPlain } = container;
  const top = ['spec', listOf(container), `[${name}]`];
  const [field, program, inner, ...rest] = path;
  if (field !== 'programs' || program === undefined || inner === undefined) return [...top, ...path];
  const owner = isPlain ? top : [...top, 'processes', program];
  if (inner === 'env') return [...owner, inner, ...rest.map((variable) => `[${variable}]`)];
  return [...owner, fieldNames[inner] ?? inner, ...rest];
}

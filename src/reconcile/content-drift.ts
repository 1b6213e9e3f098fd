/** How what a container's volumes show differs from what they showed when it last took it over, and what that takes. Pure. */
import type { ContainerSpec, ProgramSpec } from '../model/pod-spec.ts';
import type { ProgramRef } from '../model/program-name.ts';
import { isFiles, type MountSpec } from '../model/volume-spec.ts';
import type { ProgramState } from '../protocol/init.ts';
import { sameJson } from '../util/same-json.ts';

/**
 * `in-place`: it is written, or noted, and nothing is told; `reload`: programs are told, those that cannot be are restarted;
 * `restart`: only a new mount shows it, or the manifest says so.
 */
export type ContentDrift = 'none' | 'in-place' | 'reload' | 'restart';

/** A mount whose content is not the one that the container knows. */
export interface ContentChange {
  readonly before: MountSpec;
  readonly after: MountSpec;
  readonly drift: Exclude<ContentDrift, 'none'>;
}

const order: readonly ContentDrift[] = ['none', 'in-place', 'reload', 'restart'];

/** The dearest of the container's mounts. */
export function contentDrift(started: ContainerSpec, wanted: ContainerSpec): ContentDrift {
  return contentChanges(started, wanted).reduce<ContentDrift>(
    (dearest, { drift }) => (order.indexOf(drift) > order.indexOf(dearest) ? drift : dearest),
    'none',
  );
}

/** Of mounts that both have; those that came or went change the container itself (fixedMounts). */
export function contentChanges(started: ContainerSpec, wanted: ContainerSpec): readonly ContentChange[] {
  return wanted.mounts.flatMap((after) => {
    const before = started.mounts.find(({ mountPath }) => mountPath === after.mountPath);
    const drift = before === undefined ? 'none' : mountDrift(before, after, wanted.isPlain);
    return before === undefined || drift === 'none' ? [] : [{ before, after, drift }];
  });
}

/** What of the mounts stands fixed from the container's start on, whatever their order in the manifest. */
export function fixedMounts({ mounts }: ContainerSpec): unknown {
  const fixed = mounts.map(({ source, onChange: _, content: __, ...mount }) => ({
    ...mount,
    source: fixedSource(source),
  }));
  return Object.fromEntries(fixed.map((mount) => [mount.mountPath, mount]));
}

/** Which keys of which object it shows is written while it is mounted. */
function fixedSource(source: MountSpec['source']): unknown {
  return isFiles(source) ? { kind: source.kind } : source;
}

function mountDrift(before: MountSpec, after: MountSpec, isPlain: boolean): ContentDrift {
  const { onChange } = after;
  const isKnown = before.content !== undefined && after.content !== undefined;
  const isSame = before.content?.digest === after.content?.digest;
  if (isSame && sameJson(before.source, after.source)) return 'none';
  if (!isKnown || isSame || onChange === undefined) return 'in-place';
  // The one program of a plain container is the container.
  if (onChange === 'restart' || isPlain || showsOld(before, after)) return 'restart';
  return 'reload';
}

/** The mount is of another file than the one that now has its name: a reload would read the old one again. */
function showsOld(before: MountSpec, after: MountSpec): boolean {
  if (isFiles(after.source)) return after.subPath !== undefined;
  return before.content?.identity !== after.content?.identity;
}

/** How a program is told to take over what changed; `restart`: it has no way to be told. */
export function reloadWay({ reload, schedule }: ProgramSpec): 'signal' | 'command' | 'restart' | 'none' {
  if (reload !== undefined) return reload.kind;
  // its next run reads it
  return schedule === undefined ? 'restart' : 'none';
}

/** False where it is only noted that it shows something now, or no longer whether it changes. */
export const isOther = ({ before, after }: ContentChange): boolean =>
  before.content !== undefined && after.content !== undefined && before.content.digest !== after.content.digest;

/** What to ask of PID 1. */
export interface ToldPrograms {
  readonly reload: readonly ProgramRef[];
  readonly restart: readonly ProgramRef[];
}

/** The instances that run and are to take a changed content over; those that do not run see it when they start, `affected` ones (labels) do. */
export function planTelling(
  { programs }: ContainerSpec,
  states: readonly ProgramState[],
  affected: readonly string[],
): ToldPrograms {
  const live = states.filter(
    ({ state, label }) => (state === 'STARTING' || state === 'RUNNING') && !affected.includes(label),
  );
  const told = (isWay: (way: ReturnType<typeof reloadWay>) => boolean): readonly ProgramRef[] =>
    live.flatMap(({ program, instance }) => {
      const spec = programs.find(({ name }) => name === program);
      return spec !== undefined && isWay(reloadWay(spec)) ? [{ program, instance }] : [];
    });
  return { reload: told((way) => way === 'signal' || way === 'command'), restart: told((way) => way === 'restart') };
}

/** Names of the files that came, went or changed; empty when that is not known. */
export function changedFiles({ before, after }: ContentChange): readonly string[] {
  const from = before.content?.files;
  const to = after.content?.files;
  if (from === undefined || to === undefined) return [];
  const names = new Set([...Object.keys(from), ...Object.keys(to)]);
  return [...names].filter((name) => from[name] !== to[name]).sort();
}

/** What changed contents of mounts cost, said before it is done. Pure. */
import type { ContainerSpec, ProgramSpec } from '../model/pod-spec.ts';
import { programKey, programLabel } from '../model/program-name.ts';
import type { MountSpec } from '../model/volume-spec.ts';
import type { ChangeCost } from '../protocol/api.ts';
import { signalName } from '../util/signal-name.ts';
import { type ContentChange, changedFiles, contentChanges, contentDrift, isOther, reloadWay } from './content-drift.ts';
import type { ProgramDifference } from './diff-programs.ts';

/** The dearest of what the container's changed contents cost. */
export function contentsCost(before: ContainerSpec, after: ContainerSpec): ChangeCost {
  const drift = contentDrift(before, after);
  if (drift === 'none') return 'nothing';
  return driftCost(drift, after);
}

/** A mount that shows something else now, and why that costs what it costs. */
export interface ContentDifference {
  readonly mount: MountSpec;
  readonly why: string;
}

/** Of mounts that both versions of a container have. */
export function contentDifferences(before: ContainerSpec, after: ContainerSpec): readonly ContentDifference[] {
  const changes = contentChanges(before, after).filter(isOther);
  return changes.map((change) => ({
    mount: change.after,
    why: `${whatChanged(change)}: ${whatFollows(change, after)}`,
  }));
}

/** Programs that are told or restarted because of what their volumes show, beside what changed of themselves. */
export function withContents(
  differences: readonly ProgramDifference[],
  before: ContainerSpec,
  after: ContainerSpec,
): readonly ProgramDifference[] {
  const anew = new Set(differences.flatMap(({ key, change }) => (change === 'in-place' ? [] : [key])));
  const told = toldPrograms(before, after).filter(({ key }) => !anew.has(key));
  const keys = new Set(told.map(({ key }) => key));
  return [...differences.filter(({ key }) => !keys.has(key)), ...told];
}

function toldPrograms(before: ContainerSpec, after: ContainerSpec): readonly ProgramDifference[] {
  const reloads = contentChanges(before, after).filter(({ drift }) => drift === 'reload');
  if (reloads.length === 0) return [];
  const fields = [`content of ${reloads.map((change) => change.after.mountPath).join(', ')}`];
  return after.programs.flatMap((program) => {
    const { name, instances } = program;
    const way = reloadWay(program);
    if (way === 'none') return [];
    return Array.from(
      { length: instances ?? 1 },
      (_, n): ProgramDifference => ({
        key: programKey(name, n),
        label: programLabel(name, n, instances !== undefined),
        program: name,
        change: way === 'restart' ? 'restart' : 'in-place',
        fields,
      }),
    );
  });
}

function driftCost(drift: ContentChange['drift'], { programs }: ContainerSpec): ChangeCost {
  if (drift === 'in-place') return 'in-place';
  if (drift === 'restart') return 'restart-container';
  const ways = new Set(programs.map(reloadWay));
  if (ways.has('restart')) return 'restart-program';
  if (ways.has('command')) return 'reload';
  return ways.has('signal') ? 'signal' : 'in-place';
}

const maxNamed = 3;

function whatChanged(change: ContentChange): string {
  const files = changedFiles(change);
  const { subPath } = change.after;
  const place = placeOf(change.after);
  if (files.length === 0) return `${[place, subPath ?? ''].filter((part) => part !== '').join('/')} changed`;
  const more = files.length - maxNamed;
  return `${files.slice(0, maxNamed).join(', ')}${more > 0 ? ` and ${more} more` : ''} of ${place} changed`;
}

/** Where what it shows comes from, as people name it. */
function placeOf({ volume, source }: MountSpec): string {
  switch (source.kind) {
    case 'hostPath':
      return source.path;
    case 'emptyDir':
      return '';
    case 'projected':
      return `volume ${volume}`;
    default:
      return `${source.kind.toLowerCase()}/${source.name}`;
  }
}

function whatFollows({ after, drift }: ContentChange, container: ContainerSpec): string {
  if (drift === 'in-place') {
    return after.subPath === undefined
      ? 'the container sees it while it runs'
      : 'a subPath is mounted once, it is seen from the next start on';
  }
  if (drift === 'restart') return whyRestart(after, container);
  const told = container.programs.flatMap((program) => howTold(program) ?? []);
  return told.length === 0 ? 'no program has to be told' : told.join(', ');
}

function howTold(program: ProgramSpec): string | undefined {
  const { name, reload } = program;
  if (reload?.kind === 'signal') return `${name} gets ${signalName(reload.signal)}`;
  if (reload?.kind === 'command') return `the reload command of ${name} runs`;
  return reloadWay(program) === 'restart' ? `${name} has no reload and restarts` : undefined;
}

function whyRestart({ onChange }: ContentChange['after'], { isPlain }: ContainerSpec): string {
  if (onChange === 'restart') return 'restartOn: change';
  if (isPlain) return 'the container has no program that could be told';
  return 'another file has its name now, which only a new mount shows';
}

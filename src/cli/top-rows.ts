/** The tree of `podctl top` as rows: pods, containers, programs, each level in the order asked for. Pure. */
import type { Usage } from '../protocol/usage.ts';
import type { ProgramTarget } from './program-target.ts';
import type { RatedContainer, RatedPod, RatedProgram, RatedUsage, UsageRates } from './usage-rates.ts';

export const topSorts = ['cpu', 'memory', 'io', 'pids', 'name'] as const;
export type TopSort = (typeof topSorts)[number];

/** `tree`: all three, each below what it belongs to; else a list of one kind. */
export type TopLevel = 'tree' | 'pods' | 'containers' | 'programs';

export interface TopRow {
  /** 0 pod, 1 container, 2 program; in a list of one kind 0 */
  readonly depth: number;
  readonly namespace: string;
  readonly name: string;
  readonly usage: Usage;
  readonly rates: UsageRates;
  readonly paused: boolean;
}

interface Rated {
  readonly usage: Usage;
  readonly rates: UsageRates;
}

/** The rows in order; largest first, but by name as podd lists them. */
export function topRows({ items }: RatedUsage, level: TopLevel, sort: TopSort): readonly TopRow[] {
  if (level === 'tree') return ordered(items, sort).flatMap((pod) => treeOf(pod, sort));
  return ordered(items.flatMap(listsOf[level]), sort);
}

/** Only what the targets of their pods mean; pods that none names are left out. */
export function selectUsage(rated: RatedUsage, targets: readonly ProgramTarget[]): RatedUsage {
  const items = rated.items.flatMap((pod) => {
    const meant = targets.filter((target) => target.pod === pod.pod);
    if (meant.length === 0) return [];
    const containers = pod.containers.flatMap((container) => selectContainer(container, meant));
    return [{ ...pod, containers }];
  });
  return { ...rated, items };
}

function selectContainer(container: RatedContainer, targets: readonly ProgramTarget[]): readonly RatedContainer[] {
  const meant = targets.filter((target) => (target.container ?? container.container) === container.container);
  if (meant.length === 0) return [];
  const programs = container.programs.filter((program) => meant.some((target) => isProgram(program, target)));
  return [{ ...container, programs }];
}

function isProgram({ program: label }: RatedProgram, { program }: ProgramTarget): boolean {
  if (program === undefined) return true;
  const [name, instance = '0'] = label.split(':');
  return name === program.program && (program.instance ?? Number(instance)) === Number(instance);
}

function treeOf(pod: RatedPod, sort: TopSort): readonly TopRow[] {
  const { namespace } = pod;
  return [
    { ...rowOf(pod), depth: 0, namespace, name: pod.pod },
    ...ordered(pod.containers, sort).flatMap((container) => [
      { ...rowOf(container), depth: 1, namespace, name: container.container },
      ...ordered(shownPrograms(container), sort).map((program) => ({
        ...{ ...rowOf(program), depth: 2, namespace, name: program.program },
      })),
    ]),
  ];
}

/** A container of a plain command is its program. */
function shownPrograms({ programs }: RatedContainer): readonly RatedProgram[] {
  const [first, ...others] = programs;
  return first?.program === 'main' && others.length === 0 ? [] : programs;
}

const listsOf: Readonly<Record<Exclude<TopLevel, 'tree'>, (pod: RatedPod) => readonly TopRow[]>> = {
  pods: (pod) => [{ ...rowOf(pod), depth: 0, namespace: pod.namespace, name: pod.pod }],
  containers: ({ namespace, pod, containers }) =>
    containers.map((container) => ({
      ...{ ...rowOf(container), depth: 0, namespace, name: `${pod}/${container.container}` },
    })),
  programs: ({ namespace, pod, containers }) =>
    containers.flatMap(({ container, programs }) =>
      programs.map((program) => ({
        ...{ ...rowOf(program), depth: 0, namespace, name: `${pod}/${container}/${program.program}` },
      })),
    ),
};

const rowOf = ({ usage, rates, paused = false }: Rated & { readonly paused?: boolean }) => ({ usage, rates, paused });

function ordered<Item extends Rated>(items: readonly Item[], sort: TopSort): readonly Item[] {
  return sort === 'name' ? items : [...items].sort((a, b) => weights[sort](b) - weights[sort](a));
}

const weights: Readonly<Record<Exclude<TopSort, 'name'>, (item: Rated) => number>> = {
  cpu: ({ rates }) => rates.cpuPercent ?? 0,
  memory: ({ usage }) => usage.workingSetBytes ?? 0,
  io: ({ rates }) => (rates.readBytesPerSecond ?? 0) + (rates.writeBytesPerSecond ?? 0),
  pids: ({ usage }) => usage.pids ?? 0,
};

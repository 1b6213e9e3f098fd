/** Rules for dependsOn of a container's programs. */
import { closestWord } from '../util/closest-word.ts';
import { type CheckEffort, maxSuggestions } from './check-effort.ts';
import { type FieldPath, invalid, type ProblemSink } from './field-problem.ts';
import { findCycles } from './find-cycles.ts';
import { restartPolicy } from './process-values.ts';
import type { LooseProcess } from './schema.ts';

type Processes = readonly (LooseProcess | undefined)[];

/** names of a cycle that are told; more help nobody */
const maxNamesTold = 12;

/** Every name is that of another program whose condition can come to hold, and nobody waits for itself in the end. */
export function checkDependencies(
  processes: Processes,
  effort: CheckEffort,
  path: FieldPath,
  problems: ProblemSink,
): void {
  const named = new Map(processes.flatMap((process) => (process?.name ? [[process.name, process] as const] : [])));
  processes.forEach((process, index) => {
    for (const name of Object.keys(process?.dependsOn ?? {})) {
      if (process !== undefined)
        checkDependency(process, name, { named, effort }, [...path, index, 'dependsOn', name], problems);
    }
  });
  checkCycles(processes, path, problems);
}

interface Surroundings {
  readonly named: ReadonlyMap<string, LooseProcess>;
  readonly effort: CheckEffort;
}

function checkDependency(
  process: LooseProcess,
  name: string,
  { named, effort }: Surroundings,
  path: FieldPath,
  problems: ProblemSink,
): void {
  const target = named.get(name);
  const written = process.dependsOn?.[name];
  if (name === process.name)
    problems.error(path, invalid(name, 'a program cannot wait for itself'), { at: 'key', hint: 'remove it' });
  else if (target === undefined)
    problems.error(path, unknownName(name), { at: 'key', hint: hintFor(name, named, effort) });
  else checkCondition(target, typeof written === 'object' ? written.condition : written, path, problems);
}

const unknownName = (name: string): string => invalid(name, `the container has no program "${name}"`);

function hintFor(name: string, named: ReadonlyMap<string, unknown>, effort: CheckEffort): string | undefined {
  if (++effort.suggestions > maxSuggestions) return undefined;
  const near = closestWord(name, [...named.keys()]);
  return near === undefined ? undefined : `did you mean "${near}"?`;
}

/** A condition that cannot hold is an error, one that may never come to hold a warning. */
function checkCondition(
  target: LooseProcess,
  condition: string | undefined,
  path: FieldPath,
  problems: ProblemSink,
): void {
  const isLasting = condition === 'started' || condition === 'ready';
  if (condition === 'ready' && target.schedule !== undefined) {
    problems.error(path, invalid(condition, `"${target.name}" has a schedule: it comes and goes`), {
      hint: 'use started, completed or succeeded',
    });
  }
  if (target.autostart === false)
    problems.warn(path, `"${target.name}" has autostart: false: this program waits until somebody starts it`);
  if (isLasting || condition === undefined) return;
  if (restartPolicy(target) === 'always')
    problems.warn(path, `"${target.name}" has restart: always and so never ends for good: this program never starts`, {
      hint: 'use started or ready',
    });
  else if (target.essential === true)
    problems.warn(
      path,
      `"${target.name}" is essential: when it ends, the container ends and this program never starts`,
      {
        hint: 'use started or ready',
      },
    );
}

/** Each cycle is told once, at the entry of its first program that leads on. */
function checkCycles(processes: Processes, path: FieldPath, problems: ProblemSink): void {
  const indexes = new Map<string, number>();
  const edges = new Map<string, readonly string[]>();
  processes.forEach((process, index) => {
    if (!process?.name || edges.has(process.name)) return;
    indexes.set(process.name, index);
    edges.set(process.name, Object.keys(process.dependsOn ?? {}));
  });
  for (const cycle of findCycles(edges)) {
    const [first = '', next = ''] = cycle;
    const at = [...path, indexes.get(first) ?? 0, 'dependsOn', next];
    problems.error(at, invalid(next, `programs wait for each other in a circle: ${formatCycle(cycle)}`), {
      at: 'key',
      hint: 'one of them must start without the other',
    });
  }
}

function formatCycle(cycle: readonly string[]): string {
  const [first = ''] = cycle;
  const told =
    cycle.length <= maxNamesTold
      ? cycle
      : [...cycle.slice(0, maxNamesTold - 1), `${cycle.length - maxNamesTold + 1} more`];
  return [...told, first].join(' → ');
}

/** Rules for the programs of a container as a whole: which there are, and what they wait for. */
import { newCheckEffort } from './check-effort.ts';
import { duplicate, type FieldPath, forbidden, invalid, type ProblemSink, required } from './field-problem.ts';
import { listedContainers } from './listed-containers.ts';
import { dnsLabelComplaint } from './name-rules.ts';
import { checkDependencies } from './rules-dependencies.ts';
import { checkProcess, type ProcessContext } from './rules-process.ts';
import type { LooseContainer, LooseProcess, LooseSpec } from './schema.ts';

/** PID 1 keeps a state, timers and files for each. */
const maxInstances = 2_000;

/** `processes` of every container of the pod. */
export function checkProcesses(spec: LooseSpec, problems: ProblemSink): void {
  const effort = newCheckEffort();
  for (const { container, path } of listedContainers(spec)) {
    const { processes } = container;
    if (processes === undefined) continue;
    checkExclusive(container, path, problems);
    checkList(processes, [...path, 'processes'], problems);
    if (processes.length > maxInstances) continue;
    const context: ProcessContext = { spec, container, effort };
    processes.forEach((process, at) => {
      if (process !== undefined) checkProcess(process, context, [...path, 'processes', at], problems);
    });
    checkDependencies(processes, effort, [...path, 'processes'], problems);
  }
}

/** What belongs to the one program of a plain container. */
function checkExclusive(container: LooseContainer, path: FieldPath, problems: ProblemSink): void {
  for (const name of ['command', 'args'] as const) {
    if (container[name] === undefined) continue;
    problems.error([...path, name], forbidden('may not be given together with processes'), {
      at: 'key',
      hint: 'make it a program of processes, or remove processes',
    });
  }
  for (const name of ['stdin', 'tty'] as const) {
    if (container[name] !== true) continue;
    problems.warn([...path, name], 'means nothing in a container with processes, ignored', {
      hint: `give ${name} to one of the programs`,
    });
  }
}

function checkList(processes: Processes, path: FieldPath, problems: ProblemSink): void {
  if (processes.length === 0)
    problems.error(path, required('at least one program'), { hint: 'a container with one program needs only command' });
  const seen = new Set<string>();
  processes.forEach((process, index) => {
    checkName(process?.name, seen, [...path, index, 'name'], problems);
  });
  const total = processes.reduce((sum, process) => sum + instancesOf(process), 0);
  if (total > maxInstances) {
    const detail = `with all instances ${total} programs, more than the ${maxInstances} that one container may have`;
    problems.error(path, `Too many: ${detail}`, { at: 'key', hint: 'share them out among several containers' });
  }
}

type Processes = readonly (LooseProcess | undefined)[];

const instancesOf = (process: LooseProcess | undefined): number =>
  Math.min(1_000, Math.max(0, process?.instances ?? 1));

function checkName(name: string | undefined, seen: Set<string>, path: FieldPath, problems: ProblemSink): void {
  if (name === undefined) return;
  if (name === '') problems.error(path, required());
  else if (name.startsWith('_')) problems.error(path, invalid(name, 'names that begin with "_" are podctl’s own'));
  else {
    const complaint = dnsLabelComplaint(name);
    if (complaint !== undefined) problems.error(path, invalid(name, complaint));
    if (seen.has(name)) problems.error(path, duplicate(name), { hint: 'for copies of one program use instances' });
    seen.add(name);
  }
}

/** Which programs a request means, and whether they can do what it asks. Pure. */
import { formatProgramRef, type ProgramRef } from '../model/program-name.ts';
import type { ProgramVerb } from '../protocol/init.ts';
import { closestWord } from '../util/closest-word.ts';
import { err, ok, type Result } from '../util/result.ts';
import type { ProgramRequest } from './machine.ts';
import { phaseWords } from './supervise-container.ts';
import { isRemoved, type Machine, type Program, runOf, wantedPlan } from './supervise-machine.ts';

/** The keys that are meant, in the manifest's order; no targets: all. Else a message with what there is. */
export function selectPrograms(machine: Machine, targets: readonly ProgramRef[]): Result<readonly string[], string> {
  const programs = machine.programs.filter((program) => !isRemoved(program));
  for (const target of targets)
    if (!programs.some((program) => isMeant(program, target))) return err(describeUnknown(programs, target));
  const meant = programs.filter(
    (program) => targets.length === 0 || targets.some((target) => isMeant(program, target)),
  );
  return ok(meant.map(({ plan }) => plan.name));
}

function isMeant(program: Program, target: ProgramRef): boolean {
  const { program: name, instance } = wantedPlan(program);
  return name === target.program && (target.instance === undefined || target.instance === instance);
}

function describeUnknown(programs: readonly Program[], target: ProgramRef): string {
  const siblings = programs.filter(({ plan }) => plan.program === target.program);
  const names = [...new Set(programs.map(({ plan }) => plan.program))];
  const near = siblings.length > 0 ? undefined : closestWord(target.program, names);
  const hint = near === undefined ? '' : ` (did you mean ${near}?)`;
  const known = siblings.length > 0 ? siblings.map(({ plan }) => plan.label) : names;
  return `no program ${formatProgramRef(target)}${hint}; there ${known.length > 0 ? `is ${list(known)}` : 'are none'}`;
}

const list = (words: readonly string[]): string => words.join(', ');

/** Why the programs that are meant cannot do it; undefined when they can. The targets exist (selectPrograms). */
export function refuseRequest(machine: Machine, request: ProgramRequest): string | undefined {
  const { verb, targets } = request;
  if (isRunVerb(verb) && machine.phase !== 'running') return `the container ${phaseWords[machine.phase]}`;
  if (isHeldBack(machine, request)) return 'the container is paused: resume it first';
  const selected = selectPrograms(machine, targets);
  const keys = new Set(selected.ok ? selected.value : []);
  const programs = machine.programs.filter(({ plan }) => keys.has(plan.name));
  if (verb === 'signal') return refuseSignal(programs, request);
  if (verb === 'pause') return programs.some(canPause) ? undefined : describeResting(programs);
  return verb === 'reload' ? refuseReload(programs, targets) : undefined;
}

const isRunVerb = (verb: ProgramVerb): boolean =>
  verb === 'start' || verb === 'restart' || verb === 'reload' || verb === 'pause';

/** In a paused container no program can be moved alone; signals wait in the kernel. */
const isHeldBack = ({ pause }: Machine, { verb, targets }: ProgramRequest): boolean =>
  pause !== undefined && verb !== 'pause' && (verb === 'reload' || targets.length > 0);

/** It runs, or something is to start it; what is being stopped is not. */
const canPause = ({ life, plan, pause }: Program): boolean =>
  pause !== undefined ||
  ['WAITING', 'STARTING', 'RUNNING', 'BACKOFF'].includes(life.state) ||
  (plan.schedule !== undefined && (life.state === 'EXITED' || life.state === 'FATAL'));

function refuseSignal(programs: readonly Program[], { signal }: ProgramRequest): string | undefined {
  if (signal === undefined) return 'signal takes the number of a signal';
  return programs.some(runs) ? undefined : describeResting(programs);
}

/** Without targets those are meant that can; each that is named must have a way to reload. */
function refuseReload(programs: readonly Program[], targets: readonly ProgramRef[]): string | undefined {
  const without = programs.filter(({ plan }) => plan.reload === undefined);
  const isAll = targets.length === 0;
  if (without.length > 0 && (!isAll || without.length === programs.length))
    return `${list(without.map(({ plan }) => plan.label))} cannot reload: give it \`reload\` in the manifest, or restart it`;
  const paused = programs.filter(({ pause }) => pause !== undefined);
  if (paused.length > 0) return `paused: ${list(paused.map(({ plan }) => plan.label))}; resume it first`;
  const able = programs.filter(({ plan }) => plan.reload !== undefined);
  return able.some(runs) ? undefined : describeResting(able);
}

const runs = ({ life }: Program): boolean => runOf(life) !== undefined;

function describeResting(programs: readonly Program[]): string {
  if (programs.length === 0) return 'the container has no programs';
  return `not running: ${list(programs.map(({ plan, life }) => `${plan.label} is ${life.state}`))}`;
}

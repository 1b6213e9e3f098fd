/** Which logs of a container run are meant, and how the lines of each are shown. */
import type { ProgramLogsSpec } from '../model/pod-spec.ts';
import { keyOfLogFile, logFileName, mainProgramName, type ProgramRef, parseProgramRef } from '../model/program-name.ts';
import type { ContainerLocation, LocatedProgram } from '../reconcile/reconciler.ts';
import { prefixColours } from '../util/prefix-colours.ts';
import { listLogs } from './log-files.ts';
import type { LineLook } from './log-formatter.ts';

export interface LogSource {
  /** file name without rotation suffix */
  readonly log: string;
  readonly look: LineLook;
}

export interface LogSources {
  /** In the manifest's order: that of lines of the same time. */
  readonly sources: readonly LogSource[];
  /** no other can appear while this run lasts */
  readonly isComplete: boolean;
}

export interface LogShow {
  readonly prefix: 'auto' | 'always' | 'never';
  /** absent: each program's own */
  readonly format?: ProgramLogsSpec['format'];
  /** colour the prefixes, for a terminal */
  readonly colour: boolean;
  /** of the JSON objects */
  readonly pod: string;
}

type Program = Pick<LocatedProgram, 'program' | 'instance' | 'key' | 'label'> & { readonly logs?: ProgramLogsSpec };

/** The logs of the programs meant (all without `ref`): those that the container has, and those found of removed ones. */
export async function findLogSources(
  location: ContainerLocation,
  attempt: number,
  ref: ProgramRef | undefined,
  show: LogShow,
): Promise<LogSources> {
  const isPlain = location.isPlain && attempt === location.attempt;
  const programs = await programsOf(location, attempt, isPlain, ref);
  const hasPrefix = !isPlain && (show.prefix === 'always' || (show.prefix === 'auto' && programs.length > 1));
  const sources = programs.map((program, index) => ({
    log: logFileName(attempt, program.key, isPlain || program.isPlain),
    look: lookOf(program, location.container, show, hasPrefix ? index : undefined),
  }));
  const isOne = ref?.instance !== undefined && sources.length === 1;
  return { sources, isComplete: isPlain || isOne };
}

/** Every program that has a log of this run on disk or is one of the container's now. */
export async function loggedPrograms(
  location: ContainerLocation,
  attempt: number,
): Promise<readonly Required<ProgramRef>[]> {
  return await programsOf(location, attempt, false, undefined);
}

/** Whether any program has a log of this run. */
export async function hasLog(dir: string, attempt: number): Promise<boolean> {
  return (await listLogs(dir)).some((file) => keyOfLogFile(file, attempt) !== undefined);
}

interface FoundProgram extends Program {
  readonly isPlain: boolean;
}

async function programsOf(
  location: ContainerLocation,
  attempt: number,
  isPlain: boolean,
  ref: ProgramRef | undefined,
): Promise<readonly FoundProgram[]> {
  const now: readonly Program[] = isPlain && location.programs.length === 0 ? [mainProgram] : location.programs;
  const known = attempt === location.attempt ? now.map((program) => ({ ...program, isPlain })) : [];
  const found = isPlain ? [] : await removedPrograms(location, attempt, known);
  return [...known, ...found].filter((program) => isMeant(program, ref));
}

const mainProgram: Program = { key: mainProgramName, program: mainProgramName, instance: 0, label: mainProgramName };

/** From the files on disk: programs of that attempt that are not among `known`. */
async function removedPrograms(
  location: ContainerLocation,
  attempt: number,
  known: readonly Program[],
): Promise<readonly FoundProgram[]> {
  const files = await listLogs(location.logDir);
  const keys = files.flatMap((file) => {
    const key = keyOfLogFile(file, attempt);
    return key === undefined ? [] : [{ key, isPlain: file === `${attempt}.log` }];
  });
  const isKnown = ({ key }: { readonly key: string }): boolean => known.some((program) => program.key === key);
  const inOrder = keys
    .filter((file) => !isKnown(file))
    .sort((a, b) => placeOf(location, a.key) - placeOf(location, b.key) || compare(a.key, b.key));
  const all = [...keys.map(({ key }) => key), ...known.map(({ key }) => key)];
  return inOrder.map(({ key, isPlain }) => ({ ...nameOf(key, all, location), isPlain }));
}

/** An earlier run's programs are mostly those of the manifest still. */
function placeOf({ programs }: ContainerLocation, key: string): number {
  const at = programs.findIndex((program) => program.key === key);
  return at === -1 ? programs.length : at;
}

const compare = (a: string, b: string): number => (a < b ? -1 : 1);

function nameOf(key: string, all: readonly string[], location: ContainerLocation): Program {
  const located = location.programs.find((program) => program.key === key);
  if (located !== undefined) return located;
  const { program, instance = 0 } = parseProgramRef(key) ?? { program: key };
  const hasSiblings = all.some((other) => other !== key && parseProgramRef(other)?.program === program);
  const label = instance === 0 && hasSiblings ? `${program}:0` : key;
  const logs = location.programs.find((sibling) => sibling.program === program)?.logs;
  return { key, program, instance, label, ...(logs === undefined ? {} : { logs }) };
}

const isMeant = ({ program, instance }: Program, ref: ProgramRef | undefined): boolean =>
  ref === undefined || (program === ref.program && (ref.instance ?? instance) === instance);

/** `place`: among the programs shown; absent: no prefix. */
function lookOf(program: Program, container: string, show: LogShow, place: number | undefined): LineLook {
  const { label, logs } = program;
  if ((show.format ?? logs?.format) === 'json') {
    return { prefix: Buffer.alloc(0), json: { pod: show.pod, container, program: label } };
  }
  if (place === undefined) return { prefix: Buffer.alloc(0) };
  const text = logs?.prefix ?? `[${label}] `;
  const colour = prefixColours[place % prefixColours.length];
  return { prefix: Buffer.from(show.colour ? `\u001b[${colour}m${text}\u001b[0m` : text) };
}

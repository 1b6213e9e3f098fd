/** `POD[/CONTAINER[/PROGRAM[:INSTANCE]]]`: what verbs, ps, why and wait are told to work on. */
import { formatProgramRef, type ProgramRef, parseProgramRef } from '../model/program-name.ts';
import type { ProgramGroup, ProgramObject } from '../protocol/api.ts';
import { closestWord } from '../util/closest-word.ts';
import { PodError } from '../util/pod-error.ts';
import { UsageError } from './usage-error.ts';

/** As written; what the words behind the pod mean is known only with the pod at hand. */
export interface WrittenTarget {
  readonly pod: string;
  /** none, one (a container, or a program of the only container) or two (container, program) */
  readonly parts: readonly string[];
}

/** Without container: the whole pod; without program: the whole container. */
export interface ProgramTarget {
  readonly pod: string;
  readonly container?: string;
  readonly program?: ProgramRef;
}

/** A pod's containers, and per container the programs of its manifest: those with `instances: 0` show in no group. */
export interface PodPrograms {
  readonly groups: readonly ProgramGroup[];
  readonly declared: ReadonlyMap<string, readonly string[]>;
}

const form = 'POD, POD/CONTAINER or POD/CONTAINER/PROGRAM[:INSTANCE]';
const kindWord = /^(?:pods?|po)\/(?=.)/;

/** A leading `pod/` is kubectl's kind word. Throws UsageError. */
export function parseTarget(word: string): WrittenTarget {
  const [pod = '', ...parts] = word.replace(kindWord, '').split('/');
  if (pod === '' || parts.includes('') || parts.length > 2) throw new UsageError(`"${word}" is not ${form}`);
  return { pod, parts };
}

/**
 * Finds the container and program that are meant: one word behind the pod is a container, else a program of the pod's only container.
 * Throws PodError NotFound that names both readings and lists what there is.
 */
export function resolveTarget({ pod, parts }: WrittenTarget, programs: PodPrograms): ProgramTarget {
  const [first, second] = parts;
  if (first === undefined) return { pod };
  const { groups } = programs;
  const container = groups.find((group) => group.container === first)?.container;
  if (second === undefined && container !== undefined) return { pod, container };
  if (second !== undefined) {
    if (container === undefined) throw noContainer(pod, first, groups);
    return { pod, container, program: findProgram(pod, container, second, programs) };
  }
  const [only, ...others] = groups;
  if (only === undefined || others.length > 0) throw noContainer(pod, first, groups);
  const isKnown = knownNames(only.container, programs).some((name) => name === first.replace(/:.*$/, ''));
  if (!isKnown) throw neither(pod, first, only.container, programs);
  return { pod, container: only.container, program: findProgram(pod, only.container, first, programs) };
}

/** `pod/web/app/worker:1`, as verbs print it and take it. */
export function formatTarget({ pod, container, program }: ProgramTarget): string {
  const parts = [pod, container, program === undefined ? undefined : formatProgramRef(program)];
  return `pod/${parts.filter((part) => part !== undefined).join('/')}`;
}

/** The groups of a target, with only the programs that it means. */
export function selectGroups(target: ProgramTarget, groups: readonly ProgramGroup[]): readonly ProgramGroup[] {
  return groups
    .filter(({ pod, container }) => pod === target.pod && (target.container ?? container) === container)
    .map((group) => ({ ...group, programs: selectPrograms(target.program, group.programs) }));
}

/** All of them without `ref`. */
export function selectPrograms(
  ref: ProgramRef | undefined,
  programs: readonly ProgramObject[],
): readonly ProgramObject[] {
  if (ref === undefined) return programs;
  const isMeant = ({ program, instance }: ProgramObject): boolean =>
    program === ref.program && (ref.instance ?? instance) === instance;
  return programs.filter(isMeant);
}

/** Whether the container's one program comes from a plain `command`: then the container is the program. */
export function isPlainGroup({ programs }: ProgramGroup): boolean {
  const [only, ...others] = programs;
  return others.length === 0 && (only === undefined || (only.name === 'main' && only.essential));
}

function findProgram(pod: string, container: string, word: string, programs: PodPrograms): ProgramRef {
  const ref = parseProgramRef(word);
  const names = knownNames(container, programs);
  if (ref === undefined || !names.includes(ref.program)) throw noProgram(pod, container, word, names);
  const all = programs.groups.find((group) => group.container === container)?.programs ?? [];
  const siblings = all.filter(({ program }) => program === ref.program);
  // None at all: it does not run, and podd knows better why.
  if (siblings.length === 0 || selectPrograms(ref, siblings).length > 0) return ref;
  const labels = siblings.map(({ label }) => label);
  throw new PodError('NotFound', `program ${pod}/${container}/${ref.program} has no instance ${ref.instance}`, {
    hint: `there ${labels.length === 1 ? 'is' : 'are'} ${labels.join(', ')}`,
  });
}

function knownNames(container: string, { groups, declared }: PodPrograms): readonly string[] {
  const shown = groups.find((group) => group.container === container)?.programs ?? [];
  return [...new Set([...shown.map(({ program }) => program), ...(declared.get(container) ?? [])])];
}

function noContainer(pod: string, word: string, groups: readonly ProgramGroup[]): PodError {
  const names = groups.map(({ container }) => container);
  return new PodError('NotFound', `pod ${pod} has no container "${word}"`, {
    hint: `${guessOf(word, names)}containers of ${pod}: ${names.join(', ') || 'none'}`,
  });
}

function noProgram(pod: string, container: string, word: string, names: readonly string[]): PodError {
  return new PodError('NotFound', `container ${pod}/${container} has no program "${word}"`, {
    hint: `${guessOf(word, names)}programs of ${pod}/${container}: ${names.join(', ') || 'none'}`,
  });
}

function neither(pod: string, word: string, container: string, programs: PodPrograms): PodError {
  const names = knownNames(container, programs);
  return new PodError('NotFound', `pod ${pod} has neither a container nor a program "${word}"`, {
    hint: `${guessOf(word, [container, ...names])}its container is ${container}, with the programs ${names.join(', ') || '(none)'}`,
  });
}

function guessOf(word: string, names: readonly string[]): string {
  const guess = closestWord(word, names);
  return guess === undefined ? '' : `did you mean ${guess}? `;
}

/** `podctl __complete WORD…`: what may stand at the last word (empty: a new one), a candidate a line, `value<TAB>description`. */
import { instancePaths } from '../model/instance-paths.ts';
import { kindNames } from '../model/object-kinds.ts';
import type { DataKind } from '../model/object-manifest.ts';
import type { ProgramGroup } from '../protocol/api.ts';
import type { DataList, PodList, PodObject } from '../protocol/objects.ts';
import { createClient } from './client.ts';
import type { Command, Flag, FlagTable } from './command.ts';
import { commands, findCommand } from './commands.ts';
import { programCandidates } from './complete-programs.ts';
import { filesWanted } from './completion-scripts.ts';
import type { Io } from './io.ts';
import { dataPath, podPath, podsPath } from './pod-paths.ts';
import { everyContainer } from './pod-row.ts';
import { readGroups } from './read-programs.ts';
import { dataKindOf, resourceOf } from './resource-args.ts';

/** Always exits with 0: a shell that completes has no use for errors. */
export async function printCandidates(words: readonly string[], io: Io): Promise<number> {
  const candidates = await findCandidates(words, askPodd(io)).catch(() => []);
  io.out(candidates.map((candidate) => `${candidate}\n`).join(''));
  return 0;
}

/** What completion asks podd for; nothing when it does not run (it is not started for this). */
export interface PodSource {
  readonly pods: (namespace: string | undefined) => Promise<readonly PodObject[]>;
  readonly pod: (namespace: string, name: string) => Promise<PodObject | undefined>;
  /** names of the objects of another kind in a namespace */
  readonly data: (kind: DataKind, namespace: string) => Promise<readonly string[]>;
  /** the containers of one pod with their programs */
  readonly groups: (namespace: string, pod: string) => Promise<readonly ProgramGroup[]>;
}

function askPodd(io: Io): PodSource {
  const client = createClient(instancePaths(io.env).socket);
  const or = async <T>(ask: Promise<T>, otherwise: T): Promise<T> => ask.catch(() => otherwise);
  return {
    pods: async (namespace) =>
      (await or(client.json<Pick<PodList, 'items'>>('GET', podsPath(namespace)), { items: [] })).items,
    pod: (namespace, name) =>
      or<PodObject | undefined>(client.json<PodObject>('GET', podPath(namespace, name)), undefined),
    data: async (kind, namespace) => {
      const path = dataPath(kind, namespace);
      const { items } = await or(client.json<Pick<DataList, 'items'>>('GET', path), { items: [] });
      return items.map(({ metadata }) => metadata.name);
    },
    groups: (namespace, pod) => or(readGroups(client, { namespace, pod }), []),
  };
}

/** Not filtered by what is typed of the last word already: shells do that, each in its way. */
export async function findCandidates(words: readonly string[], source: PodSource): Promise<readonly string[]> {
  const [name, ...others] = words;
  if (name === undefined || others.length === 0) return commandNames();
  if (name === 'help') return commandNames();
  const entry = findCommand(name);
  if (entry === undefined) return [];
  return await candidatesFor((await entry.load()).command, others, source);
}

function commandNames(): string[] {
  return [...commands.map(({ name, summary }) => `${name}\t${summary}`), 'help\thelp on podctl or a command'];
}

async function candidatesFor(
  command: Command,
  words: readonly string[],
  source: PodSource,
): Promise<readonly string[]> {
  const typed = words.slice(0, -1);
  const current = words.at(-1) ?? '';
  // Behind `--` stands the container's command line, which nobody here knows.
  if (typed.includes('--')) return [];
  const line = readLine(typed, command.flags);
  if (line.open !== undefined) return await flagValues(line.open, line, source);
  if (current.startsWith('-')) return flagNames(command.flags);
  if (command.subcommands !== undefined)
    return await behindSubcommand(command, command.subcommands, line, current, source);
  const first = line.args.length === 0 ? (command.completeFirst ?? []) : [];
  return [...first, ...(await positionals(command, line, current, source))];
}

async function behindSubcommand(
  command: Command,
  subcommands: readonly string[],
  line: TypedLine,
  current: string,
  source: PodSource,
): Promise<readonly string[]> {
  const [word, ...args] = line.args;
  if (word === undefined) return subcommands;
  const behind = { ...line, args };
  if (command.resourcesBehind?.includes(word) === true) return await resources(behind, current, source);
  return await positionals(command, behind, current, source);
}

async function positionals(
  command: Command,
  line: TypedLine,
  current: string,
  source: PodSource,
): Promise<readonly string[]> {
  if (Array.isArray(command.complete)) return line.args.length === 0 ? (command.complete as readonly string[]) : [];
  if (command.complete === 'pods') return line.args.length === 0 ? await podNames(line, source, '') : [];
  if (command.complete === 'programs' || command.complete === 'instances') {
    return await programCandidates(command.complete, current, line.namespace ?? 'default', source);
  }
  if (command.complete === 'resources') return await resources(line, current, source);
  return [];
}

interface TypedLine {
  readonly args: readonly string[];
  readonly namespace: string | undefined;
  /** the flag whose value is being typed */
  readonly open?: { readonly name: string; readonly flag: Flag };
}

function readLine(words: readonly string[], flags: FlagTable): TypedLine {
  const args: string[] = [];
  let namespace: string | undefined;
  let open: TypedLine['open'];
  for (const word of words) {
    if (open !== undefined) {
      if (open.name === 'namespace') namespace = word;
      open = undefined;
    } else if (word.startsWith('-')) open = openFlag(word, flags);
    else args.push(word);
  }
  return { args, namespace, ...(open === undefined ? {} : { open }) };
}

function openFlag(word: string, flags: FlagTable): TypedLine['open'] {
  const found = Object.entries(flags).find(([name, flag]) => word === `--${name}` || word === `-${flag.short}`);
  return found === undefined || found[1].kind === 'switch' ? undefined : { name: found[0], flag: found[1] };
}

function flagNames(flags: FlagTable): string[] {
  return [...Object.entries(flags).map(([name, { help }]) => `--${name}\t${help}`), '--help\tthis help'];
}

async function flagValues(
  { name, flag }: NonNullable<TypedLine['open']>,
  line: TypedLine,
  source: PodSource,
): Promise<readonly string[]> {
  if (flag.kind === 'text' && flag.choices !== undefined) return flag.choices;
  if (flag.kind === 'text' && flag.suggestions !== undefined) return flag.suggestions;
  if (name === 'filename' || name === 'env-file') return [filesWanted];
  if (name === 'namespace')
    return [...new Set((await source.pods(undefined)).map(({ metadata }) => metadata.namespace))];
  if (name === 'container') return await containerNames(line, source);
  if (name === 'for') return await podNames(line, source, 'pod/');
  return [];
}

async function containerNames(
  { args: [word], namespace = 'default' }: TypedLine,
  source: PodSource,
): Promise<string[]> {
  if (word === undefined) return [];
  const pod = await source.pod(namespace, word.replace(/^.*\//, ''));
  return pod === undefined ? [] : everyContainer(pod).map(({ name }) => String(name));
}

async function podNames({ namespace = 'default' }: TypedLine, source: PodSource, prefix: string): Promise<string[]> {
  return (await source.pods(namespace)).map(({ metadata }) => `${prefix}${metadata.name}`);
}

async function resources(line: TypedLine, current: string, source: PodSource): Promise<readonly string[]> {
  const [kind] = line.args;
  if (current.includes('/')) return await objectNames(current.replace(/\/.*$/, ''), line, source, '/');
  if (kind === undefined) return kindCandidates;
  return await objectNames(kind.replace(/\/.*$/, ''), line, source, kind.includes('/') ? '/' : '');
}

const kindCandidates: readonly string[] = [
  ...['pods', 'pod/'],
  ...Object.values(kindNames).flatMap(({ resource, singular }) => [resource, `${singular}/`]),
  ...['endpoints', 'events'],
];

/** `between` is what stands after the kind in each candidate; without it only the name is given. */
async function objectNames(kind: string, line: TypedLine, source: PodSource, between: '/' | ''): Promise<string[]> {
  const prefix = between === '' ? '' : `${kind}/`;
  const resource = resourceOf(kind);
  if (resource === 'pods') return await podNames(line, source, prefix);
  const data = resource === undefined ? undefined : dataKindOf(resource);
  if (data === undefined) return [];
  return (await source.data(data, line.namespace ?? 'default')).map((name) => prefix + name);
}

/** podinit's command line as data. Pure. */
import { type ProgramRef, parseProgramRef } from '../model/program-name.ts';
import { closestWord } from '../util/closest-word.ts';
import { parseDuration } from '../util/duration.ts';
import { err, ok, type Result } from '../util/result.ts';
import { parseSignal } from '../util/signal-name.ts';

export const cgroupModes = ['auto', 'off', 'require'] as const;
export type CgroupMode = (typeof cgroupModes)[number];

export interface RunOptions {
  readonly file?: string;
  readonly socket?: string;
  readonly isVerbose: boolean;
  /** between the TERM that was forwarded and KILL; absent: for ever with COMMAND alone, 30 s with a file */
  readonly graceMs?: number;
  /** signals go to the process group of COMMAND */
  readonly toGroup: boolean;
  readonly cgroups: CgroupMode;
  /** never empty where it is there */
  readonly command?: readonly string[];
}

export const ctlVerbs = [
  'status',
  'start',
  'stop',
  'restart',
  'reload',
  'signal',
  'pause',
  'resume',
  'why',
  'update',
  'shutdown',
] as const;
export type CtlVerb = (typeof ctlVerbs)[number];

export interface CtlOptions {
  readonly verb: CtlVerb;
  readonly targets: readonly ProgramRef[];
  readonly signal?: number;
  readonly cascade: boolean;
  readonly socket?: string;
  readonly output: 'text' | 'json';
}

export type Invocation =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'validate'; readonly file: string }
  | { readonly kind: 'run'; readonly options: RunOptions }
  | { readonly kind: 'ctl'; readonly options: CtlOptions };

/** The error is a sentence for people. A first word that is neither option nor subcommand begins COMMAND, as for tini. */
export function parseArguments(words: readonly string[]): Result<Invocation, string> {
  const [first] = words;
  if (first === undefined) return err('nothing to run: give -f FILE or -- COMMAND');
  if (first === 'ctl') return parseCtl(words.slice(1));
  const read = readFlags(words, runFlags);
  if (!read.ok) return read;
  const { flags, rest } = read.value;
  if (flags.has('help')) return ok({ kind: 'help' });
  if (flags.has('version')) return ok({ kind: 'version' });
  const file = flags.get('file');
  if (rest[0] === 'validate') {
    const validate = readFlags(rest.slice(1), runFlags);
    if (!validate.ok) return validate;
    const named = validate.value.flags.get('file') ?? file ?? validate.value.rest[0];
    return named === undefined
      ? err('validate which file? podinit validate -f FILE')
      : ok({ kind: 'validate', file: named });
  }
  return runOptions(flags, rest);
}

type Flags = ReadonlyMap<string, string>;

function runOptions(flags: Flags, command: readonly string[]): Result<Invocation, string> {
  const grace = flags.get('grace');
  const graceMs = grace === undefined ? undefined : parseGrace(grace);
  if (grace !== undefined && graceMs === undefined) return err(`--grace ${grace}: not a duration like 10s`);
  const cgroups = cgroupModes.find((mode) => mode === (flags.get('cgroups') ?? 'auto'));
  if (cgroups === undefined) return err(`--cgroups ${flags.get('cgroups')}: one of ${cgroupModes.join(', ')}`);
  const file = flags.get('file');
  const socket = flags.get('socket');
  if (file === undefined && command.length === 0) return err('nothing to run: give -f FILE or -- COMMAND');
  return ok({
    kind: 'run',
    options: {
      ...(file === undefined ? {} : { file }),
      ...(socket === undefined ? {} : { socket }),
      ...(graceMs === undefined ? {} : { graceMs }),
      ...(command.length === 0 ? {} : { command }),
      isVerbose: flags.has('verbose'),
      toGroup: flags.has('group'),
      cgroups,
    },
  });
}

const parseGrace = (text: string): number | undefined => {
  const ms = /^\d{1,9}(\.\d{1,3})?$/.test(text) ? Number(text) * 1000 : parseDuration(text);
  return ms === undefined || ms < 0 ? undefined : ms;
};

function parseCtl(words: readonly string[]): Result<Invocation, string> {
  const read = readFlags(words, ctlFlags, true);
  if (!read.ok) return read;
  const { flags, rest } = read.value;
  if (flags.has('help')) return ok({ kind: 'help' });
  const [word = 'status', ...names] = rest;
  const verb = ctlVerbs.find((one) => one === word);
  if (verb === undefined)
    return err(`ctl ${word}: no such verb${didYouMean(word, ctlVerbs)}; one of ${ctlVerbs.join(', ')}`);
  const signal = verb === 'signal' ? parseSignal(names.shift() ?? '') : undefined;
  if (verb === 'signal' && signal === undefined) return err('which signal? podinit ctl signal HUP web');
  const targets = names.map(parseProgramRef);
  const wrong = names.find((_, index) => targets[index] === undefined);
  if (wrong !== undefined) return err(`"${wrong}" is no name of a program`);
  return ctlOptions(
    flags,
    verb,
    targets.filter((target) => target !== undefined),
    signal,
  );
}

function ctlOptions(
  flags: Flags,
  verb: CtlVerb,
  targets: readonly ProgramRef[],
  signal: number | undefined,
): Result<Invocation, string> {
  const output = flags.get('output') ?? 'text';
  if (output !== 'text' && output !== 'json') return err(`-o ${output}: only json`);
  const socket = flags.get('socket');
  return ok({
    kind: 'ctl',
    options: {
      ...{ verb, targets, output, cascade: flags.has('cascade') },
      ...(signal === undefined ? {} : { signal }),
      ...(socket === undefined ? {} : { socket }),
    },
  });
}

/** Name by spelling; `=`: takes a value. */
type FlagTable = Readonly<Record<string, string>>;

const runFlags: FlagTable = {
  '-f': 'file=',
  '--file': 'file=',
  '--socket': 'socket=',
  '--grace': 'grace=',
  '--cgroups': 'cgroups=',
  '-v': 'verbose',
  '--verbose': 'verbose',
  '-g': 'group',
  // a child subreaper wherever it is not PID 1, so tini's switch for that says nothing new
  '-s': 'subreaper',
  '-h': 'help',
  '--help': 'help',
  '--version': 'version',
};

const ctlFlags: FlagTable = {
  '--socket': 'socket=',
  '-o': 'output=',
  '--output': 'output=',
  '--cascade': 'cascade',
  '-h': 'help',
  '--help': 'help',
};

/** Up to `--` or the first word that is no flag; `anywhere`: flags may stand behind words too. */
function readFlags(
  words: readonly string[],
  table: FlagTable,
  anywhere = false,
): Result<{ readonly flags: Flags; readonly rest: readonly string[] }, string> {
  const flags = new Map<string, string>();
  const rest: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--') return ok({ flags, rest: [...rest, ...words.slice(at + 1)] });
    if (!word.startsWith('-') || word === '-') {
      if (!anywhere) return ok({ flags, rest: words.slice(at) });
      rest.push(word);
      continue;
    }
    const taken = takeFlag(word, words[at + 1], table);
    if (!taken.ok) return taken;
    flags.set(taken.value.name, taken.value.value);
    at += taken.value.used;
  }
  return ok({ flags, rest });
}

function takeFlag(
  word: string,
  next: string | undefined,
  table: FlagTable,
): Result<{ readonly name: string; readonly value: string; readonly used: number }, string> {
  const [, spelled = word, inline] = /^(--[^=]+)=(.*)$/s.exec(word) ?? [];
  const entry = table[spelled];
  if (entry === undefined) return err(`${spelled}: no such option${didYouMean(spelled, Object.keys(table))}`);
  if (!entry.endsWith('='))
    return inline === undefined ? ok({ name: entry, value: '', used: 0 }) : err(`${spelled} takes no value`);
  const value = inline ?? next;
  if (value === undefined) return err(`${spelled} needs a value`);
  return ok({ name: entry.slice(0, -1), value, used: inline === undefined ? 1 : 0 });
}

function didYouMean(word: string, candidates: readonly string[]): string {
  const near = closestWord(word, candidates);
  return near === undefined ? '' : ` (did you mean ${near}?)`;
}

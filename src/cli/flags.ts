/** Command-line words → typed flag values. node:util parseArgs cuts the words; meaning and messages are ours. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { parseDuration } from '../util/duration.ts';
import type { Flag, FlagTable, FlagValues } from './command.ts';
import { formatDidYouMean } from './did-you-mean.ts';
import { UsageError } from './usage-error.ts';

export interface ParsedWords<T extends FlagTable> {
  readonly flags: FlagValues<T>;
  readonly args: readonly string[];
  readonly rest?: readonly string[];
  readonly help: boolean;
}

const helpFlag = { kind: 'switch', short: 'h', help: 'this help' } as const;

/** Throws UsageError on the first unknown flag, missing or impossible value. */
export function parseFlags<T extends FlagTable>(words: readonly string[], table: T): ParsedWords<T> {
  const full: FlagTable = { ...table, help: helpFlag };
  // Not strict: parseArgs' own refusals know no `--wait=false`, no `--tail -1` and no "did you mean".
  const { tokens } = parseArgs({ args: [...words], options: cutting(full), strict: false, tokens: true });
  const flags: Record<string, unknown> = {};
  const args: string[] = [];
  let rest: string[] | undefined;
  for (const token of tokens) {
    if (token.kind === 'option-terminator') rest = [];
    else if (token.kind === 'positional') (rest ?? args).push(token.value);
    else takeFlag(flags, full, token);
  }
  const { help = false, ...values } = flags;
  return { flags: values as FlagValues<T>, args, ...(rest === undefined ? {} : { rest }), help: help === true };
}

function cutting(table: FlagTable): NonNullable<ParseArgsConfig['options']> {
  return Object.fromEntries(
    Object.entries(table).map(([name, flag]) => [
      name,
      {
        type: flag.kind === 'switch' || bareOf(flag) !== undefined ? 'boolean' : 'string',
        ...(flag.short === undefined ? {} : { short: flag.short }),
      },
    ]),
  );
}

const bareOf = (flag: Flag): string | undefined => (flag.kind === 'text' ? flag.bare : undefined);

interface FlagToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
}

function takeFlag(flags: Record<string, unknown>, table: FlagTable, token: FlagToken): void {
  const flag = Object.hasOwn(table, token.name) ? table[token.name] : undefined;
  if (flag === undefined) throw unknownFlag(token.rawName, table);
  // pflag, kubectl's parser, takes `-n=x` as `-n x`.
  const isShort = !token.rawName.startsWith('--');
  const text = isShort && token.value?.startsWith('=') ? token.value.slice(1) : token.value;
  const value = flagValue(flag, token.rawName, text ?? bareOf(flag));
  if (flag.kind !== 'list') flags[token.name] = value;
  else flags[token.name] = [...((flags[token.name] as readonly string[] | undefined) ?? []), value];
}

function unknownFlag(rawName: string, table: FlagTable): UsageError {
  if (!rawName.startsWith('--')) return new UsageError(`unknown flag ${rawName}`);
  return new UsageError(`unknown flag ${rawName}${formatDidYouMean(rawName.slice(2), Object.keys(table), '--')}`);
}

function flagValue(flag: Flag, rawName: string, text: string | undefined): unknown {
  if (flag.kind === 'switch') return switchValue(rawName, text);
  if (text === undefined) throw new UsageError(`flag ${rawName} needs a value`);
  switch (flag.kind) {
    case 'number':
      return numberValue(rawName, text);
    case 'duration':
      return durationValue(rawName, text);
    case 'text':
      return choiceValue(flag, rawName, text);
    case 'list':
      return text;
  }
}

function switchValue(rawName: string, text: string | undefined): boolean {
  // kubectl's spellings of --dry-run; here both mean the same: podd plans, and nothing is written
  const yes = rawName === '--dry-run' ? /^(true|t|1|client|server)$/i : /^(true|t|1)$/i;
  if (text === undefined || yes.test(text)) return true;
  if (/^(false|f|0)$/i.test(text)) return false;
  throw new UsageError(`flag ${rawName} is true or false, not "${text}"`);
}

function numberValue(rawName: string, text: string): number {
  if (!/^-?\d{1,15}$/.test(text)) throw new UsageError(`flag ${rawName} needs a whole number, not "${text}"`);
  return Number(text);
}

function durationValue(rawName: string, text: string): number {
  const ms = /^-?\d{1,9}$/.test(text) ? Number(text) * 1000 : parseDuration(text);
  if (ms === undefined) throw new UsageError(`flag ${rawName} needs a duration as 30s, 5m or 1h30m, not "${text}"`);
  return ms;
}

function choiceValue(flag: Flag & { readonly kind: 'text' }, rawName: string, text: string): string {
  if (flag.choices === undefined || flag.choices.includes(text)) return text;
  const guess = formatDidYouMean(text, flag.choices);
  throw new UsageError(`flag ${rawName} is one of ${flag.choices.join(', ')}, not "${text}"${guess}`);
}

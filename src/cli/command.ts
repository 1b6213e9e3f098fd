/** What a command is: its words for `--help` and completion, and what it does. */
import type { Io } from './io.ts';

interface FlagWords {
  /** one letter */
  readonly short?: string;
  readonly help: string;
}

/**
 * `switch`: on or off (`--x`, `--x=false`); `text`, `number`: the last one given counts; `list`: each one given;
 * `duration`: `30s`, `1m30s`, `500ms` or plain seconds, as milliseconds.
 */
export type Flag =
  | (FlagWords & { readonly kind: 'switch' })
  | (FlagWords & {
      readonly kind: 'text';
      readonly value: string;
      /** no other value is allowed */
      readonly choices?: readonly string[];
      /** offered by completion; others are allowed too */
      readonly suggestions?: readonly string[];
      /** what it means without a value; a value stands behind `=` then */
      readonly bare?: string;
    })
  | (FlagWords & { readonly kind: 'list'; readonly value: string })
  | (FlagWords & { readonly kind: 'number' })
  | (FlagWords & { readonly kind: 'duration' });

export type FlagTable = Readonly<Record<string, Flag>>;

type FlagValue<F extends Flag> = F extends { readonly kind: 'switch' }
  ? boolean
  : F extends { readonly kind: 'number' | 'duration' }
    ? number
    : F extends { readonly kind: 'list' }
      ? readonly string[]
      : F extends { readonly choices: readonly (infer Choice)[] }
        ? Choice
        : string;

/** Only the flags that were given have a value. */
export type FlagValues<T extends FlagTable> = { readonly [Name in keyof T]?: FlagValue<T[Name]> };

export interface Invocation<T extends FlagTable> {
  readonly flags: FlagValues<T>;
  /** positional arguments before `--` */
  readonly args: readonly string[];
  /** what stood after `--`; undefined without one */
  readonly rest?: readonly string[];
  readonly io: Io;
}

export interface Command<T extends FlagTable = FlagTable> {
  /** after `podctl `, e.g. `get pods [NAME…]` */
  readonly usage: readonly string[];
  /** what it does, in sentences; the first stands in `podctl help` too */
  readonly about: string;
  readonly flags: T;
  readonly examples: readonly { readonly text: string; readonly line: string }[];
  /** What may stand at a position, for completion; `programs`: POD, POD/CONTAINER or POD/CONTAINER/PROGRAM, at each; `instances`: POD/CONTAINER/PROGRAM=. */
  readonly complete?: 'pods' | 'programs' | 'instances' | 'resources' | readonly string[];
  /** words that stand at the first position, before those of `complete` */
  readonly completeFirst?: readonly string[];
  /** one of these words stands at the first position, and what `complete` says behind it; without any word the help is printed */
  readonly subcommands?: readonly string[];
  /** behind these of the subcommands objects of any kind may stand */
  readonly resourcesBehind?: readonly string[];
  /** Resolves to the exit code; throws UsageError, ApiError or PodError. */
  // A method, not a property: so a Command of some flags is a Command (parseFlags gives it exactly those).
  run(invocation: Invocation<T>): Promise<number>;
}

/** Ties the types of `flags` and `run` together. */
export function defineCommand<const T extends FlagTable>(command: Command<T>): Command<T> {
  return command;
}

/** Flags that many commands share, with one wording. */
export const commonFlags = {
  namespace: { kind: 'text', short: 'n', value: 'NAMESPACE', help: 'namespace of the pods (default "default")' },
  selector: { kind: 'text', short: 'l', value: 'SELECTOR', help: 'label selector: a=b, a!=b, a in (x,y), a, !a' },
  filename: { kind: 'list', short: 'f', value: 'FILE', help: 'manifest file, directory, or - for standard input' },
  container: { kind: 'text', short: 'c', value: 'NAME', help: "container (default: the pod's first)" },
  results: {
    kind: 'text',
    short: 'o',
    value: 'FORMAT',
    choices: ['json', 'name'],
    help: 'results as JSON, or only names',
  },
} as const satisfies FlagTable;

/** Of every command that reads manifests. */
export const manifestFlags = {
  ...{ filename: commonFlags.filename, namespace: commonFlags.namespace },
  'env-file': {
    kind: 'list',
    value: 'FILE',
    help: 'file of NAME=value lines for variables, instead of .env beside each manifest',
  },
} as const satisfies FlagTable;

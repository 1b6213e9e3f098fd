/** What variables of manifests are worth: the environment, over `.env` beside the manifest or the files of `--env-file`. */
import { dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import type { Diagnostic } from '../model/diagnostic.ts';
import { decodeUtf8 } from './decode-utf8.ts';
import type { VariableValue, VariableValues } from './expand-template.ts';
import { isMissing, readFileBytes } from './read-bytes.ts';

export interface VariableSet {
  readonly values: VariableValues;
  /** why the `.env` could not be read; one that is not there is none */
  readonly flaw?: Diagnostic;
}

export interface VariableReader {
  /** For a manifest's text; `.env` is read only where the text may have variables. */
  readonly forText: (text: string, file: string, directory: string) => Promise<VariableSet>;
  /** what is wrong with the files of `--env-file` */
  readonly flaws: () => Promise<readonly Diagnostic[]>;
  /** absolute paths of the env files read, and of those looked for in vain */
  readonly inputs: () => readonly string[];
}

export interface VariableOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly envFiles?: readonly string[];
}

/** Reads each file once. Its functions reject never. */
export function variableReader({ cwd, env = process.env, envFiles }: VariableOptions): VariableReader {
  const environment = valuesOf(env, 'environment');
  const inputs = new Set<string>();
  const read = (name: string): Promise<VariableSet> => {
    inputs.add(resolve(cwd, name));
    return readEnvFile(resolve(cwd, name), name);
  };
  const named = once(() => Promise.all((envFiles ?? []).map(read)));
  const beside = new Map<string, Promise<VariableSet>>();
  const readBeside = (file: string, directory: string): Promise<VariableSet> => {
    const found = beside.get(directory) ?? read(file === '-' ? '.env' : join(dirname(file), '.env')).then(allowMissing);
    beside.set(directory, found);
    return found;
  };
  return {
    forText: async (text, file, directory) => {
      if (!text.includes('${') || !text.includes('podctl')) return { values: environment };
      const sets = envFiles === undefined ? [await readBeside(file, directory)] : await named();
      const values = new Map([...sets.flatMap((set) => [...set.values]), ...environment]);
      const flaw = envFiles === undefined ? sets[0]?.flaw : undefined;
      return { values, ...(flaw === undefined ? {} : { flaw }) };
    },
    flaws: async () => (await named()).flatMap(({ flaw }) => flaw ?? []),
    inputs: () => [...inputs],
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

async function readEnvFile(absolute: string, name: string): Promise<VariableSet> {
  const bytes = await readFileBytes(absolute, name);
  const decoded = bytes.ok ? decodeUtf8(bytes.value) : bytes;
  if (decoded.ok) return { values: valuesOf(parseEnv(decoded.value), name) };
  const position = { line: 1, column: 1 };
  return { values: new Map(), flaw: { severity: 'error', file: name, position, field: '', ...decoded.error } };
}

const allowMissing = (set: VariableSet): VariableSet =>
  set.flaw !== undefined && isMissing(set.flaw) ? { values: set.values } : set;

function valuesOf(
  record: Readonly<Record<string, string | undefined>>,
  source: string,
): ReadonlyMap<string, VariableValue> {
  const values = new Map<string, VariableValue>();
  for (const [name, value] of Object.entries(record)) if (value !== undefined) values.set(name, { value, source });
  return values;
}

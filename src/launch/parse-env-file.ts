/** Env files that containers write for others of their pod (Kubernetes KEP-3721, kubelet ParseEnv): a strict part of POSIX shell. Pure. */
import { err, ok, type Result } from '../util/result.ts';

/** Its variables up to the first thing that is wrong, and what that is. */
export interface EnvFileContent {
  readonly values: ReadonlyMap<string, string>;
  readonly wrong?: string;
}

/**
 * Each variable is `NAME='VALUE'`, whose value may go over several lines and holds all but single quotes; the first of a name counts; lines
 * that begin with # are comments.
 */
export function parseEnvFile(text: string): EnvFileContent {
  const values = new Map<string, string>();
  for (let at = 0; at < text.length; ) {
    const line = lineAt(text, at).replace(/^[ \t]+/, '');
    const next = at + lineAt(text, at).length + 1;
    if (line.trim() === '' || line.startsWith('#')) {
      at = next;
      continue;
    }
    const found = parseVariable(text, next - 1 - line.length);
    if (!found.ok) return { values, wrong: `${found.error} at line ${lineNumber(text, at)}` };
    const { name, value, end } = found.value;
    if (!values.has(name)) values.set(name, value);
    at = end;
  }
  return { values };
}

/** The value of a key, undefined where there is none; or what is wrong with the file before that key. */
export function valueInEnvFile({ values, wrong }: EnvFileContent, key: string): Result<string | undefined, string> {
  const value = values.get(key);
  return value === undefined && wrong !== undefined ? err(wrong) : ok(value);
}

interface EnvFileVariable {
  readonly name: string;
  readonly value: string;
  /** where the line after it begins */
  readonly end: number;
}

const format = 'invalid environment variable format';

function parseVariable(text: string, start: number): Result<EnvFileVariable, string> {
  const line = lineAt(text, start);
  const equals = line.indexOf('=');
  const name = line.slice(0, equals);
  if (equals < 1) return err(format);
  if (/[ \t]$/.test(name)) return err(`${format}: whitespace before '=' is not allowed`);
  if (/[ \t'"]/.test(name)) return err(format);
  const open = start + equals + 1;
  if (text[open] !== "'") return err(`${format}: value must be enclosed in single quotes`);
  const close = text.indexOf("'", open + 1);
  if (close < 0) return err(`${format}: the single quote is not closed`);
  const rest = lineAt(text, close + 1);
  if (!/^[ \t\r]*$|^[ \t]+#/.test(rest)) return err(`${format}: unexpected content after closing quote`);
  return ok({ name, value: text.slice(open + 1, close), end: close + rest.length + 2 });
}

function lineAt(text: string, start: number): string {
  const end = text.indexOf('\n', start);
  return end < 0 ? text.slice(start) : text.slice(start, end);
}

const lineNumber = (text: string, at: number): number => text.slice(0, at).split('\n').length;

/** Env files that containers write for others of their pod (Kubernetes KEP-3721, kubelet ParseEnv): a strict part of POSIX shell. Pure. */
import { err, ok, type Result } from '../util/result.ts';

/**
 * The value of a key, undefined where there is none; or what is wrong with the file before that key. Each variable is
 * `NAME='VALUE'`, whose value may go over several lines and holds all but single quotes; lines that begin with # are comments.
 */
export function parseEnvFile(text: string, key: string): Result<string | undefined, string> {
  for (let at = 0; at < text.length; ) {
    const line = lineAt(text, at).replace(/^[ \t]+/, '');
    const next = at + lineAt(text, at).length + 1;
    if (line.trim() === '' || line.startsWith('#')) {
      at = next;
      continue;
    }
    const found = parseVariable(text, next - 1 - line.length);
    if (!found.ok) return err(`${found.error} at line ${lineNumber(text, at)}`);
    if (found.value.name === key) return ok(found.value.value);
    at = found.value.end;
  }
  return ok(undefined);
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

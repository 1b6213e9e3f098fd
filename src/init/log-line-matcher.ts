/**
 * Regular expressions over what programs print, safe in PID 1: V8 goes over to its linear-time engine where backtracking
 * gets out of hand, for every expression that engine can run; others are refused.
 */
import { setFlagsFromString } from 'node:v8';
import { whyNotLinear } from '../util/linear-pattern.ts';

// at import, for an expression that was compiled before would keep backtracking: V8 keeps compiled ones
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
setFlagsFromString('--enable-experimental-regexp-engine');

/** So much of a line is looked at: the linear engine needs 10 ms for it at worst. */
const maxExaminedLength = 16 * 1024;

/**
 * True for lines in which the JavaScript regular expression occurs; its `^` and `$` are the line's ends. Throws an Error
 * that names pattern and reason for what is no regular expression or has no linear-time form: look-around, back
 * references, and repetitions counted over 16 (`x{20}`; util/linear-pattern.ts).
 */
export function matchLine(pattern: string): (line: string) => boolean {
  const expression = compile(pattern);
  return (line) => expression.test(line.length > maxExaminedLength ? line.slice(0, maxExaminedLength) : line);
}

function compile(pattern: string): RegExp {
  const expression = tryCompile(pattern, '');
  if (expression instanceof Error) throw new Error(`logLine ${expression.message}`);
  // only the flag `l` tells what the linear engine can do; without it the fast engine begins
  if (tryCompile(pattern, 'l') instanceof Error && !isLiteral(pattern)) throw new Error(whyRefused(pattern));
  return expression;
}

function tryCompile(pattern: string, flags: string): RegExp | Error {
  try {
    return new RegExp(pattern, flags);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Without anything to repeat or choose there is nothing to go back to. */
const isLiteral = (pattern: string): boolean => !/[*+?{|()\\]/.test(pattern);

function whyRefused(pattern: string): string {
  const what = `logLine /${pattern}/ cannot be matched in linear time`;
  if (tryCompile('a', 'l') instanceof Error)
    return `${what}: this version of Node lacks the engine for it; use plain text`;
  return `${what}: it uses ${whyNotLinear(pattern) ?? 'what only backtracking can match'}`;
}

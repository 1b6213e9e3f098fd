/** Reads query parameters as the Kubernetes API server does; wrong ones throw ApiError BadRequest that names the parameter. */
import { ApiError } from './status-errors.ts';

/** A flag: absent, `0` and `false` are off, anything else (also `?watch`) is on. */
export function flagOf(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}

/** A whole number ≥ `minimum`, or undefined when absent or empty. */
export function integerOf(query: URLSearchParams, name: string, minimum = 0): number | undefined {
  const value = query.get(name);
  if (value === null || value === '') return undefined;
  return checkInteger(/^-?\d+$/.test(value) ? Number(value) : value, name, minimum);
}

/** A non-empty text, or undefined. */
export function textOf(query: URLSearchParams, name: string): string | undefined {
  return query.get(name) || undefined;
}

/** One of the words, or undefined when absent or empty. */
export function choiceOf<const Word extends string>(
  query: URLSearchParams,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const value = textOf(query, name);
  const word = words.find((candidate) => candidate === value);
  if (value === undefined || word !== undefined) return word;
  throw new ApiError('BadRequest', `${name}: must be one of ${words.join(', ')}, not ${JSON.stringify(value)}`);
}

/** The number itself when it is a whole one ≥ `minimum`. */
export function checkInteger(value: unknown, name: string, minimum: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= minimum) return value;
  throw new ApiError(
    'BadRequest',
    `${name}: must be a whole number of at least ${minimum}, not ${JSON.stringify(value)}`,
  );
}

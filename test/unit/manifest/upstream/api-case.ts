import { expect, test } from 'vitest';
import { inspectObject } from '../../../../src/manifest/validate-object.ts';

/** An object, and what the API server says of it: `field: Reason` of each error; none: it is taken. */
export type ApiCase = readonly [what: string, object: unknown, ...told: readonly string[]];

/** The words that errors of the API begin with (apimachinery field.ErrorType). */
const reasons =
  /^(Required value|Invalid value|Unsupported value|Forbidden|Duplicate value|Too long|Too many|Not found|Internal error)/;

export const invalid = (field: string): string => `${field}: Invalid value`;
export const required = (field: string): string => `${field}: Required value`;
export const unsupported = (field: string): string => `${field}: Unsupported value`;
export const forbidden = (field: string): string => `${field}: Forbidden`;
export const duplicate = (field: string): string => `${field}: Duplicate value`;
export const notFound = (field: string): string => `${field}: Not found`;

/** Field and reason of each error, sorted, once each. */
export function verdictOf(object: unknown): string[] {
  const errors = inspectObject(JSON.parse(JSON.stringify(object))).errors;
  return [...new Set(errors.map(({ field, message }) => `${field}: ${reasons.exec(message)?.[0] ?? message}`))].sort();
}

/** One test for each case. */
export function testCases(cases: readonly ApiCase[]): void {
  const rows = cases.map(([what, object, ...told]) => [what, object, told] as const);
  test.each(rows)('%s', (_, object, told) => {
    expect(verdictOf(object)).toEqual([...told].sort());
  });
}

/** In front of the field of each verdict. */
export const under = (prefix: string, ...told: readonly string[]): string[] => told.map((text) => prefix + text);

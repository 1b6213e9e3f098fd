/** Manifests to podd and its answer to people: what apply, diff and others have in common. */
import type { ApplyRequest, ApplyResponse, ApplyResult } from '../protocol/api.ts';
import { formatApplyResult, objectName, type ResultLook } from './apply-result.ts';
import type { Client } from './client.ts';
import type { Io } from './io.ts';

/** One result per object that the request concerns. Throws ApiError, `Invalid` when podd finds a manifest wrong. */
export async function requestApply(client: Client, request: ApplyRequest): Promise<readonly ApplyResult[]> {
  return (await client.json<ApplyResponse>('POST', '/apis/podctl.dev/v1/apply', request)).results;
}

export interface ResultPrinting {
  readonly io: Io;
  readonly mode: NonNullable<ResultLook['mode']>;
  readonly format: 'json' | 'name' | undefined;
  /** warnings that were printed already, by their beginnings */
  readonly warned: readonly string[];
}

/** Warnings to standard error, results to standard output. */
export function printResults(results: readonly ApplyResult[], { io, mode, format, warned }: ResultPrinting): void {
  const isNews = (warning: string): boolean => !warned.some((said) => warning.startsWith(said));
  for (const result of results) {
    for (const warning of result.warnings.filter(isNews)) io.err(`Warning: ${objectName(result)}: ${warning}\n`);
  }
  if (format === 'json') return io.out(`${JSON.stringify({ results }, undefined, 2)}\n`);
  const look = { mode, colour: io.colour, columns: io.columns };
  for (const result of results) {
    io.out(format === 'name' ? `${objectName(result)}\n` : `${formatApplyResult(result, look)}\n`);
  }
}

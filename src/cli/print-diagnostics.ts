import { formatDiagnostic } from '../manifest/format-diagnostic.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Io } from './io.ts';

/** Prints all of them, each with its place in the source. True when there is an error among them. */
export function printDiagnostics(diagnostics: readonly Diagnostic[], io: Io): boolean {
  for (const diagnostic of diagnostics) io.err(`${formatDiagnostic(diagnostic, { color: io.errColour })}\n`);
  return diagnostics.some(({ severity }) => severity === 'error');
}

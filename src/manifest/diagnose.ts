/** Problems with a place in a text as diagnostics. */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Origin, Span } from './yaml-node.ts';

export interface DiagnosticWords {
  /** Kubernetes field path; empty for the whole document */
  readonly field: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** A diagnostic at a span; `origin` is of the document, for spans that do not say theirs. */
export function diagnosticAt(
  origin: Origin,
  severity: Diagnostic['severity'],
  span: Span,
  { field, message, hint }: DiagnosticWords,
): Diagnostic {
  const { file, position, sourceLine, length } = placeInText(origin, span);
  return { severity, file, position, field, message, ...(hint === undefined ? {} : { hint }), sourceLine, length };
}

/** A span's part of a diagnostic. */
export function placeInText(
  origin: Origin,
  span: Span,
): Required<Pick<Diagnostic, 'file' | 'position' | 'sourceLine' | 'length'>> {
  const { source, file } = span.origin ?? origin;
  return {
    file,
    position: source.positionAt(span.start),
    sourceLine: source.lineAt(span.start),
    length: source.lengthOf(span.start, span.end),
  };
}

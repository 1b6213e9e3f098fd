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
  const { file, position, ...shown } = placeInText(origin, span);
  return { severity, file, position, field, message, ...(hint === undefined ? {} : { hint }), ...shown };
}

/** A span's part of a diagnostic; of a Secret the place alone. */
export function placeInText(
  origin: Origin,
  span: Span,
): Pick<Diagnostic, 'file' | 'position' | 'sourceLine' | 'length'> {
  const { source, file, isSecret = false } = span.origin ?? origin;
  const position = source.positionAt(span.start);
  if (isSecret) return { file, position };
  return {
    file,
    position,
    sourceLine: source.lineAt(span.start),
    length: source.lengthOf(span.start, span.end),
  };
}

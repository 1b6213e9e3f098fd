/** A position in a manifest; line and column count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Something wrong (or doubtful) in the user's manifest. All are collected and shown at once. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** the file as the user named it; `-` for standard input */
  readonly file: string;
  readonly position: Position;
  /** Kubernetes field path, e.g. `spec.containers[0].image`; empty for the whole document */
  readonly field: string;
  readonly message: string;
  /** "did you mean …" or what to do */
  readonly hint?: string;
  /** the source line, for the caret display */
  readonly sourceLine?: string;
  /** how many characters the caret line underlines, at least 1 */
  readonly length?: number;
}

/** The world refused something: what was being done (outermost first), why, and what the user can do about it. */
export class PodError extends Error {
  readonly code: string;
  readonly details: Readonly<Record<string, string | number>>;
  readonly hint: string | undefined;

  constructor(
    code: string,
    message: string,
    options: { cause?: unknown; hint?: string; details?: Readonly<Record<string, string | number>> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PodError';
    this.code = code;
    this.details = options.details ?? {};
    this.hint = options.hint;
  }
}

/** `outer: inner: … errno` for people, following `cause`; context is joined once per layer. */
export function formatError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${formatError(error.cause)}`;
}

/** The first hint found along the chain of causes, if any. */
export function hintOf(error: unknown): string | undefined {
  if (error instanceof PodError && error.hint !== undefined) return error.hint;
  return error instanceof Error && error.cause !== undefined ? hintOf(error.cause) : undefined;
}

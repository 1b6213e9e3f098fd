/** Something wrong with one field of a pod, without a position in a file. */

export type FieldPath = readonly (string | number)[];

export interface FieldProblem {
  /** keys and list indexes from the document's root */
  readonly path: FieldPath;
  /** the path as Kubernetes writes it: `spec.containers[0].image` */
  readonly field: string;
  readonly message: string;
  /** "did you mean …" or what to do */
  readonly hint?: string;
  /** `key`: the name of the field is wrong, not its value; decides what the caret underlines */
  readonly at?: 'key';
  /** the value is no string but should be: quoting it as it is written mends it */
  readonly quotable?: true;
}

export interface ProblemOptions {
  /** what Kubernetes names as the field, where that is another than the place in the file */
  readonly told?: FieldPath | undefined;
  readonly hint?: string | undefined;
  readonly at?: 'key';
  readonly quotable?: true;
}

/** Builds a FieldProblem with its Kubernetes field path. */
export function fieldProblem(path: FieldPath, message: string, options: ProblemOptions = {}): FieldProblem {
  return {
    path,
    field: formatFieldPath(options.told ?? path),
    message,
    ...(options.hint === undefined ? {} : { hint: options.hint }),
    ...(options.at === undefined ? {} : { at: options.at }),
    ...(options.quotable === undefined ? {} : { quotable: options.quotable }),
  };
}

/** Maps whose keys are the user's own, which Kubernetes' paths have in brackets. */
const keyedMaps: ReadonlySet<string | number | undefined> = new Set([
  ...['limits', 'requests', 'overhead', 'data', 'binaryData', 'stringData', 'options'],
  ...['labels', 'annotations', 'matchLabels', 'nodeSelector'],
]);

/** `['spec', 'containers', 0, 'name']` → `spec.containers[0].name`; keys of the user's own and all that is no plain word stand in brackets. */
export function formatFieldPath(path: FieldPath): string {
  let text = '';
  path.forEach((part, index) => {
    const isKey =
      typeof part === 'number' ||
      keyedMaps.has(path[index - 1]) ||
      isClaimSize(part, path[index - 1]) ||
      !/^([A-Za-z_][\w-]*|\{.*\})$/.test(part);
    text += isKey ? `[${part}]` : text === '' ? part : `.${part}`;
  });
  return text;
}

/** Kubernetes names the size of a claim `spec.resources[storage]`. */
const isClaimSize = (part: string, parent: string | number | undefined): boolean =>
  part === 'storage' && parent === 'resources';

/** A value as error messages quote it: JSON, shortened to one readable piece. */
export function quoteValue(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 80 ? text : `${text.slice(0, 77)}…`;
}

/** Where the rules write what they find. */
export interface ProblemSink {
  readonly error: (path: FieldPath, message: string, options?: ProblemOptions) => void;
  readonly warn: (path: FieldPath, message: string, options?: ProblemOptions) => void;
}

/** A sink for rules that judge a part of a document as if it were a whole one. */
export const below = ({ error, warn }: ProblemSink, prefix: FieldPath): ProblemSink => ({
  error: (path, message, options) => error([...prefix, ...path], message, toldBelow(prefix, options)),
  warn: (path, message, options) => warn([...prefix, ...path], message, toldBelow(prefix, options)),
});

const toldBelow = (prefix: FieldPath, options: ProblemOptions = {}): ProblemOptions =>
  options.told === undefined ? options : { ...options, told: [...prefix, ...options.told] };

/** A sink that collects errors and warnings in the order found. */
export function createProblemList(): ProblemSink & {
  readonly errors: FieldProblem[];
  readonly warnings: FieldProblem[];
} {
  const errors: FieldProblem[] = [];
  const warnings: FieldProblem[] = [];
  return {
    errors,
    warnings,
    error: (path, message, options) => void errors.push(fieldProblem(path, message, options)),
    warn: (path, message, options) => void warnings.push(fieldProblem(path, message, options)),
  };
}

/** Kubernetes' wording of the common verdicts (apimachinery field.Error). */
export const invalid = (value: unknown, detail: string): string => `Invalid value: ${quoteValue(value)}: ${detail}`;
export const unsupported = (value: unknown, supported: readonly string[]): string =>
  `Unsupported value: ${quoteValue(value)}: supported values: ${supported.map((name) => `"${name}"`).join(', ')}`;
export const duplicate = (value: unknown): string => `Duplicate value: ${quoteValue(value)}`;
export const notFound = (value: unknown): string => `Not found: ${quoteValue(value)}`;
export const tooMany = (count: number, most: number): string => `Too many: ${count}: must have at most ${most} items`;
export const tooLong = (most: number): string => `Too long: may not be more than ${most} bytes`;
export const required = (detail?: string): string =>
  detail === undefined ? 'Required value' : `Required value: ${detail}`;
export const forbidden = (detail: string): string => `Forbidden: ${detail}`;

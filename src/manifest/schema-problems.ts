/** Zod's issues in the words of this program: field problems with "did you mean". */
import type { z } from 'zod';
import { closestWord } from '../util/closest-word.ts';
import {
  type FieldPath,
  type FieldProblem,
  fieldProblem,
  invalid,
  quoteValue,
  required,
  unsupported,
} from './field-problem.ts';
import { podPodctl, podV1 } from './schema.ts';
import { expectations } from './schema-kinds.ts';

type Issue = z.core.$ZodIssue;

/** All type problems of a value that does not fit `schema`; empty when it fits. */
export function findSchemaProblems(schema: z.ZodType, value: unknown): FieldProblem[] {
  const outcome = schema.safeParse(value);
  if (outcome.success) return [];
  return outcome.error.issues.flatMap((issue) => problemsOf(schema, value, issue));
}

function problemsOf(schema: z.ZodType, root: unknown, issue: Issue): FieldProblem[] {
  const path = issue.path as FieldPath;
  const value = valueAt(root, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key, index) => unknownField(schema, path, key, index < maxSuggestions));
    case 'invalid_type':
      return [value === undefined ? missing(path) : wrongType(schema, path, value, issue.expected)];
    case 'invalid_value':
      return [
        wrongWord(
          path,
          value,
          issue.values.map(String).filter((word) => word !== ''),
        ),
      ];
    case 'invalid_union':
      return unionProblems(schema, root, issue);
    case 'too_big':
    case 'too_small':
      return [fieldProblem(path, invalid(value, rangeDetail(issue)))];
    default:
      return [fieldProblem(path, issue.message)];
  }
}

/** Of metadata that is not there, Kubernetes misses the name. */
function missing(path: FieldPath): FieldProblem {
  const [top, field, ...below] = path;
  const isName = top === 'metadata' && (field === undefined || field === 'name') && below.length === 0;
  // Kubernetes reads a port of a container's probe that is absent as 0
  const isPort = path.at(-1) === 'port' && ['httpGet', 'tcpSocket', 'grpc'].includes(String(path.at(-2)));
  if (isPort && !path.includes('processes'))
    return fieldProblem(path, invalid(0, 'must be between 1 and 65535, inclusive'));
  return isName
    ? fieldProblem(['metadata', 'name'], required('name or generateName is required'))
    : fieldProblem(path, required());
}

/** unknown fields of one object that get a "did you mean"; with more than these it is no typing mistake */
const maxSuggestions = 20;

function unknownField(schema: z.ZodType, path: FieldPath, key: string, suggest: boolean): FieldProblem {
  const at = [...path, key];
  const hint = suggest ? unknownFieldHint(schema, path, key) : undefined;
  return fieldProblem(at, `unknown field ${quoteValue(key)}`, { at: 'key', hint });
}

function unknownFieldHint(schema: z.ZodType, path: FieldPath, key: string): string | undefined {
  if (schema === podV1 && fieldNames(podPodctl, path).includes(key)) return 'use apiVersion: podctl.dev/v1';
  const names = fieldNames(schema, path);
  const near = closestWord(key, names);
  if (near !== undefined) return `did you mean "${near}"?`;
  const elsewhere = misplacedField(schema, path, key);
  return elsewhere === undefined ? undefined : `it belongs ${elsewhere}`;
}

/** A field at the wrong depth: a pod's field in a container, or the other way round. */
function misplacedField(schema: z.ZodType, path: FieldPath, key: string): string | undefined {
  const places: readonly [string, FieldPath][] = [
    ['under metadata', ['metadata']],
    ['under spec', ['spec']],
    ['in a container, under spec.containers', ['spec', 'containers', 0]],
    ['under resources', [...path, 'resources']],
  ];
  const here = places.find(
    ([, at]) => at.length === path.length && at.every((part, i) => part === path[i] || typeof part === 'number'),
  );
  return places.find((place) => place !== here && fieldNames(schema, place[1]).includes(key))?.[0];
}

function wrongType(schema: z.ZodType, path: FieldPath, value: unknown, expected: string): FieldProblem {
  const at = schemaAt(schema, path);
  const known = at === undefined ? undefined : expectations.get(at);
  if (known !== undefined)
    return fieldProblem(path, `must be ${known.words}, not ${describe(value)}`, { hint: known.hint });
  const wanted = kindNames[expected] ?? expected;
  const isScalar = typeof value === 'number' || typeof value === 'boolean' || value === null;
  const quotable = expected === 'string' && isScalar;
  return fieldProblem(path, `must be ${wanted}, not ${describe(value)}`, {
    ...(quotable
      ? { hint: `quote it: "${String(value)}"`, quotable: true as const }
      : { hint: typeHint(value, expected) }),
  });
}

const kindNames: Readonly<Record<string, string>> = {
  string: 'a string',
  int: 'an integer',
  number: 'a number',
  boolean: 'true or false',
  object: 'a map',
  record: 'a map',
  array: 'a list',
};

function typeHint(value: unknown, expected: string): string | undefined {
  if (expected === 'array' && value !== null && typeof value === 'object') return 'begin each entry with "- "';
  if (expected === 'array' && typeof value === 'string') return `write [${quoteValue(value)}]`;
  if (expected === 'boolean' && (value === 'true' || value === 'false')) return 'remove the quotes';
  if ((expected === 'int' || expected === 'number') && typeof value === 'string' && /^-?\d+$/.test(value))
    return 'remove the quotes';
  return undefined;
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'number' && !Number.isFinite(value)) return `the number ${value}`;
  return `the ${typeof value} ${quoteValue(value)}`;
}

function wrongWord(path: FieldPath, value: unknown, words: readonly string[]): FieldProblem {
  if (value === undefined) return fieldProblem(path, required());
  const near = typeof value === 'string' ? closestWord(value, words) : undefined;
  return fieldProblem(path, unsupported(value, words), {
    hint: near === undefined ? undefined : `did you mean "${near}"?`,
  });
}

/** What is wrong inside, when the value is of the kind of one option; else that it is of none. */
function unionProblems(schema: z.ZodType, root: unknown, issue: z.core.$ZodIssueInvalidUnion): FieldProblem[] {
  const path = issue.path as FieldPath;
  const value = valueAt(root, path);
  if (value === undefined) return [missing(path)];
  const at = schemaAt(schema, path);
  const options = at?.def.type === 'union' ? unionOptions(at).map(unwrap) : [];
  const meant = options.findIndex((option) => isMeant(option, value));
  const inner = issue.errors[meant];
  if (inner === undefined) return [wrongType(schema, path, value, options.map(kindName).join(' or '))];
  return inner.flatMap((problem) =>
    problemsOf(schema, root, { ...problem, path: [...path, ...problem.path] } as Issue),
  );
}

/** A map that should be another map, a word that should be another word: the mistake is further in. */
function isMeant(option: z.ZodType, value: unknown): boolean {
  const kind = option.def.type;
  if (Array.isArray(value)) return kind === 'array';
  if (typeof value === 'string') return kind === 'enum';
  return typeof value === 'object' && (kind === 'object' || kind === 'record');
}

const kindName = ({ def }: z.ZodType): string => kindNames[def.type] ?? def.type;

function rangeDetail(issue: Extract<Issue, { code: 'too_big' | 'too_small' }>): string {
  return issue.code === 'too_big'
    ? `must be less than or equal to ${issue.maximum}`
    : `must be greater than or equal to ${issue.minimum}`;
}

function valueAt(root: unknown, path: FieldPath): unknown {
  let value = root;
  for (const part of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}

/** Names an object at this path may have; empty where no object stands. */
export function fieldNames(schema: z.ZodType, path: FieldPath): string[] {
  const at = schemaAt(schema, path);
  if (at === undefined) return [];
  const options = at.def.type === 'union' ? unionOptions(at).map(unwrap) : [at];
  return options.flatMap((option) => (option.def.type === 'object' ? Object.keys((option as z.ZodObject).shape) : []));
}

/** The schema of the value at a path, without its optional wrapper. */
export function schemaAt(schema: z.ZodType, path: FieldPath): z.ZodType | undefined {
  let at: z.ZodType | undefined = unwrap(schema);
  for (const part of path) {
    if (at === undefined) return undefined;
    at = step(at, part);
  }
  return at;
}

function step(schema: z.ZodType, part: string | number): z.ZodType | undefined {
  const inner = innerSchema(schema, part);
  return inner === undefined ? undefined : unwrap(inner);
}

function innerSchema(schema: z.ZodType, part: string | number): z.ZodType | undefined {
  switch (schema.def.type) {
    case 'object': {
      const shape = (schema as z.ZodObject).shape as Readonly<Record<string, z.ZodType>>;
      return Object.hasOwn(shape, part) ? shape[part] : undefined;
    }
    case 'array':
      return (schema as z.ZodArray<z.ZodType>).element;
    case 'record':
      return (schema as z.ZodRecord<z.ZodString, z.ZodType>).valueType;
    case 'union':
      return unionOptions(schema)
        .map((option) => innerSchema(unwrap(option), part))
        .find((found) => found !== undefined);
    default:
      return undefined;
  }
}

function unionOptions(schema: z.ZodType): readonly z.ZodType[] {
  return (schema as z.ZodUnion<readonly z.ZodType[]>).options;
}

function unwrap(schema: z.ZodType): z.ZodType {
  return schema.def.type === 'optional' ? unwrap((schema as z.ZodOptional<z.ZodType>).unwrap()) : schema;
}

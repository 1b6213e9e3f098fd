/** Building blocks for the shapes of Kubernetes objects: every field optional unless said otherwise, no unknown fields. */
import { z } from 'zod';

type Shape = Readonly<Record<string, z.ZodType>>;
type OptionalShape<S extends Shape> = { [K in keyof S]: z.ZodOptional<S[K]> };

/** An object whose fields may all be absent. */
export function fields<S extends Shape>(shape: S): z.ZodObject<OptionalShape<S>, z.core.$strict> {
  return z.strictObject(optional(shape));
}

/** An object with some fields that must be there. */
export function fieldsWith<R extends Shape, S extends Shape>(
  requiredShape: R,
  shape: S,
): z.ZodObject<R & OptionalShape<S>, z.core.$strict> {
  return z.strictObject({ ...requiredShape, ...optional(shape) }) as z.ZodObject<R & OptionalShape<S>, z.core.$strict>;
}

/** The same shape with every field optional, for objects that are composed by spreading. */
export function optional<S extends Shape>(shape: S): OptionalShape<S> {
  return Object.fromEntries(Object.entries(shape).map(([name, type]) => [name, type.optional()])) as OptionalShape<S>;
}

export const text = z.string();
export const flag = z.boolean();
export const int32 = z.int32();
export const int64 = z.int();

/** What a value should have been, where the kinds that zod names do not say it. */
export interface Expectation {
  /** after "must be" */
  readonly words: string;
  readonly hint?: string;
}

/** For messages; no part of the JSON Schemas. */
export const expectations = z.registry<Expectation>();

/** The same schema, with words for a value of a wrong kind; call it last, for `.meta()` makes a copy without them. */
export function expecting<T extends z.ZodType>(schema: T, words: string, hint?: string): T {
  expectations.add(schema, hint === undefined ? { words } : { words, hint });
  return schema;
}

/** a string or a plain number; rules check that it is a quantity */
export const quantity = expecting(
  z.union([z.string(), z.number()]).meta({ description: 'Kubernetes quantity: 500m, 0.5, 128Mi, 1G, 1e3' }),
  'a quantity (a string or a number)',
);
export const intOrString = expecting(z.union([z.int32(), z.string()]), 'an integer or a string');

const durationHint = 'examples: 100ms, 10s, 5m, 1h';
const durationShape = text.meta({
  description: 'Duration: 100ms, 10s, 5m, 1h, 1h30m',
  pattern: '^-?(0|(\\d+(\\.\\d+)?(ms|s|m|h))+)$',
});
/** rules check that it is one */
export const duration = expecting(durationShape, 'a duration', durationHint);

/** a field whose name ends in Seconds: a number of seconds or a duration */
export const seconds = (description: string): z.ZodUnion<readonly [z.ZodNumber, z.ZodString]> =>
  expecting(
    z.union([z.number().meta({ minimum: 0 }), text.meta({ pattern: '^(0|(\\d+(\\.\\d+)?(ms|s|m|h))+)$' })]).meta({
      description: `${description}; a number of seconds (fractions allowed) or a duration: 100ms, 5m`,
    }),
    'a number of seconds or a duration',
    'examples: 10, 0.5, 100ms, 5m',
  );
/** rules check that it is one */
export const signal = expecting(
  z
    .union([z.int().meta({ minimum: 1, maximum: 64 }), text])
    .meta({ description: 'Name or number: TERM, SIGUSR1, RTMIN+3, 15' }),
  'a signal name or number',
);
export const textMap = z.record(z.string(), z.string());
export const quantityMap = z.record(z.string(), quantity);
export const anything = z.unknown();

export const list = <T extends z.ZodType>(item: T): z.ZodArray<T> => z.array(item);

/** One of a few words; Kubernetes reads the empty string as "not given". */
export const oneOf = <const T extends readonly [string, ...string[]]>(
  ...words: T
): z.ZodEnum<z.core.util.ToEnum<T[number] | ''>> =>
  z.enum([...words, '']) as z.ZodEnum<z.core.util.ToEnum<T[number] | ''>>;

/** A reference to an object by name only. */
export const nameRef = fields({ name: text });
export const labelSelector = fields({
  matchLabels: textMap,
  matchExpressions: list(fields({ key: text, operator: text, values: list(text) })),
}).meta({ id: 'LabelSelector' });

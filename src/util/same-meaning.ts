/** Whether two plain JSON values mean the same to Kubernetes (apimachinery equality.Semantic). */
import { parseQuantity } from './quantity.ts';
import { sameJson } from './same-json.ts';

/** What is null or empty counts as absent, and 1000m cpu is 1 cpu. */
export const sameMeaning = (left: unknown, right: unknown): boolean => sameJson(meaningOf(left), meaningOf(right));

/** maps of quantities */
const quantityMaps = new Set(['limits', 'requests', 'overhead']);

function meaningOf(value: unknown, parent = ''): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((item) => meaningOf(item));
  if (typeof value !== 'object') return value;
  const isOfQuantities = quantityMaps.has(parent);
  const entries = Object.entries(value ?? {})
    .map(([key, item]): [string, unknown] => [key, isOfQuantities ? amountOf(item) : meaningOf(item, key)])
    .filter(([, item]) => item !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

const amountOf = (value: unknown): string => String(parseQuantity(String(value)) ?? value);

/** Limits, requests and controls as they are written, on `podctl describe`'s page. */
import { isRecord, text } from './loose-values.ts';

/** Lines with tabs between cells; none for nothing. */
export function describeResources(resources: unknown): string[] {
  if (!isRecord(resources)) return [];
  const { limits, requests, claims: _, ...controls } = resources;
  const lines = Object.entries(controls).flatMap(([name, value]) => describeControl(name, value));
  return [
    ...describeAmounts('Limits', limits),
    ...describeAmounts('Requests', requests),
    ...(lines.length === 0 ? [] : ['Controls:', ...lines]),
  ];
}

/** `cpu.weight: 5`; a device of io is one line. */
function describeControl(path: string, value: unknown): string[] {
  if (isRecord(value))
    return Object.entries(value).flatMap(([name, inner]) => describeControl(`${path}.${name}`, inner));
  const items = Array.isArray(value) ? value : [value];
  return items.map((item) => `  ${path}:\t${text(item)}`);
}

function describeAmounts(title: string, amounts: unknown): string[] {
  if (!isRecord(amounts) || Object.keys(amounts).length === 0) return [];
  const pairs = Object.entries(amounts).sort(([a], [b]) => (a < b ? -1 : 1));
  return [`${title}:`, ...pairs.map(([name, amount]) => `  ${name}:\t${text(amount)}`)];
}

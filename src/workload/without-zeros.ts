/** Counts as Kubernetes writes them (omitempty): what is 0 is left out. */
export function withoutZeros<K extends string>(counts: Readonly<Record<K, number>>): Partial<Record<K, number>> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0)) as Partial<Record<K, number>>;
}

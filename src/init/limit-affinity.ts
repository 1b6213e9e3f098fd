/** How many CPUs a thread is told that it may use. */

/**
 * Takes CPUs out of an affinity mask (bit n of byte n/8: little-endian words) until as many are left as the container is shown:
 * those that it is shown first, then the lowest. A thread that was pinned to no more keeps its own, shown or not.
 */
export function limitAffinity(mask: Buffer, shown: readonly number[]): void {
  const own = cpusIn(mask);
  if (own.length <= shown.length) return;
  const kept = own.filter((cpu) => shown.includes(cpu));
  for (const cpu of own) if (kept.length < Math.max(1, shown.length) && !kept.includes(cpu)) kept.push(cpu);
  mask.fill(0);
  for (const cpu of kept) mask[cpu >> 3] = (mask[cpu >> 3] ?? 0) | (1 << (cpu & 7));
}

function cpusIn(mask: Buffer): number[] {
  const cpus: number[] = [];
  mask.forEach((byte, at) => {
    for (let bit = 0; bit < 8; bit++) if ((byte >> bit) & 1) cpus.push(at * 8 + bit);
  });
  return cpus;
}

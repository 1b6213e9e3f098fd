/** Capabilities of programs by number. Pure. */
import { capabilityNames } from '../model/capability-names.ts';

/** Number of a capability named without `CAP_`; undefined when there is none of that name. */
export function capabilityNumber(name: string): number | undefined {
  const index = (capabilityNames as readonly string[]).indexOf(name);
  return index < 0 ? undefined : index;
}

/** Sorted numbers of a program's capabilities; a privileged one has all that the kernel knows. */
export function planCapabilities(names: readonly string[], privileged: boolean, last: number): number[] {
  if (privileged) return Array.from({ length: last + 1 }, (_, number) => number);
  const numbers = names.map((name) => {
    const number = capabilityNumber(name);
    if (number === undefined) throw new Error(`bug: capability ${name} passed validation`);
    return number;
  });
  return [...new Set(numbers)].filter((number) => number <= last).sort((a, b) => a - b);
}

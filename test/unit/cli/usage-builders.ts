/** Usage of pods for tests: CPU time by pod, container and program; the rest on request. */
import type { PodUsage, Usage, UsageList } from '../../../src/protocol/usage.ts';

type Tree = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>>;

/** `tree`: pod → container → program → CPU ms; what is above has the sum. `more`: further counters of programs. */
export function aUsageList(monotonicMs: number, tree: Tree, more: Readonly<Record<string, Usage>> = {}): UsageList {
  const items = Object.entries(tree).map(([pod, containers]): PodUsage => {
    const parts = Object.entries(containers).map(([container, programs]) => ({
      container,
      running: true,
      usage: { cpuMs: sum(Object.values(programs)) },
      programs: Object.entries(programs).map(([program, cpuMs]) => ({ program, usage: { cpuMs, ...more[program] } })),
    }));
    const usage = { cpuMs: sum(parts.map((part) => part.usage.cpuMs)) };
    return { namespace: 'default', pod, uid: `uid-${pod}`, usage, containers: parts };
  });
  return { timestamp: '2026-01-01T00:00:00Z', monotonicMs, cpus: 2, memoryBytes: 1 << 30, items };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** Protection of memory reaches a pod only through the instance's own directory, which has as much as all pods together (v2). */
import { join } from 'node:path';
import { writeExisting } from '../cgroup/cgroup-tree.ts';
import { keptOf } from '../cgroup/plan-protection.ts';
import { wholePages } from '../cgroup/plan-weights.ts';
import type { Engine } from './engine.ts';

/** To be called when a pod's cgroup has come, changed or gone; writes only what differs from the last time. */
export function protectPods(engine: Engine): void {
  const { layout, cgroupParent } = engine.deps;
  if (layout.kind !== 'v2') return;
  const applied = engine.pods().map(({ appliedResources = {} }) => appliedResources);
  const { keptLowBytes = 0, keptMinBytes = 0 } = keptOf(applied);
  for (const [file, bytes] of [
    ['memory.low', keptLowBytes],
    ['memory.min', keptMinBytes],
  ] as const) {
    if (engine.protection.get(file) === bytes) continue;
    engine.protection.set(file, bytes);
    writeQuietly(join(layout.v2Root ?? '', cgroupParent, file), String(wholePages(bytes)));
  }
}

/** With no pod left the directory may be gone. */
function writeQuietly(file: string, value: string): void {
  try {
    writeExisting(file, value);
  } catch {}
}

/** What the memory controller counts of a container's programs: kills above all. */
import { join } from 'node:path';
import type { CgroupLayout } from '../model/cgroup.ts';
import { readIfThere } from './cgroup-tree.ts';
import { parseOomKills } from './parse-usage.ts';
import { v2Root } from './plan-v2.ts';

export interface KillCounts {
  /** of the container, since its cgroup was made */
  readonly total: number;
  /** by directory name of the leaf */
  readonly leaves: Readonly<Record<string, number>>;
}

export const noKills: KillCounts = { total: 0, leaves: {} };

/** `app`: relative to a hierarchy. v1 counts a kill where the process was, v2 in all directories above too. */
export function readKills(layout: CgroupLayout, app: string, leaves: readonly string[]): KillCounts {
  const [root, file] =
    layout.kind === 'v2' ? [v2Root(layout), 'memory.events'] : [layout.v1.memory ?? '', 'memory.oom_control'];
  const killsIn = (relative: string): number => parseOomKills(readIfThere(join(root, relative, file)) ?? '') ?? 0;
  const own = killsIn(app);
  // Below nothing can have more than v2 counts above it.
  if (layout.kind === 'v2' && own === 0) return noKills;
  const counts = leaves.map((leaf) => [leaf, killsIn(join(app, leaf))] as const).filter(([, kills]) => kills > 0);
  const below = counts.reduce((sum, [, kills]) => sum + kills, 0);
  return { total: layout.kind === 'v2' ? own : own + below, leaves: Object.fromEntries(counts) };
}

/** How often memory.high throttled its processes; 0 on v1, which has none. */
export function readMemoryHigh(layout: CgroupLayout, app: string): number {
  if (layout.kind !== 'v2') return 0;
  const text = readIfThere(join(v2Root(layout), app, 'memory.events')) ?? '';
  return Number(/^high (\d+)$/m.exec(text)?.[1] ?? 0);
}

export interface NewKills {
  /** directory name; undefined: somewhere in the container, in no leaf that is known */
  readonly leaf: string | undefined;
  readonly kills: number;
}

/** What `now` has more than `told`. A leaf that is gone takes its count with it on v1; on v2 it is part of the total for good. */
export function newKills(told: KillCounts, now: KillCounts): readonly NewKills[] {
  const inLeaves = Object.entries(now.leaves)
    .map(([leaf, kills]) => ({ leaf, kills: kills - (told.leaves[leaf] ?? 0) }))
    .filter(({ kills }) => kills > 0);
  const known = inLeaves.reduce((sum, { kills }) => sum + kills, 0);
  const elsewhere = now.total - told.total - known;
  return elsewhere > 0 ? [...inLeaves, { leaf: undefined, kills: elsewhere }] : inLeaves;
}

/**
 * What counts as told after `news`. v2 counts a kill in the leaf first, then above: a look in between sees the one without the other,
 * and must not take the other for one more kill later.
 */
export function toldWith(
  layout: CgroupLayout,
  told: KillCounts,
  now: KillCounts,
  news: readonly NewKills[],
): KillCounts {
  if (layout.kind !== 'v2') return now;
  const kills = news.reduce((sum, { kills }) => sum + kills, 0);
  return { ...now, total: Math.max(now.total, told.total + kills) };
}

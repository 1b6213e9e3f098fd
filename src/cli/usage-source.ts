/** Looks at the kernel's counters through podd, for rates between two of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { UsageList } from '../protocol/usage.ts';
import type { Client } from './client.ts';
import { isTemporary } from './follow-list.ts';
import { usagePath } from './pod-paths.ts';
import { type ProgramTarget, resolveTarget, type WrittenTarget } from './program-target.ts';
import { readPodPrograms } from './read-programs.ts';
import { selectUsage } from './top-rows.ts';
import { type RatedUsage, rateUsage } from './usage-rates.ts';

export interface UsageScope {
  /** undefined: all namespaces */
  readonly namespace: string | undefined;
  readonly labelSelector?: string | undefined;
  /** none: everything in the namespace */
  readonly targets: readonly WrittenTarget[];
}

export interface UsageSource {
  /** Rates since the look before this one. */
  readonly next: () => Promise<RatedUsage>;
}

/** Takes the first look. Throws ApiError NotFound, or PodError NotFound with what there is, for a target that is not there. */
export async function openUsage(client: Client, scope: UsageScope): Promise<UsageSource> {
  const targets = await resolveTargets(client, scope);
  const look = (): Promise<UsageList> => lookPatiently(() => client.json<UsageList>('GET', pathOf(scope)));
  let before = await look();
  return {
    next: async () => {
      const after = await look();
      const rated = rateUsage(before, after);
      before = after;
      return targets.length === 0 ? rated : selectUsage(rated, targets);
    },
  };
}

const tries = 5;
const pauseMs = 200;

/** podd may be replaced under a watch that goes on for hours. */
async function lookPatiently(look: () => Promise<UsageList>): Promise<UsageList> {
  for (let left = tries; ; left--) {
    try {
      return await look();
    } catch (error) {
      if (left <= 1 || !isTemporary(error)) throw error;
      await sleep(pauseMs);
    }
  }
}

async function resolveTargets(client: Client, { namespace, targets }: UsageScope): Promise<readonly ProgramTarget[]> {
  if (namespace === undefined) return [];
  return await Promise.all(
    targets.map(async (target) => resolveTarget(target, await readPodPrograms(client, namespace, target.pod))),
  );
}

function pathOf({ namespace, labelSelector, targets }: UsageScope): string {
  const [only, ...others] = new Set(targets.map(({ pod }) => pod));
  // Of several pods all are asked for: one look is one instant, and one request.
  return usagePath(namespace, { labelSelector, ...(others.length === 0 && only !== undefined ? { pod: only } : {}) });
}

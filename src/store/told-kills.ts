/** `<runDir>/kills.json`: the OOM kills of a container that were told as events, so that the next podd tells none twice and misses none. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KillCounts, noKills } from '../cgroup/read-memory-counts.ts';
import { parseRecord } from './parse-record.ts';
import { killCountsSchema } from './record-schema.ts';
import { replaceFileSync } from './write-atomically.ts';

/** None where nothing was told yet, or where it cannot be read. */
export function readToldKills(runDir: string): KillCounts {
  try {
    const parsed = parseRecord<KillCounts>(readFileSync(join(runDir, 'kills.json'), 'utf8'), killCountsSchema);
    return parsed.ok ? parsed.value : noKills;
  } catch {
    return noKills;
  }
}

/** On a full disk it is not kept: it may be told again by the next podd. */
export function writeToldKills(runDir: string, kills: KillCounts): void {
  try {
    replaceFileSync(join(runDir, 'kills.json'), JSON.stringify(kills));
  } catch {
    // as above
  }
}

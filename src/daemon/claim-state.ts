/** A state directory remembers the run directory its containers were started under: another one would start them a second time. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../linux/procfs.ts';
import { type InstancePaths, instancePaths } from '../model/instance-paths.ts';
import type { InitRecord } from '../protocol/init.ts';
import { PodError } from '../util/pod-error.ts';

/** Call with both locks held. Throws PodError `StateInUse` while containers of this state directory run under another run directory. */
export function claimState(paths: InstancePaths): void {
  const file = join(paths.root, 'run-directory');
  const before = readIfThere(file)?.trim();
  if (before === paths.run) return;
  if (before !== undefined) rejectIfUsed(paths, before);
  try {
    writeFileSync(file, `${paths.run}\n`, { mode: 0o600 });
  } catch {
    // a full disk must not keep podd from starting; the next one writes it
  }
}

function rejectIfUsed(paths: InstancePaths, run: string): void {
  const { instancesDir } = instancePaths({ PODCTL_ROOT: paths.root, PODCTL_RUN: run });
  const living = entries(instancesDir).filter((id) => isRunning(join(instancesDir, id)));
  if (living.length === 0) return;
  throw new PodError('StateInUse', `${living.length} containers of ${paths.root} run under PODCTL_RUN=${run}`, {
    hint: `set PODCTL_RUN=${run}, or end them first with PODCTL_RUN=${run} podctl system stop --pods`,
  });
}

function isRunning(runDir: string): boolean {
  try {
    const { pid, startTicks } = JSON.parse(readFileSync(join(runDir, 'init.json'), 'utf8')) as InitRecord;
    return isAlive(pid, startTicks);
  } catch {
    return false;
  }
}

function entries(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** At the start of podd: removes what belongs to no pod any more. Failures are reported, they never keep podd from starting. */
import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { killCgroup, removeCgroup } from '../cgroup/driver.ts';
import { cgroupDirs, cgroupName, podCgroup } from '../cgroup/paths.ts';
import { removeRunDir } from '../store/instance-record.ts';
import { formatError } from '../util/pod-error.ts';
import { deletedClaims } from '../volume/remove-claim.ts';
import { removeTree } from '../volume/remove-tree.ts';
import type { Engine } from './engine.ts';
import { emptyTrash, listDirectory } from './layers.ts';
import type { Pod } from './pod.ts';

/** Cgroups of unknown pods and of known pods' containers that have no instance: whatever is in them has no PID 1 of ours, so it is killed. */
export async function sweepCgroups(
  engine: Engine,
  pods: ReadonlyMap<string, Pod>,
  spared: ReadonlySet<string>,
): Promise<readonly string[]> {
  const { layout, cgroupParent } = engine.deps;
  const stale = childrenOf(engine, cgroupParent).flatMap((uid) => {
    if (spared.has(uid)) return [];
    const pod = pods.get(uid);
    const path = podCgroup(cgroupParent, uid);
    if (pod === undefined) return [path];
    const living = livingNames(pod);
    return childrenOf(engine, path).flatMap((name) => (living.has(name) ? [] : [`${path}/${name}`]));
  });
  const problems = await Promise.all(
    stale
      .map(async (path) => {
        await killCgroup(layout, path);
        await removeCgroup(layout, path);
      })
      .map(problemOf),
  );
  return problems.flat();
}

/** Logs, layers and volumes of pods that are no more (or never came to be). Only called when every record could be read. */
export async function sweepFiles(engine: Engine, pods: ReadonlyMap<string, Pod>): Promise<readonly string[]> {
  const { logsDir, layersDir, volumesDir, contentsDir } = engine.deps.paths;
  const logs = listDirectory(logsDir).filter((name) => !pods.has(name.slice(name.lastIndexOf('_') + 1)));
  const layers = listDirectory(layersDir);
  const volumes = [volumesDir, contentsDir].flatMap((dir) => {
    const strangers = listDirectory(dir).filter((uid) => !pods.has(uid));
    return strangers.map((uid) => join(dir, uid));
  });
  const claims = deletedClaims(engine.deps.paths);
  const problems = await Promise.all([
    ...claims.map((path) => problemOf(removeTree(path))),
    ...logs.map((name) => problemOf(rm(join(logsDir, name), { recursive: true, force: true }))),
    ...layers.map((uid) => {
      const path = join(layersDir, uid);
      return problemOf(pods.has(uid) ? emptyTrash(path) : removeTree(path));
    }),
    ...volumes.map((path) => problemOf(removeTree(path))),
  ]);
  return problems.flat();
}

/** A run directory of nothing that runs. */
export async function sweepRunDir(runDir: string): Promise<readonly string[]> {
  return problemOf(Promise.resolve(runDir).then(removeRunDir));
}

function livingNames(pod: Pod): ReadonlySet<string> {
  const living = [...pod.containers].filter(([, { instance }]) => instance !== undefined);
  return new Set(living.map(([name]) => cgroupName(name)));
}

/** Directory names below a cgroup, over all hierarchies. */
function childrenOf(engine: Engine, relative: string): readonly string[] {
  const names = cgroupDirs(engine.deps.layout, relative).flatMap((dir) =>
    existsSync(dir)
      ? readdirSync(dir, { withFileTypes: true })
          .filter((entry) => entry.isDirectory())
          .map((entry) => entry.name)
      : [],
  );
  return [...new Set(names)];
}

async function problemOf(work: Promise<unknown>): Promise<readonly string[]> {
  try {
    await work;
    return [];
  } catch (error) {
    return [formatError(error)];
  }
}

/** A pod's record on its way to the disk. */
import { removeRunDir } from '../store/instance-record.ts';
import { formatError } from '../util/pod-error.ts';
import type { Engine } from './engine.ts';
import { type Pod, recordOfPod } from './pod.ts';

/**
 * Resolves after the first try, to what kept the record from the disk. Run directories of ended runs go once the record that counts
 * their exits is there.
 */
export function savePod(engine: Engine, pod: Pod): Promise<Error | undefined> {
  const { store, bootId, deps } = engine;
  const ended = [...pod.endedRunDirs];
  const { tried, saved } = store.save(pod.uid, () => recordOfPod(pod, bootId, deps.clock.monotonicMs()));
  void saved.then(() => {
    for (const [key, runDir] of ended) {
      if (pod.endedRunDirs.get(key) !== runDir) continue;
      pod.endedRunDirs.delete(key);
      removeEnded(engine, runDir);
    }
  });
  return tried;
}

function removeEnded({ deps }: Engine, runDir: string): void {
  try {
    removeRunDir(runDir);
  } catch (error) {
    deps.log(`remove ${runDir}: ${formatError(error)}`);
  }
}

/** Where podd keeps the volumes of pods. */
import { join } from 'node:path';
import type { InstancePaths } from '../model/instance-paths.ts';

/** Directory of an emptyDir: on disk, until the pod is deleted. */
export const emptyDirPath = (paths: InstancePaths, podUid: string, volume: string): string =>
  join(paths.volumesDir, podUid, volume);

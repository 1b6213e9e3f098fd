/** Where podd keeps the volumes of pods. */
import { join } from 'node:path';
import type { InstancePaths } from '../model/instance-paths.ts';
import type { MountSpec } from '../model/volume-spec.ts';
import { assertNever } from '../util/assert-never.ts';

/** Where on this machine a volume is. emptyDirs are kept on disk until the pod is deleted, what objects hold beside what runs. */
export function volumePath(
  { volume, source }: Pick<MountSpec, 'volume' | 'source'>,
  podUid: string,
  paths: Pick<InstancePaths, 'volumesDir' | 'contentsDir'>,
): string {
  switch (source.kind) {
    case 'hostPath':
      return source.path;
    case 'emptyDir':
      return join(paths.volumesDir, podUid, volume);
    case 'configMap':
    case 'secret':
      return join(paths.contentsDir, podUid, volume);
    default:
      return assertNever(source, 'volume source');
  }
}

import type { FileChange } from '../model/dev-rule.ts';

/** The net effect of two bursts, one after the other; a file that came and went is no change. */
export function mergeChanges(earlier: readonly FileChange[], later: readonly FileChange[]): readonly FileChange[] {
  const changes = new Map(earlier.map((change) => [change.path, change]));
  for (const change of later) {
    const before = changes.get(change.path);
    const kind = before === undefined ? change.kind : netKind(before.kind, change.kind);
    if (kind === undefined) changes.delete(change.path);
    else changes.set(change.path, { path: change.path, kind });
  }
  return [...changes.values()];
}

function netKind(earlier: FileChange['kind'], later: FileChange['kind']): FileChange['kind'] | undefined {
  if (earlier === 'added') return later === 'removed' ? undefined : 'added';
  return later === 'added' ? 'changed' : later;
}

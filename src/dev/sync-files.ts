/** Copies what a sync rule watches into its container. */
import { basename, join, relative } from 'node:path';
import type { Client } from '../cli/client.ts';
import { podActionPath } from '../cli/pod-paths.ts';
import type { DevRule } from '../model/dev-rule.ts';
import type { SyncRequest, SyncResponse } from '../protocol/api.ts';
import type { DevAction } from './action-queue.ts';
import { askPatiently } from './ask-patiently.ts';

/** Files of one request; more go in several. */
const filesAtOnce = 500;

/** `allFiles`: what there is for the rule, for a container that has nothing yet. Throws ApiError, PodError. */
export async function syncFiles(
  client: Client,
  action: DevAction,
  allFiles: () => readonly string[],
): Promise<SyncResponse> {
  const { rule, changes, whole } = action;
  const changed = changes.filter(({ kind }) => kind !== 'removed').map(({ path }) => path);
  const copy = [...new Set([...(whole ? allFiles() : []), ...changed])];
  const remove = removals(action);
  const answers: SyncResponse[] = [];
  for (let at = 0; at === 0 || at < copy.length; at += filesAtOnce) {
    const files = copy.slice(at, at + filesAtOnce).map((from) => ({ from, to: targetOf(rule, from) }));
    const request: SyncRequest = { container: rule.container, files, remove: at === 0 ? remove : [] };
    const path = podActionPath(rule.namespace, rule.pod, 'sync');
    answers.push(await askPatiently(() => client.json<SyncResponse>('POST', path, request)));
  }
  const sum = (of: (answer: SyncResponse) => number): number => answers.reduce((total, one) => total + of(one), 0);
  return {
    copied: sum(({ copied }) => copied),
    removed: sum(({ removed }) => removed),
    bytes: sum(({ bytes }) => bytes),
    skipped: answers.flatMap(({ skipped }) => skipped),
  };
}

/** Places in the container that are to be empty. A file that took the place of a directory takes it from all that was in it. */
export function removals({ rule, changes }: Pick<DevAction, 'rule' | 'changes'>): readonly string[] {
  const added = changes
    .filter(({ kind, path }) => kind === 'added' && !rule.paths.includes(path))
    .map(({ path }) => path);
  const removed = changes.filter(({ kind }) => kind === 'removed').map(({ path }) => path);
  const places = removed.map((path) => added.find((one) => isWithin(path, one)) ?? path);
  return [...new Set(places.map((path) => targetOf(rule, path)))];
}

/** A directory's content goes below the target; a file becomes it, or one in it where the rule watches several or it ends in `/`. */
export function targetOf({ paths, target = '/' }: Pick<DevRule, 'paths' | 'target'>, path: string): string {
  const root = [...paths].sort((a, b) => b.length - a.length).find((one) => isWithin(path, one)) ?? path;
  if (path !== root) return join(target, relative(root, path));
  return paths.length > 1 || target.endsWith('/') ? join(target, basename(path)) : target;
}

const isWithin = (path: string, directory: string): boolean =>
  path === directory || directory === '/' || path.startsWith(`${directory}/`);

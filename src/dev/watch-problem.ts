/** What a user is told when files cannot be watched, and what helps. */
import type { DevRule } from '../model/dev-rule.ts';
import type { WatchProblem } from './watch-rules.ts';

export const pollMs = 300;
const polling = `looking every ${pollMs} ms instead`;

export const noWatches = (path: string): WatchProblem => ({
  message: `watch ${path}: no more inotify watches (ENOSPC): ${polling}`,
  hint: 'raise the limit: sysctl fs.inotify.max_user_watches=524288; or exclude directories',
});

export const noInstance = (code: string): WatchProblem => ({
  message: `no inotify instance left (${code}): ${polling}`,
  hint: 'raise the limit: sysctl fs.inotify.max_user_instances=1024',
});

export const remote = (path: string, fileSystem: string): WatchProblem => ({
  message: `watch ${path}: it lies on ${fileSystem}, where changes made elsewhere send no event: ${polling}`,
});

export const unreadable = (directory: string, code: string): WatchProblem => ({
  message: `watch ${directory}: ${code}: changes in it are not seen`,
  hint: 'make it readable, or exclude it',
});

const namesAtMost = 3;

export const looping = (rule: DevRule, paths: readonly string[]): WatchProblem => ({
  message: `${rule.action} of ${ownerOf(rule)} changes the files that it watches: ${formatPaths(paths)}: stopped until something else changes`,
  hint: 'exclude them (dev.watch[].exclude), or write them elsewhere',
});

const ownerOf = ({ pod, container, program }: DevRule): string =>
  [pod, container, program].filter((part) => part !== undefined).join('/');

function formatPaths(paths: readonly string[]): string {
  const rest = paths.length - namesAtMost;
  return `${paths.slice(0, namesAtMost).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** Paths of dev rules as they are written: relative ones start from the manifest's own directory. */
import { resolve } from 'node:path';

/** A container as it was written, whatever is wrong with it, with absolute paths in its own dev rules and in those of its programs. */
export function withAbsoluteDevPaths(container: unknown, directory: string): unknown {
  if (!isMap(container)) return container;
  const { processes } = container;
  const ownRules = withRules(container, directory);
  if (!Array.isArray(processes) || !processes.some(hasRules)) return ownRules;
  return { ...ownRules, processes: processes.map((process) => withRules(process, directory)) };
}

type Fields = Readonly<Record<string, unknown>>;

const isMap = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

function hasRules(owner: unknown): owner is Fields & { readonly dev: Fields & { readonly watch: readonly unknown[] } } {
  return isMap(owner) && isMap(owner.dev) && Array.isArray(owner.dev.watch);
}

function withRules<T>(owner: T, directory: string): T {
  if (!hasRules(owner)) return owner;
  return { ...owner, dev: { ...owner.dev, watch: owner.dev.watch.map((rule) => withPaths(rule, directory)) } };
}

function withPaths(rule: unknown, directory: string): unknown {
  if (!isMap(rule)) return rule;
  const { paths, action, directory: written } = rule;
  const start = written === undefined && action === 'rebuild' ? '.' : written;
  return {
    ...rule,
    ...(Array.isArray(paths) ? { paths: paths.map((path) => absolute(path, directory)) } : {}),
    ...(start === undefined ? {} : { directory: absolute(start, directory) }),
  };
}

/** What is no path stays as it is: the rules complain of it. */
function absolute(path: unknown, directory: string): unknown {
  return typeof path === 'string' && path !== '' && !path.includes('\0') ? resolve(directory, path) : path;
}

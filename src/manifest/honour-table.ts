import type { FieldPath, ProblemSink } from './field-problem.ts';
import type { Loose } from './schema.ts';
import type { ServerDefaults } from './server-defaults.ts';

/**
 * `yes`: acted on (or checked by a rule); `later`: a coming version's; `cluster`: only a cluster has a use for it; `server`: written by
 * servers alone, nothing to warn of; `unmounted`: what its mounts would show, this version cannot; `selinux`, `windows`: what such a machine would do.
 */
export type Honour = 'yes' | 'later' | 'cluster' | 'server' | 'unmounted' | 'selinux' | 'windows';

/** What is said of them. */
export const honourMessages: Readonly<Record<Exclude<Honour, 'yes'>, string>> = {
  later: 'not honoured by this version, ignored',
  cluster: 'means nothing on one machine, ignored',
  server: 'is set by the server, ignored',
  selinux: 'not honoured, podctl sets no SELinux labels',
  windows: 'means nothing on Linux, ignored',
  unmounted: 'not honoured by this version, it is not mounted',
};

/** Every field of an object: the compiler asks for new ones. */
export type HonourTable<T> = Readonly<Record<keyof Required<T>, Honour>>;

/** Warns once for each field that is given, not the default, and not acted on. */
export function warnByTable<T>(
  table: HonourTable<T>,
  value: Loose<T> | undefined,
  path: FieldPath,
  problems: ProblemSink,
  defaults: ServerDefaults<T> = {},
): void {
  const isDefault = defaults as Readonly<Record<string, (given: unknown, owner: unknown) => boolean>>;
  for (const [name, given] of Object.entries(value ?? {})) {
    const honour = (table as Readonly<Record<string, Honour>>)[name];
    if (honour === undefined || honour === 'yes' || honour === 'server' || saysNothing(given)) continue;
    if (isDefault[name]?.(given, value) === true) continue;
    problems.warn([...path, name], honourMessages[honour]);
  }
}

/** false, "", {} and [] ask for nothing: such a field is as good as absent. */
function saysNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

import type { DevRule, FileChange } from '../../../src/model/dev-rule.ts';

/** A rule of program app/web of pod shop that restarts, but for what the test says; its id follows from its owner. */
export function aRule(fields: Partial<DevRule> = {}, number = 0): DevRule {
  const owner = { namespace: 'default', pod: 'shop', container: 'app', program: 'web', ...fields };
  return {
    id: `${owner.namespace}/${owner.pod}/${owner.container}/${owner.program}#${number}`,
    paths: ['/src'],
    include: [],
    exclude: [],
    action: 'restart',
    debounceMs: 50,
    directory: '/src',
    cascade: false,
    ...owner,
  };
}

export const changed = (...paths: readonly string[]): readonly FileChange[] =>
  paths.map((path) => ({ path, kind: 'changed' }));

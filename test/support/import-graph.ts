/** What a module loads, directly and through others. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inRepository } from './repository.ts';

export interface ImportGraph {
  /** files of this repository, relative to it, the first one included */
  readonly files: readonly string[];
  /** packages and node: modules */
  readonly packages: readonly string[];
}

/** Follows imports that are there when the code runs; `import type` is not. `entry` is relative to the repository. */
export function importGraph(entry: string): ImportGraph {
  const files = new Set([entry]);
  const packages = new Set<string>();
  for (const file of files) {
    for (const specifier of importsOf(readFileSync(inRepository(file), 'utf8'))) {
      if (specifier.startsWith('.')) files.add(join(dirname(file), specifier));
      else packages.add(specifier);
    }
  }
  return { files: [...files], packages: [...packages] };
}

/** Static and dynamic imports and re-exports; those whose every name is a type load nothing. */
function importsOf(source: string): readonly string[] {
  const statements = source.matchAll(/^(import|export)\s+(type\s+)?([^'";]*?from\s+)?'([^']+)'/gm);
  const loaded = [...statements].flatMap(([, , type, , specifier]) => (type === undefined ? [specifier ?? ''] : []));
  const dynamic = [...source.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g)].map(([, specifier]) => specifier ?? '');
  return [...loaded, ...dynamic];
}

/** The files that a session's manifests come from, as rules for the watcher. Pure. */
import type { DevRule } from '../model/dev-rule.ts';

/** Absolute paths, also of what is not there (yet). */
export interface ManifestPlaces {
  readonly files: readonly string[];
  readonly directories: readonly string[];
  /** what manifests refer to and podd reads when they are applied: their contents count */
  readonly materials: readonly string[];
}

/** Editors write in one go; a manifest that is seen half-saved all the same is looked at again when it changes. */
const debounceMs = 100;

const prefix = 'manifests ';

/** At most three: what is named counts whatever it is called, of a directory what `-f DIR` reads. */
export function manifestRules({ files, directories, materials }: ManifestPlaces): readonly DevRule[] {
  return [
    ...ruleFor('files', files, []),
    ...ruleFor('directories', directories, ['/*.yaml', '/*.yml', '/*.json']),
    ...ruleFor('materials', materials, []),
  ];
}

function ruleFor(name: string, paths: readonly string[], include: readonly string[]): readonly DevRule[] {
  if (paths.length === 0) return [];
  const nobody = { namespace: '', pod: '', container: '' };
  const rule = { paths, include, exclude: [], debounceMs, directory: '/', cascade: false };
  return [{ id: `${prefix}${name}`, ...nobody, action: 'exec', ...rule }];
}

/** Whether it is one of these, and no rule of a pod. */
export const isManifestRule = ({ id }: DevRule): boolean => id.startsWith(prefix);

/** Whether a changed file is one of the materials, or lies in one. */
export const isMaterial = ({ materials }: ManifestPlaces, path: string): boolean =>
  materials.some((one) => path === one || path.startsWith(`${one}/`));

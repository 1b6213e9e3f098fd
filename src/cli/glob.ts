/** Paths that match a pattern of `*`, `?` and `[…]`, as Python's glob: sorted, no hidden names, no `**`. (Node has globSync from 22 on.) */
import { existsSync, readdirSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

/** Paths as the pattern has them: relative ones stay relative to `directory`. */
export function globFiles(pattern: string, directory: string): string[] {
  const start = isAbsolute(pattern) ? ['/'] : [''];
  const segments = pattern.split('/').filter((segment) => segment !== '');
  const found = segments.reduce((paths, segment) => paths.flatMap((path) => step(path, segment, directory)), start);
  return segments.length === 0 ? [] : found.sort();
}

function step(path: string, segment: string, directory: string): string[] {
  const here = isAbsolute(path) ? path : join(directory, path);
  if (!/[*?[]/.test(segment)) return existsSync(join(here, segment)) ? [join(path, segment)] : [];
  const matches = segmentPattern(segment);
  const isHidden = (name: string): boolean => name.startsWith('.') && !segment.startsWith('.');
  return names(here)
    .filter((name) => matches.test(name) && !isHidden(name))
    .map((name) => join(path, name));
}

function names(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function segmentPattern(segment: string): RegExp {
  const parts = segment.match(/\[!?\]?[^\]]*\]|./gs) ?? [];
  return new RegExp(`^${parts.map(partPattern).join('')}$`, 's');
}

function partPattern(part: string): string {
  if (part === '*') return '.*';
  if (part === '?') return '.';
  if (part.length === 1) return part.replace(/[.+^${}()|[\]\\]/, '\\$&');
  return `[${part.slice(1, -1).replace(/^!/, '^').replaceAll('\\', '\\\\').replaceAll('[', '\\[')}]`;
}

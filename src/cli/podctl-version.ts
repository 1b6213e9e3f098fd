import { readFileSync } from 'node:fs';

/** podctl's own version, from package.json two directories up (of src/cli and of dist/cli alike). */
export function podctlVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}

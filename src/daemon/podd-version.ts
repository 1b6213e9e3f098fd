/** podd's own version. */
import { readFileSync } from 'node:fs';

/** From package.json two directories up, of src/daemon and of dist/daemon alike. */
export function poddVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}

/** The suite's own program (payload.c), built on demand and kept per version of its source. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { inRepository } from '../support/repository.ts';

/** Path of the static binary. Throws the compiler's words when it cannot be built. */
export function conformancePayload(): string {
  const source = inRepository('test/conformance/payload.c');
  const name = `conformance-${createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 12)}`;
  const dir = join(tmpdir(), 'podctl-payload');
  const path = join(dir, name);
  if (existsSync(path)) return path;
  mkdirSync(dir, { recursive: true });
  const half = `${path}.${process.pid}`;
  execaSync('cc', ['-O2', '-std=gnu17', '-Wall', '-Wextra', '-Werror', '-static', '-o', half, source]);
  renameSync(half, path);
  return path;
}

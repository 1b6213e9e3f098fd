/** The tests' own program (payload/payload.c), built on demand, and root directories that hold it. */
import { createHash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { inRepository } from './repository.ts';

const source = inRepository('test/support/payload');

/** Path of the static binary on the host; compiled once per version of its source. Throws the compiler's words when it cannot be built. */
export function payloadBinary(): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(source).sort()) hash.update(readFileSync(join(source, file)));
  const name = `payload-${hash.digest('hex').slice(0, 12)}`;
  const kept = cacheDirs().find((dir) => existsSync(join(dir, name)));
  if (kept !== undefined) return join(kept, name);
  const dir = cacheDirs().find(isUsable);
  if (dir === undefined) throw new Error(`nowhere to build the payload: none of ${cacheDirs().join(', ')} is writable`);
  const half = join(dir, `${name}.${process.pid}`);
  execaSync('make', ['-s', '-C', source, `OUT=${half}`], { stderr: 'pipe' });
  renameSync(half, join(dir, name));
  return join(dir, name);
}

function cacheDirs(): readonly string[] {
  return [inRepository('node_modules/.cache/podctl'), join(tmpdir(), 'podctl-payload')];
}

function isUsable(dir: string): boolean {
  try {
    mkdirSync(dir, { recursive: true });
    accessSync(dir, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** A directory for `rootfs: {path}` with nothing in it but `/payload`. */
export function makePayloadRoot(dir: string): string {
  mkdirSync(dir, { recursive: true });
  copyFileSync(payloadBinary(), join(dir, 'payload'));
  chmodSync(join(dir, 'payload'), 0o755);
  return dir;
}

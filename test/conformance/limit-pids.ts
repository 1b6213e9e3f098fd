/** A cgroup of the suite's own in which only so many processes can be made. */
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCgroupLayout } from '../../src/cgroup/read-layout.ts';
import { waitFor } from '../support/wait-for.ts';

export interface PidLimit {
  /** begins a command line that runs inside */
  readonly around: readonly string[];
  readonly remove: () => Promise<void>;
}

export function limitPids(max: number): PidLimit | { readonly missing: string } {
  try {
    const layout = readCgroupLayout();
    const root = layout.kind === 'v2' ? layout.v2Root : layout.v1.pids;
    if (root === undefined) return { missing: 'no pids controller' };
    const dir = join(root, `conformance-${process.pid}`);
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'pids.max'), String(max));
    return {
      around: ['sh', '-c', 'echo $$ > "$0"/cgroup.procs && exec "$@"', dir],
      remove: () => waitFor(`remove ${dir}`, () => removed(dir)).then(() => undefined),
    };
  } catch (error) {
    return { missing: `no pids limit here: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function removed(dir: string): boolean {
  try {
    rmdirSync(dir);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

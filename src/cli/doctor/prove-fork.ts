import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startZygote } from '../../runtime/zygote-client.ts';

/** Starts a zygote of its own, lets one child prove the fork (DESIGN §2.9), ends it. Resolves to the ms the proof took; rejects with the reason. */
export async function proveFork(): Promise<number> {
  const runDir = mkdtempSync(join(tmpdir(), 'podctl-doctor-'));
  try {
    const zygote = await startZygote({ runDir, onExited: () => undefined, onRestarted: () => undefined });
    try {
      const startedAt = performance.now();
      await zygote.selfTest();
      return performance.now() - startedAt;
    } finally {
      await zygote.close();
    }
  } finally {
    rmSync(runDir, { recursive: true, force: true });
  }
}

import { mkdtempSync, rmSync } from 'node:fs';
import { afterEach, beforeEach } from 'vitest';
import { runCli } from '../../../src/cli/main.ts';
import { startTestServer, type TestServer } from '../../support/api-server.ts';
import { memoryIo } from './memory-io.ts';

export interface TestPodctl {
  /** podctl against the test's API server; never fails by itself */
  readonly podctl: (...words: readonly string[]) => Promise<{ code: number; out: string; err: string }>;
  readonly server: () => TestServer;
  /** a directory of the test's own */
  readonly scratch: () => string;
}

/** An API server with a reconciler in memory for each test of the file. */
export function podctlAgainstServer(): TestPodctl {
  let server: TestServer;
  let scratch: string;
  beforeEach(async () => {
    server = await startTestServer();
    scratch = mkdtempSync('/tmp/pc-cli-');
  });
  afterEach(async () => {
    await server.close();
    rmSync(scratch, { recursive: true, force: true });
  });
  return {
    server: () => server,
    scratch: () => scratch,
    podctl: async (...words) => {
      const io = memoryIo({ PODCTL_RUN: server.dir, PODCTL_ROOT: server.dir });
      const code = await runCli(words, io);
      return { code, ...io.written };
    },
  };
}

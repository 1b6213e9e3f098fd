import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cgroupProcesses, killCgroup, removeCgroup } from '../../../src/cgroup/driver.ts';
import { cgroupDirs } from '../../../src/cgroup/paths.ts';
import { readCgroupLayout } from '../../../src/cgroup/read-layout.ts';
import type { PodObject } from '../../../src/protocol/objects.ts';
import { whyNoMachine } from './machine.ts';

const reason = whyNoMachine();
const names = ['a', 'b', 'c', 'd'];
const kills = 25;

/** Beside the packages it imports. */
const script = join(import.meta.dirname, '../../../node_modules', `.podd-under-test-${process.pid}.mjs`);
const base = mkdtempSync(join(tmpdir(), 'kill-podd-'));
const parent = `podctl-kill-${process.pid}`;

beforeAll(async () => {
  if (reason !== undefined) return;
  const entryPoints = [join(import.meta.dirname, 'podd-under-test.ts')];
  await build({
    entryPoints,
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
});
afterAll(async () => {
  rmSync(script, { force: true });
  rmSync(base, { recursive: true, force: true });
  if (reason !== undefined) return;
  await killCgroup(readCgroupLayout(), parent);
  await removeCgroup(readCgroupLayout(), parent);
});

/** What was tried last on each pod, and whether podd said that it was done. */
const last = new Map<string, { readonly operation: string; readonly isDone: boolean }>();

function note(output: string): void {
  for (const line of output.split('\n')) {
    const [what, operation = ''] = line.split(' ');
    if (what === 'try' || what === 'done') last.set(operation.slice(1), { operation, isDone: what === 'done' });
  }
}

/** Runs a podd, killed that long after it began to adopt; resolves with what it printed when no init is in flight any more. */
async function runPodd(operations: readonly string[], killAfterMs?: number): Promise<string> {
  const stdio = ['ignore', 'pipe', 'inherit', 'pipe'] as const;
  const podd = spawn(process.execPath, [script, base, parent, JSON.stringify(operations)], { stdio: [...stdio] });
  let output = '';
  podd.stdout?.on('data', (chunk) => {
    output += chunk;
    if (killAfterMs !== undefined && output === String(chunk)) setTimeout(() => podd.kill('SIGKILL'), killAfterMs);
  });
  // The lock's part: the next podd begins when every init in flight has let go of the pipe.
  const inFlight = podd.stdio[3];
  if (inFlight !== null && inFlight !== undefined && 'resume' in inFlight) inFlight.resume();
  await Promise.all([
    once(podd, 'close'),
    inFlight === null || inFlight === undefined ? undefined : once(inFlight, 'close'),
  ]);
  return output;
}

describe.skipIf(reason !== undefined)('a podd that is killed again and again', () => {
  test('loses, doubles, restarts and leaks nothing', { timeout: 120_000 }, async () => {
    for (let kill = 0; kill < kills; kill++) {
      const operations = Array.from({ length: 30 }, () => {
        const name = names[Math.floor(Math.random() * names.length)];
        return `${Math.random() < 0.55 ? '+' : '-'}${name}`;
      });
      note(await runPodd(operations, Math.random() * 80));
    }
    const pods = JSON.parse((await runPodd([])).replace('boot\n', '')) as PodObject[];
    const there = new Set(pods.map(({ metadata }) => metadata.name));
    for (const [name, { operation, isDone }] of last) {
      if (isDone) expect(`${operation} ${there.has(name)}`).toBe(`${operation} ${operation.startsWith('+')}`);
    }
    expect(there.size).toBe(pods.length);
    expect(pods.flatMap(({ status }) => status.containerStatuses.map(({ restartCount }) => restartCount))).toEqual(
      pods.map(() => 0),
    );
    expect(cgroupProcesses(readCgroupLayout(), parent)).toHaveLength(pods.length);
    for (const dir of ['run/i', 'root/logs', 'root/pods']) expect(entries(join(base, dir))).toHaveLength(pods.length);
    for (const dir of cgroupDirs(readCgroupLayout(), parent)) {
      expect(entries(dir, true).sort()).toEqual(pods.map(({ metadata }) => metadata.uid).sort());
    }
    expect(entries(join(base, 'root/quarantine'))).toEqual([]);
  });
});

function entries(dir: string, directoriesOnly = false): string[] {
  if (!existsSync(dir)) return [];
  const found = readdirSync(dir, { withFileTypes: true });
  return found.filter((entry) => !directoriesOnly || entry.isDirectory()).map(({ name }) => name);
}

/** SO_PRIORITY by BPF programs on cgroup2 directories alone: which of several counts, and what a change does. Runs in hybrid layouts too. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findCgroup2 } from '../../src/cgroup/detect.ts';
import { prioritiseSockets } from '../../src/cgroup/prioritise-sockets.ts';
import { payloadBinary } from '../support/payload.ts';
import { whyNoRealKernel } from '../support/real-kernel.ts';
import { removeCgroup } from '../support/scrub.ts';

const root = findCgroup2(readFileSync('/proc/self/mountinfo', 'utf8'));
if (root === undefined) console.warn('socket priorities are not tested: no cgroup2 is mounted');

describe.skipIf(root === undefined || whyNoRealKernel() !== undefined)('socket priority', () => {
  const outer = join(root ?? '', `podctl-test-${process.pid}`);
  const inner = join(outer, 'inner');
  beforeEach(() => void mkdirSync(inner, { recursive: true }));
  afterEach(() => removeCgroup(outer));

  /** A program in `directory`; each call tells the priority of a socket that it makes now. */
  const openProgram = (directory: string) => {
    const child = spawn(payloadBinary(), ['socket-priority'], { stdio: ['pipe', 'pipe', 'inherit'] });
    writeFileSync(join(directory, 'cgroup.procs'), String(child.pid));
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const first = lines.next();
    return async (): Promise<string> => {
      await first;
      child.stdin.write('again\n');
      return (await lines.next()).value;
    };
  };

  test('sockets have the priority of the closest directory that has one, as it is now', async () => {
    const [inOuter, inInner] = [openProgram(outer), openProgram(inner)];
    const both = async () => [await inOuter(), await inInner()];
    expect(await both()).toEqual(['priority 0', 'priority 0']);
    prioritiseSockets(outer, 3);
    expect(await both()).toEqual(['priority 3', 'priority 3']);
    prioritiseSockets(inner, 5);
    expect(await both()).toEqual(['priority 3', 'priority 5']);
    prioritiseSockets(inner, 0);
    expect(await both()).toEqual(['priority 3', 'priority 0']);
    prioritiseSockets(outer, 4);
    prioritiseSockets(inner, undefined);
    expect(await both()).toEqual(['priority 4', 'priority 4']);
    prioritiseSockets(outer, undefined);
    prioritiseSockets(outer, undefined);
    expect(await both()).toEqual(['priority 0', 'priority 0']);
  });

  test('a directory that is not there is named', () => {
    expect(() => prioritiseSockets(join(outer, 'gone'), 1)).toThrow(/gone/);
  });
});

/** SO_PRIORITY by BPF programs on cgroup2 directories: which of several counts, what a change does; in hybrid layouts too. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findCgroup2 } from '../../src/cgroup/detect.ts';
import { prioritiseSockets } from '../../src/cgroup/prioritise-sockets.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod, aProgram } from '../support/manifest.ts';
import { payloadBinary } from '../support/payload.ts';
import { isRunning, podPids } from '../support/pods.ts';
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

describeReal('networkPriority of a pod', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const priority = (value: number | undefined) =>
    value === undefined ? {} : { resources: { network: { priority: value } } };

  /** `own` and `plain` are programs of one container. */
  const apply = (levels: { readonly pod?: number; readonly container?: number; readonly own?: number }) => {
    const command = ['/payload', 'socket-priority', '50'];
    const processes = [aProgram('own', { command, ...priority(levels.own) }), aProgram('plain', { command })];
    const main = aContainer({
      rootfs: { path: instance.payloadRoot() },
      processes,
      ...priority(levels.container),
    });
    return instance.apply(aPod({ name: 'sockets', containers: [main], ...priority(levels.pod) }));
  };

  /** What the newest sockets of `own` and `plain` have. */
  const newest = async (): Promise<string> => {
    const lines = (await instance.logs('sockets')).trim().split('\n');
    return ['own', 'plain'].map((name) => lines.findLast((line) => line.startsWith(`[${name}]`))).join();
  };

  const expectNewest = (own: number, plain: number) =>
    expect.poll(newest).toBe(`[own] priority ${own},[plain] priority ${plain}`);

  test('the closest level counts, and every level changes in place', async () => {
    await apply({ pod: 1, container: 2, own: 3 });
    const pod = await instance.waitForPod('sockets', 'runs', isRunning);
    await expectNewest(3, 2);
    const pids = podPids(pod, 'main', 'app');
    await apply({ pod: 1, container: 4, own: 5 });
    await expectNewest(5, 4);
    await apply({ pod: 6, container: 4 });
    await expectNewest(4, 4);
    await apply({ pod: 6 });
    await expectNewest(6, 6);
    await apply({ pod: 7, own: 0 });
    await expectNewest(0, 7);
    await apply({});
    await expectNewest(0, 0);
    expect(podPids(pod, 'main', 'app')).toEqual(pids);
  });
});

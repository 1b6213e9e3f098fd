import { closeSync, openSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { closeProgramStreams, openProgramStreams, type ProgramStreams } from '../../../src/init/program-streams.ts';
import { makePipe } from '../../../src/linux/descriptors.ts';
import { readRlimit, setRlimit } from '../../../src/linux/rlimits.ts';
import type { ProgramExecPlan } from '../../../src/model/launch-plan.ts';

const devNull = openSync('/dev/null', 'r');
const limit = readRlimit('nofile');
const opened: ProgramStreams[] = [];

afterEach(() => {
  for (const streams of opened.splice(0)) closeProgramStreams(streams);
  setRlimit('nofile', limit);
});

const open = (): void => {
  const identity = {
    ok: true,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    supplementaryGroups: [],
    envp: [],
  } as const;
  const exec = { tty: false, stdin: false } as ProgramExecPlan;
  opened.push(openProgramStreams(exec, identity, { devNull, programCount: () => 1 }));
};

test('programs leave PID 1 descriptors to answer with, and the refusal names the limit', () => {
  const soft = devNull + 128;
  setRlimit('nofile', { ...limit, soft });
  expect(() => {
    for (;;) open();
  }).toThrow(`PID 1 has no more than ${soft} open files`);
  expect(opened.length).toBeGreaterThan(0);
  const pipes = Array.from({ length: 20 }, () => makePipe());
  for (const fd of pipes.flat()) closeSync(fd);
});

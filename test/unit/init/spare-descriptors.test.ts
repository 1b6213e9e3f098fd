import { closeSync, openSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { spareDescriptors } from '../../../src/init/spare-descriptors.ts';
import { makePipe } from '../../../src/linux/descriptors.ts';
import { readRlimit, setRlimit } from '../../../src/linux/rlimits.ts';

const devNull = openSync('/dev/null', 'r');
const limit = readRlimit('nofile');
const opened: number[] = [];

afterEach(() => {
  for (const fd of opened.splice(0)) closeSync(fd);
  setRlimit('nofile', limit);
});

test('programs leave PID 1 descriptors to answer with, and the refusal names the limit', () => {
  const soft = devNull + 512;
  setRlimit('nofile', { ...limit, soft });
  expect(() => {
    for (;;) {
      spareDescriptors(devNull);
      opened.push(...makePipe());
    }
  }).toThrow(`PID 1 may have no more than ${soft} open files`);
  expect(opened.length).toBeGreaterThan(100);
  for (let i = 0; i < 20; i++) opened.push(...makePipe());
});

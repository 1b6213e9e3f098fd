import { expect, test } from 'vitest';
import { fieldsOfFiles, takenResources } from '../../../src/cgroup/taken-resources.ts';
import type { ResourceSpec } from '../../../src/model/resource-spec.ts';
import { layouts } from './layouts.ts';

const from: ResourceSpec = { memoryLimitBytes: 64 << 20, pidsLimit: 10 };
const to: ResourceSpec = { memoryLimitBytes: 16 << 20, cpuLimitMillis: 500 };

test.each([
  ['v1', '/sys/fs/cgroup/memory/p/app/memory.limit_in_bytes'],
  ['v2', '/sys/fs/cgroup/p/app/memory.max'],
] as const)('on %s a refused file stands for the field that asked for it', (kind, file) => {
  expect([...fieldsOfFiles([file], [from, to], layouts[kind])]).toEqual(['memoryLimitBytes']);
});

test('a file that only the old resources asked for stands for their field', () => {
  expect([...fieldsOfFiles(['/sys/fs/cgroup/p/app/pids.max'], [from, to], layouts.v2)]).toEqual(['pidsLimit']);
});

test('what was refused is as before, all else as wanted', () => {
  expect(takenResources(from, to, new Set(['memoryLimitBytes']))).toEqual({
    memoryLimitBytes: 64 << 20,
    cpuLimitMillis: 500,
  });
  expect(takenResources(from, to, new Set(['cpuLimitMillis', 'pidsLimit']))).toEqual({
    memoryLimitBytes: 16 << 20,
    pidsLimit: 10,
  });
});

test('a refusal that no changed field explains leaves the drift as it was', () => {
  expect(takenResources(from, to, new Set())).toBe(from);
  expect(takenResources(from, to, new Set(['memorySwapBytes']))).toBe(from);
});

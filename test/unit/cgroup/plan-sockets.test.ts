import { expect, test } from 'vitest';
import { planPriorityProgram } from '../../../src/cgroup/plan-sockets.ts';
import { runBpf } from './run-bpf.ts';

test('a new socket gets the priority, keeps all else, and is allowed', () => {
  // struct bpf_sock: bound_dev_if, family, type, protocol, mark, priority, src_ip4
  const socket = [0, 2, 1, 6, 7, 0, 8];
  expect(runBpf(planPriorityProgram(5), socket)).toBe(1);
  expect(socket).toEqual([0, 2, 1, 6, 7, 5, 8]);
});

import { describe, expect, test } from 'vitest';
import { ownCgroupPath } from '../../../src/standalone/own-cgroup-path.ts';

const mount = (root: string, point: string, type = 'cgroup2'): string =>
  `30 25 0:26 ${root} ${point} rw - ${type} none rw\n`;
const v2 = [{ path: '/sys/fs/cgroup', controllers: [] }];
const v1 = [
  { path: '/c/cpu', controllers: ['cpu', 'cpuacct'] },
  { path: '/c/pids', controllers: ['pids'] },
];
const v1Mounts = mount('/', '/c/cpu', 'cgroup') + mount('/', '/c/pids', 'cgroup');

describe('ownCgroupPath', () => {
  const found: readonly (readonly [string, string, string, typeof v1, string])[] = [
    ['is the line of cgroup2', '4:pids:/x\n0::/a/b\n', mount('/', '/sys/fs/cgroup'), v2, '/a/b'],
    ['is empty at the root of a cgroup namespace', '0::/\n', mount('/', '/sys/fs/cgroup'), v2, ''],
    ['is relative to what is mounted', '0::/a/b\n', mount('/a', '/sys/fs/cgroup'), v2, '/b'],
    ['is empty where only it is mounted', '0::/a\n', mount('/a', '/sys/fs/cgroup'), v2, ''],
    ['is the same in all hierarchies of v1', '2:cpu,cpuacct:/x\n3:pids:/x\n', v1Mounts, v1, '/x'],
  ];
  test.each(found)('%s', (_name, cgroup, mountinfo, hierarchies, path) => {
    expect(ownCgroupPath(cgroup, mountinfo, hierarchies)).toEqual({ ok: true, value: path });
  });

  const refused: readonly (readonly [string, string, string, typeof v1])[] = [
    ['is outside of the cgroup namespace', '0::/../x\n', mount('/', '/sys/fs/cgroup'), v2],
    ['is outside of what is mounted', '0::/ab\n', mount('/a', '/sys/fs/cgroup'), v2],
    ['differs between hierarchies', '2:cpu,cpuacct:/x\n3:pids:/y\n', v1Mounts, v1],
    ['is not told', '', mount('/', '/sys/fs/cgroup'), v2],
  ];
  test.each(refused)('there is none when it %s', (_name, cgroup, mountinfo, hierarchies) => {
    expect(ownCgroupPath(cgroup, mountinfo, hierarchies).ok).toBe(false);
  });
});

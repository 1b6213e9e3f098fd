import { describe, expect, test } from 'vitest';
import { detectCgroupLayout, findCgroup2 } from '../../../src/cgroup/detect.ts';

const cg = (path: string, type: string, options: string, flags = 'rw,relatime') =>
  `33 31 0:30 / ${path} ${flags} shared:9 - ${type} cgroup rw,${options}`;
const root = '/sys/fs/cgroup';
const v1Lines = ['cpu,cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids'].map((names) =>
  cg(`${root}/${names}`, 'cgroup', names),
);
const v2Line = cg(root, 'cgroup2', 'nsdelegate,memory_recursiveprot');
const unified = cg(`${root}/unified`, 'cgroup2', 'nsdelegate');
const noise = '24 1 0:22 / /proc rw,nosuid - proc proc rw';

describe('detectCgroupLayout', () => {
  test('sees a pure v2 machine', () => {
    const layout = detectCgroupLayout([noise, v2Line].join('\n'), 'cpuset cpu io memory pids\n');
    expect(layout).toEqual({
      ok: true,
      value: { kind: 'v2', v1: {}, v2Root: root, v2Controllers: ['cpuset', 'cpu', 'io', 'memory', 'pids'] },
    });
  });

  test('gives controllers mounted together the same path', () => {
    const layout = detectCgroupLayout(v1Lines.join('\n'), undefined);
    expect(layout.ok && layout.value.kind).toBe('v1');
    expect(layout.ok && layout.value.v1.cpu).toBe(`${root}/cpu,cpuacct`);
    expect(layout.ok && layout.value.v1.cpuacct).toBe(`${root}/cpu,cpuacct`);
    expect(layout.ok && 'v2Root' in layout.value).toBe(false);
  });

  test('sees v1 controllers beside an empty cgroup2 as hybrid', () => {
    const named = cg(`${root}/systemd`, 'cgroup', 'name=systemd');
    const layout = detectCgroupLayout([...v1Lines, named, unified].join('\n'), '\n');
    expect(layout).toMatchObject({ ok: true, value: { kind: 'hybrid', v2Root: `${root}/unified`, v2Controllers: [] } });
  });

  test('takes the mount below /sys/fs/cgroup when there are several', () => {
    const twice = [cg('/mnt/other', 'cgroup2', 'rw'), v2Line].join('\n');
    expect(findCgroup2(twice)).toBe(root);
  });

  test('undoes the octal escapes of mountinfo', () => {
    expect(findCgroup2(cg('/mnt/a\\040b', 'cgroup2', 'rw'))).toBe('/mnt/a b');
  });

  const refusals: [string, string, string | undefined, RegExp][] = [
    ['no cgroups at all', noise, undefined, /no cgroup file system/],
    ['a read-only v2 mount', cg(root, 'cgroup2', 'rw', 'ro,nosuid'), 'cpu memory pids', /mounted read-only/],
    ['a v2 machine without memory', v2Line, 'cpu pids', /cgroup.controllers lacks memory/],
    ['a v1 machine without pids', v1Lines.slice(0, -1).join('\n'), undefined, /no cgroup v1 hierarchy for pids/],
    [
      'controllers torn between v1 and v2',
      [...v1Lines.slice(0, -1), unified].join('\n'),
      'pids',
      /pids: bound to cgroup2 while other controllers are on cgroup v1/,
    ],
  ];
  test.each(refusals)('refuses %s', (_, mountinfo, controllers, message) => {
    const layout = detectCgroupLayout(mountinfo, controllers);
    expect(layout.ok ? 'accepted' : layout.error).toMatch(message);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cgroupDirs,
  cgroupName,
  cgroupParent,
  containerCgroup,
  hierarchies,
  planPlacement,
} from '../../../src/cgroup/paths.ts';
import { hybrid, v1, v2 } from './layouts.ts';

describe('cgroupParent', () => {
  test('is podctl for the default run directory', () => {
    expect(cgroupParent('/run/podctl')).toBe('podctl');
  });

  test('is stable and its own for every other run directory', () => {
    expect(cgroupParent('/tmp/a')).toBe('podctl-1828ba67');
    fc.assert(fc.property(fc.string(), (run) => /^podctl(-[0-9a-f]{8})?$/.test(cgroupParent(run))));
    expect(cgroupParent('/tmp/b')).not.toBe(cgroupParent('/tmp/a'));
  });
});

describe('cgroupName', () => {
  test.each([
    ['web', 'web'],
    ['tasks', 'tasks_'],
    ['cpu.max', 'cpu.max_'],
    ['cgroup.procs', 'cgroup.procs_'],
    ['_exec', '_exec'],
  ])('makes directory %s → %s', (name, directory) => {
    expect(cgroupName(name)).toBe(directory);
  });
});

describe('hierarchies', () => {
  test('names a comounted hierarchy once, the freezer first', () => {
    expect(hierarchies(v1).map(({ path }) => path)).toEqual([
      '/sys/fs/cgroup/freezer',
      '/sys/fs/cgroup/cpu,cpuacct',
      '/sys/fs/cgroup/cpuset',
      '/sys/fs/cgroup/memory',
      '/sys/fs/cgroup/pids',
      '/sys/fs/cgroup/devices',
    ]);
  });

  test('leaves the empty cgroup2 of a hybrid machine out', () => {
    expect(hierarchies(hybrid).map(({ path }) => path)).not.toContain('/sys/fs/cgroup/unified');
  });

  test('is one directory on v2', () => {
    expect(cgroupDirs(v2, 'podctl/uid')).toEqual(['/sys/fs/cgroup/podctl/uid']);
  });
});

test('planPlacement puts init beside app and a leaf for each program into app', () => {
  expect(planPlacement(v2, containerCgroup('podctl', 'uid', 'web'), ['main', '_exec'])).toEqual({
    app: ['/sys/fs/cgroup/podctl/uid/web/app'],
    init: ['/sys/fs/cgroup/podctl/uid/web/init'],
    leaves: {
      main: ['/sys/fs/cgroup/podctl/uid/web/app/main'],
      _exec: ['/sys/fs/cgroup/podctl/uid/web/app/_exec'],
    },
    layout: 'v2',
  });
});

/** The three cgroup layouts, as machines have them. */
import type { CgroupLayout } from '../../../src/model/cgroup.ts';

const root = '/sys/fs/cgroup';

export const v2: CgroupLayout = {
  kind: 'v2',
  v2Root: root,
  v1: {},
  v2Controllers: ['cpuset', 'cpu', 'io', 'memory', 'pids'],
};

export const v1: CgroupLayout = {
  kind: 'v1',
  v1: {
    cpu: `${root}/cpu,cpuacct`,
    cpuacct: `${root}/cpu,cpuacct`,
    cpuset: `${root}/cpuset`,
    memory: `${root}/memory`,
    devices: `${root}/devices`,
    freezer: `${root}/freezer`,
    blkio: `${root}/blkio`,
    pids: `${root}/pids`,
  },
  v2Controllers: [],
};

export const hybrid: CgroupLayout = {
  ...v1,
  kind: 'hybrid',
  v2Root: `${root}/unified`,
  v1: { ...v1.v1, cpu: `${root}/cpu`, cpuacct: `${root}/cpuacct` },
};

export const layouts = { v1, v2, hybrid };

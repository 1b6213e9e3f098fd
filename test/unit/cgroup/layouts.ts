/** The three cgroup layouts, as machines have them. */
import type { CgroupLayout } from '../../../src/model/cgroup.ts';

const root = '/sys/fs/cgroup';

export const v2: CgroupLayout = {
  kind: 'v2',
  v2Root: root,
  v1: {},
  v2Controllers: ['cpuset', 'cpu', 'io', 'memory', 'pids', 'hugetlb'],
  cpuset: { cpus: '0-3', mems: '0-1' },
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
    hugetlb: `${root}/hugetlb`,
    net_prio: `${root}/net_prio`,
  },
  v2Controllers: [],
  cpuset: { cpus: '0-3', mems: '0-1' },
  interfaces: ['lo', 'eth0'],
};

const { hugetlb: _hugetlb, net_prio: _netPrio, ...both } = v1.v1;
const { interfaces: _interfaces, ...facts } = v1;

/** As this project's own machine: hugetlb on cgroup2 alone, and no net_prio. */
export const hybrid: CgroupLayout = {
  ...facts,
  kind: 'hybrid',
  v2Root: `${root}/unified`,
  v2Controllers: ['hugetlb'],
  v1: { ...both, cpu: `${root}/cpu`, cpuacct: `${root}/cpuacct` },
};

export const layouts = { v1, v2, hybrid };

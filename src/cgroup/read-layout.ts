/** The cgroup layout of this machine. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CgroupLayout } from '../model/cgroup.ts';
import { PodError } from '../util/pod-error.ts';
import { detectCgroupLayout, findCgroup2 } from './detect.ts';

/** Reads mountinfo and cgroup.controllers. Throws PodError `NoCgroups` with a hint when containers cannot be limited here. */
export function readCgroupLayout(): CgroupLayout {
  const mountinfo = readFileSync('/proc/self/mountinfo', 'utf8');
  const v2Root = findCgroup2(mountinfo);
  const controllers = v2Root === undefined ? undefined : readFileSync(join(v2Root, 'cgroup.controllers'), 'utf8');
  const layout = detectCgroupLayout(mountinfo, controllers);
  if (layout.ok) return { ...layout.value, ...readFacts(layout.value.v1) };
  throw new PodError('NoCgroups', `find the cgroup layout: ${layout.error}`, { hint: hintFor(layout.error) });
}

/** What plans for v1 need beside the mount points. */
function readFacts({ cpuset, net_prio }: CgroupLayout['v1']): Pick<CgroupLayout, 'cpuset' | 'interfaces'> {
  const ofRoot = (file: string) => readFileSync(join(cpuset ?? '', file), 'utf8').trim();
  return {
    ...(cpuset === undefined ? {} : { cpuset: { cpus: ofRoot('cpuset.cpus'), mems: ofRoot('cpuset.mems') } }),
    ...(net_prio === undefined ? {} : { interfaces: readdirSync('/sys/class/net') }),
  };
}

function hintFor(reason: string): string {
  if (reason.startsWith('no cgroup file system')) return 'mount one: mount -t cgroup2 cgroup2 /sys/fs/cgroup';
  if (reason.includes('read-only')) return 'run podd on the host, or in a container with a writable cgroup mount';
  if (reason.includes('cgroup2')) return 'boot with systemd.unified_cgroup_hierarchy=1';
  return 'boot with cgroup_enable=memory on the kernel command line, and a kernel with CONFIG_MEMCG, CONFIG_CFS_BANDWIDTH and CONFIG_CGROUP_PIDS';
}

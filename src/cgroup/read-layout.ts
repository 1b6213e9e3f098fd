/** The cgroup layout of this machine. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CgroupLayout } from '../model/cgroup.ts';
import { PodError } from '../util/pod-error.ts';
import { readIfThere } from './cgroup-tree.ts';
import { detectCgroupLayout, findCgroup2 } from './detect.ts';
import { removeParentIfEmpty } from './driver.ts';
import { makeParents } from './make-dirs.ts';
import { cgroupDirs } from './paths.ts';
import { allExtras } from './plan-extras.ts';

/** Reads mountinfo and cgroup.controllers. Throws PodError `NoCgroups` with a hint when containers cannot be limited here. */
export function readCgroupLayout(): CgroupLayout {
  const mountinfo = readFileSync('/proc/self/mountinfo', 'utf8');
  const v2Root = findCgroup2(mountinfo);
  const controllers = v2Root === undefined ? undefined : readFileSync(join(v2Root, 'cgroup.controllers'), 'utf8');
  const layout = detectCgroupLayout(mountinfo, controllers);
  if (layout.ok) return { ...layout.value, ...readFacts(layout.value) };
  throw new PodError('NoCgroups', `find the cgroup layout: ${layout.error}`, { hint: hintFor(layout.error) });
}

function readFacts({ kind, v1, v2Root }: CgroupLayout): Pick<CgroupLayout, 'cpuset' | 'interfaces'> {
  const [root, suffix] = kind === 'v2' ? [v2Root, '.effective'] : [v1.cpuset, ''];
  const [cpus, mems] = ['cpus', 'mems'].map((name) => readIfThere(join(root ?? '/nowhere', `cpuset.${name}${suffix}`)));
  return {
    ...(cpus === undefined || mems === undefined ? {} : { cpuset: { cpus: cpus.trim(), mems: mems.trim() } }),
    ...(v1.net_prio === undefined ? {} : { interfaces: readdirSync('/sys/class/net') }),
  };
}

/**
 * The same with the names of the files that a limited directory has here, for which the instance's own directories are made: what
 * the root has not handed down yet cannot be seen in it. Where they cannot be made, a pod's start will say why.
 */
export function withFiles(layout: CgroupLayout, parent: string): CgroupLayout {
  try {
    makeParents(layout, parent, allExtras);
    const files = new Set(cgroupDirs(layout, parent, allExtras).flatMap((dir) => readdirSync(dir)));
    removeParentIfEmpty(layout, parent);
    return { ...layout, files };
  } catch {
    return layout;
  }
}

function hintFor(reason: string): string {
  if (reason.startsWith('no cgroup file system')) return 'mount one: mount -t cgroup2 cgroup2 /sys/fs/cgroup';
  if (reason.includes('read-only')) return 'run podd on the host, or in a container with a writable cgroup mount';
  if (reason.includes('cgroup2')) return 'boot with systemd.unified_cgroup_hierarchy=1';
  return 'boot with cgroup_enable=memory on the kernel command line, and a kernel with CONFIG_MEMCG, CONFIG_CFS_BANDWIDTH and CONFIG_CGROUP_PIDS';
}

/** Where a process is below a mounted cgroup hierarchy, from /proc/self/{cgroup,mountinfo}. Pure. */
import { err, ok, type Result } from '../util/result.ts';

/**
 * The process's path relative to the mount point, the same in all of these hierarchies (`''` at the mount's own root).
 * `controllers`: a v1 controller per hierarchy; none: cgroup2's.
 */
export function ownCgroupPath(
  cgroupText: string,
  mountinfo: string,
  hierarchies: readonly { readonly path: string; readonly controllers: readonly string[] }[],
): Result<string, string> {
  const paths = hierarchies.map(({ path, controllers }) => {
    const own = pathOf(cgroupText, controllers[0]);
    const root = mountRoot(mountinfo, path);
    return own === undefined || root === undefined ? undefined : below(root, own);
  });
  const [first] = paths;
  if (first === undefined || paths.includes(undefined))
    return err('podinit’s own cgroup is outside of what is mounted');
  return paths.every((path) => path === first) ? ok(first) : err('podinit is in different cgroups of the hierarchies');
}

/** `0::/a` is cgroup2's line, `4:cpu,cpuacct:/a` one of v1, cgroups(7). */
function pathOf(text: string, controller: string | undefined): string | undefined {
  for (const line of text.split('\n')) {
    const [, names = '', path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (path === undefined) continue;
    if (controller === undefined ? names === '' : names.split(',').includes(controller)) return path;
  }
  return undefined;
}

/** The fourth field: what of the hierarchy is mounted there, proc_pid_mountinfo(5). The last mount on a point is the one seen. */
function mountRoot(mountinfo: string, point: string): string | undefined {
  const fields = mountinfo.split('\n').map((line) => line.split(' '));
  return fields.findLast((one) => one[4] === point)?.[3];
}

function below(root: string, path: string): string | undefined {
  // outside of the root of its cgroup namespace
  if (path.startsWith('/..')) return undefined;
  if (root === '/') return path === '/' ? '' : path;
  if (path === root) return '';
  return path.startsWith(`${root}/`) ? path.slice(root.length) : undefined;
}

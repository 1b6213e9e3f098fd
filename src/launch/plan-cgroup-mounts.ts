/** /sys/fs/cgroup of a container. Pure. */
import { hierarchies } from '../cgroup/paths.ts';
import type { MountAttribute, MountSource, RootOp } from '../model/launch-plan.ts';
import type { LaunchContext } from './launch-context.ts';

/**
 * The container's `app` directories, read-only, where programs look for them: on v2 as /sys/fs/cgroup, on v1 and hybrid one
 * by controller name. They are clones of the host's mounts, not mounts of their own: those show other containers when the
 * cgroup namespace is shared, and a v1 mount has to name exactly the controllers that the host bound together.
 */
export function planCgroupMounts(
  { cgroups, host }: LaunchContext,
  privileged: boolean,
): { sources: MountSource[]; rootOps: RootOp[] } {
  const attributes: readonly MountAttribute[] = [...(privileged ? [] : (['ro'] as const)), 'nosuid', 'nodev', 'noexec'];
  const sourceOf = (name: string, index: number): MountSource => {
    return { id: `cgroup:${name}`, path: cgroups.app[index] ?? '', recursive: false, attributes };
  };
  if (cgroups.layout === 'v2') {
    const source = sourceOf('v2', 0);
    return { sources: [source], rootOps: [{ op: 'attach', source: source.id, path: '/sys/fs/cgroup' }] };
  }
  const shown = hierarchies(host.cgroupLayout)
    .map(({ controllers }, index) => ({ controllers, source: sourceOf(controllers.join(','), index) }))
    .filter(({ controllers }) => !controllers.every((controller) => unread.includes(controller)));
  return {
    sources: shown.map(({ source }) => source),
    rootOps: [
      directoryOfControllers,
      ...shown.flatMap(({ controllers, source }) => attachControllers(controllers, source.id)),
    ],
  };
}

/** Programs look up their resources; these two tell them nothing, and every mount costs the start. */
const unread: readonly string[] = ['freezer', 'devices'];

/** Its size keeps a program from storing files in it. */
const directoryOfControllers: RootOp = {
  op: 'mount',
  type: 'tmpfs',
  path: '/sys/fs/cgroup',
  attributes: ['nosuid', 'nodev', 'noexec'],
  data: 'mode=755,size=4k,nr_inodes=64',
};

/** `cpu,cpuacct` bound together also get a link for each name. */
function attachControllers(controllers: readonly string[], source: string): RootOp[] {
  const name = controllers.join(',');
  const links = controllers.length > 1 ? controllers : [];
  return [
    { op: 'attach', source, path: `/sys/fs/cgroup/${name}` },
    ...links.map((link): RootOp => ({ op: 'symlink', path: `/sys/fs/cgroup/${link}`, target: name })),
  ];
}

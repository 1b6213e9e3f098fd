/** /dev of a container. Pure. */
import type { MountSource, RootOp } from '../model/launch-plan.ts';
import type { ContainerSpec } from '../model/pod-spec.ts';
import type { HostFacts, LaunchContext } from './launch-context.ts';

export interface DevPlan {
  readonly sources: readonly MountSource[];
  readonly rootOps: readonly RootOp[];
  /** the source that is /dev/null */
  readonly nullSource: string;
}

/** Nodes of the host's devtmpfs, never of the image (CVE-2025-31133). */
const deviceNames = ['null', 'zero', 'full', 'random', 'urandom', 'tty'] as const;

const links: readonly (readonly [name: string, target: string])[] = [
  ['fd', '/proc/self/fd'],
  ['stdin', '/proc/self/fd/0'],
  ['stdout', '/proc/self/fd/1'],
  ['stderr', '/proc/self/fd/2'],
  ['ptmx', 'pts/ptmx'],
];

/** A small private /dev; for privileged containers the host's devices with private terminals. */
export function planDev(
  container: ContainerSpec,
  { host, paths, users }: Pick<LaunchContext, 'host' | 'paths' | 'users'>,
): DevPlan {
  const nullSource = container.security.privileged ? 'dev' : 'dev:null';
  const shm = planShm(container, paths, nullSource);
  const devpts = planDevpts(users?.base);
  return container.security.privileged ? planHostDev(shm, devpts, host) : planPrivateDev(shm, devpts, host);
}

type ShmPlan = Omit<DevPlan, 'nullSource'>;

function planPrivateDev(shm: ShmPlan, devpts: RootOp, host: HostFacts): DevPlan {
  const devices = deviceNames.map((name) => deviceSource(name));
  return {
    sources: [...devices, ...shm.sources],
    rootOps: [
      { op: 'mount', type: 'tmpfs', path: '/dev', attributes: ['nosuid'], data: 'mode=755,size=65536k' },
      ...devices.map(({ id, path }): RootOp => ({ op: 'attach', source: id, path })),
      ...links.map(([name, target]): RootOp => ({ op: 'symlink', path: `/dev/${name}`, target })),
      notifyDir,
      devpts,
      ...shm.rootOps,
      ...(host.hasMqueue ? [mqueue] : []),
    ],
    nullSource: 'dev:null',
  };
}

/** The clone shares the host's directory: nothing is made in it, only what is there is mounted on. */
function planHostDev(ownShm: ShmPlan, devpts: RootOp, host: HostFacts): DevPlan {
  const shm = host.devDirs.includes('shm') ? ownShm : { sources: [], rootOps: [] };
  const dev: MountSource = { id: 'dev', path: '/dev', recursive: false, attributes: ['nosuid'] };
  return {
    sources: [dev, ...shm.sources],
    rootOps: [
      { op: 'attach', source: 'dev', path: '/dev' },
      ...(host.devDirs.includes('pts') ? [devpts] : []),
      ...shm.rootOps,
      ...(host.hasMqueue && host.devDirs.includes('mqueue') ? [mqueue] : []),
    ],
    nullSource: 'dev',
  };
}

/** For the NOTIFY_SOCKETs of programs, which podinit makes: any user may reach them, none may list them. On a tmpfs: writable also in a read-only root. */
const notifyDir: RootOp = { op: 'mkdir', path: '/dev/podctl', mode: 0o711 };

/** Of the group tty. The kernel is told by who is outside of the pod's user namespace. */
const planDevpts = (firstId = 0): RootOp => ({
  op: 'mount',
  type: 'devpts',
  path: '/dev/pts',
  attributes: ['nosuid', 'noexec'],
  data: `newinstance,ptmxmode=0666,mode=0620,gid=${firstId + 5}`,
});

/** Shows the queues of the IPC namespace that podinit is in. */
const mqueue: RootOp = {
  op: 'mount',
  type: 'mqueue',
  path: '/dev/mqueue',
  attributes: ['nosuid', 'nodev', 'noexec'],
  data: '',
};

/**
 * POSIX shared memory: the host's with the host's IPC namespace, else one of the container's own. Kubernetes has one per pod;
 * a mount of another container's cannot be cloned from outside its mount namespace, so sharing it waits for volumes.
 */
function planShm(container: ContainerSpec, { contentsDir }: LaunchContext['paths'], nullSource: string): ShmPlan {
  const attributes = ['nosuid', 'nodev', 'noexec'] as const;
  if (container.namespaces.ipc !== 'host') {
    const data = 'mode=1777,size=65536k';
    return { sources: [], rootOps: [{ op: 'mount', type: 'tmpfs', path: '/dev/shm', attributes, data }] };
  }
  return {
    sources: [{ id: 'host:/dev/shm', path: '/dev/shm', recursive: false, attributes, optional: true }],
    rootOps: [
      { op: 'attach', source: 'host:/dev/shm', path: '/dev/shm' },
      // what other pods see of their Secrets may lie there
      ...(contentsDir.startsWith('/dev/shm/') ? [{ op: 'mask', path: contentsDir, nullSource } as const] : []),
    ],
  };
}

const deviceSource = (name: string): MountSource => ({
  id: `dev:${name}`,
  path: `/dev/${name}`,
  recursive: false,
  // not noexec: run-time compilers map /dev/zero executable
  attributes: ['nosuid'],
});

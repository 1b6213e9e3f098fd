/** What a container sees as `/`, as sources to clone before the pivot and steps to perform after it (DESIGN §3). Pure. */
import { dirname, join } from 'node:path';
import type { MountSource, RootOp, RootPlan } from '../model/launch-plan.ts';
import type { ContainerSpec, PodSpec } from '../model/pod-spec.ts';
import { assertNever } from '../util/assert-never.ts';
import { planMinimalEtc } from './etc-files.ts';
import type { LaunchContext } from './launch-context.ts';
import { planNameFiles } from './name-files.ts';
import { planDeviceNodes } from './plan-device-nodes.ts';
import { planMounts } from './plan-mounts.ts';
import { containerHostname } from './plan-programs.ts';
import { planTerminationFile, planTerminationPath } from './plan-termination.ts';
import { planVolumeMounts } from './plan-volume-mounts.ts';

export interface RootParts {
  readonly root: RootPlan;
  readonly sources: readonly MountSource[];
  readonly rootOps: readonly RootOp[];
}

/** Empty directories of a host view: where programs expect to write. */
const emptyDirs: readonly (readonly [path: string, mode: number])[] = [
  ['/etc', 0o755],
  ['/home', 0o755],
  ['/media', 0o755],
  ['/mnt', 0o755],
  ['/opt', 0o755],
  ['/root', 0o700],
  ['/run', 0o755],
  ['/run/lock', 0o1777],
  ['/srv', 0o755],
  ['/tmp', 0o1777],
  ['/var', 0o755],
  ['/var/cache', 0o755],
  ['/var/lib', 0o755],
  ['/var/log', 0o755],
  ['/var/tmp', 0o1777],
];

/** Nothing at all when the container lives in a mount namespace that others made. */
export function planRoot(pod: PodSpec, container: ContainerSpec, context: LaunchContext): RootParts {
  if (context.namespaces.mnt.from !== 'new') return { root: { kind: 'none' }, sources: [], rootOps: [] };
  const base = planBase(pod, container, context);
  const mounts = planMounts(pod, container, context);
  const volumes = planVolumeMounts(pod, container, context);
  const devices = planDeviceNodes(container);
  return {
    root: base.root,
    sources: [...base.sources, ...mounts.sources, ...volumes.sources, ...devices.sources],
    rootOps: [
      ...base.rootOps,
      ...mounts.rootOps,
      ...planTerminationFile(container),
      ...volumes.rootOps,
      ...devices.rootOps,
      ...planTerminationPath(container),
      ...(container.security.readOnlyRootFilesystem ? [{ op: 'readonlyRoot' as const }] : []),
    ],
  };
}

function planBase(pod: PodSpec, container: ContainerSpec, context: LaunchContext): RootParts {
  const { root } = container;
  const { host, network } = context;
  const hostname = containerHostname(pod, container, host);
  const names = planNameFiles({ pod, container, hostname, host, ...(network === undefined ? {} : { network }) });
  switch (root.kind) {
    case 'host':
      return planHostView(container, context, names);
    case 'rootfs':
      return planOverlay(root.path, container, context, names);
    case 'image':
      throw new Error(`bug: image ${root.reference} of ${container.name} was not turned into a rootfs`);
    default:
      return assertNever(root, 'root source');
  }
}

/** `/usr` and what leads into it read-only, everything else empty and private. */
function planHostView(
  container: ContainerSpec,
  { host, users }: Pick<LaunchContext, 'host' | 'users'>,
  names: readonly RootOp[],
): RootParts {
  const binds = ['/usr', ...host.topDirs];
  return {
    root: { kind: 'tmpfs', mode: 0o755 },
    sources: [
      ...binds.map((path) => readOnlySource(path, ['ro', 'nodev'])),
      ...host.etcPaths.map((path) => readOnlySource(path, ['ro', 'nosuid', 'nodev'])),
    ].map((source) => (users === undefined ? source : { ...source, idMap: 'wish' })),
    rootOps: [
      ...emptyDirs.map(([path, mode]): RootOp => ({ op: 'mkdir', path, mode })),
      { op: 'symlink', path: '/var/run', target: '../run' },
      { op: 'symlink', path: '/var/lock', target: '../run/lock' },
      ...binds.map(attachSamePlace),
      ...Object.entries(host.usrLinks).map(([path, target]): RootOp => ({ op: 'symlink', path, target })),
      ...names,
      ...planMinimalEtc(container, host),
      ...host.etcPaths.flatMap((path) => [...mkdirsAbove(path), attachSamePlace(path)]),
    ],
  };
}

/** The directory as read-only lower layer; podinit makes upper and work anew for each start. */
function planOverlay(
  lower: string,
  container: ContainerSpec,
  context: LaunchContext,
  names: readonly RootOp[],
): RootParts {
  const layer = join(context.paths.layersDir, context.podUid, container.name);
  return {
    root: { kind: 'overlay', lower, upper: join(layer, 'upper'), work: join(layer, 'work') },
    sources: [],
    rootOps: [{ op: 'mkdir', path: '/etc', mode: 0o755 }, ...names],
  };
}

/** Directories between /etc and the mount point. */
function mkdirsAbove(path: string): RootOp[] {
  const above = dirname(path);
  return above === '/etc' ? [] : [...mkdirsAbove(above), { op: 'mkdir', path: above, mode: 0o755 }];
}

function readOnlySource(path: string, attributes: MountSource['attributes']): MountSource {
  return { id: `host:${path}`, path, recursive: true, attributes, optional: path !== '/usr' };
}

const attachSamePlace = (path: string): RootOp => ({ op: 'attach', source: `host:${path}`, path });

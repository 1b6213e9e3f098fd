/** Builders for launch tests: everything has a value, the test names what matters. */
import { planPlacement } from '../../../src/cgroup/paths.ts';
import type { HostFacts, LaunchContext } from '../../../src/launch/launch-context.ts';
import type { CgroupLayout } from '../../../src/model/cgroup.ts';
import { instancePaths } from '../../../src/model/instance-paths.ts';
import type { NamespaceSource } from '../../../src/model/launch-plan.ts';
import type {
  ContainerSpec,
  NamespaceKind,
  NamespaceMode,
  PodSpec,
  ProgramSpec,
  SecuritySpec,
} from '../../../src/model/pod-spec.ts';
import { plainProgramDefaults, processDefaults } from '../../../src/model/program-defaults.ts';
import { hybrid } from '../cgroup/layouts.ts';

export const aProgram = (over: Partial<ProgramSpec> = {}): ProgramSpec => ({
  ...plainProgramDefaults,
  name: 'main',
  argv: ['sleep', 'infinity'],
  env: {},
  workingDir: '/',
  uid: 0,
  gid: 0,
  supplementaryGroups: [],
  ...over,
});

/** One of `processes`. */
export const aProcess = (over: Partial<ProgramSpec> = {}): ProgramSpec =>
  aProgram({ ...processDefaults, name: 'worker', ...over });

export const security: SecuritySpec = {
  capabilities: ['KILL', 'CHOWN'],
  noNewPrivileges: true,
  readOnlyRootFilesystem: false,
  privileged: false,
};

const kubernetesNamespaces: Record<NamespaceKind, NamespaceMode> = {
  net: 'pod',
  ipc: 'pod',
  uts: 'pod',
  pid: 'private',
  mnt: 'private',
  cgroup: 'private',
  time: 'host',
};

type ContainerOver = Partial<Omit<ContainerSpec, 'namespaces'>> & {
  readonly namespaces?: Partial<Record<NamespaceKind, NamespaceMode>>;
};

export const aContainer = (name = 'web', { namespaces, ...over }: ContainerOver = {}): ContainerSpec => ({
  name,
  root: { kind: 'host' },
  restartPolicy: 'Always',
  namespaces: { ...kubernetesNamespaces, ...namespaces },
  resources: {},
  security,
  ports: [],
  mounts: [],
  isPlain: true,
  programs: [aProgram()],
  ...over,
});

export const aPod = (containers: readonly ContainerSpec[] = [aContainer()], over: Partial<PodSpec> = {}): PodSpec => ({
  name: 'demo',
  namespace: 'default',
  labels: {},
  annotations: {},
  hostname: 'demo-host',
  restartPolicy: 'Always',
  backoff: { initialMs: 10_000, maxMs: 300_000, factor: 2, resetAfterMs: 600_000 },
  graceMs: 30_000,
  containers,
  ...over,
});

export const aHost = (over: Partial<HostFacts> = {}): HostFacts => ({
  hostname: 'machine',
  memoryBytes: 8 * 2 ** 30,
  resolvConf: 'nameserver 10.0.0.53\n',
  passwd: 'root:x:0:0:root:/root:/bin/bash\nredis:x:110:112::/var/lib/redis:/usr/sbin/nologin\n',
  group: 'root:x:0:\nadm:x:4:syslog,redis\nredis:x:112:\n',
  usrLinks: { '/bin': 'usr/bin', '/sbin': 'usr/sbin', '/lib': 'usr/lib', '/lib64': 'usr/lib64' },
  topDirs: [],
  etcPaths: ['/etc/alternatives', '/etc/ld.so.cache', '/etc/ssl/certs'],
  localtime: '/usr/share/zoneinfo/Etc/UTC',
  osRelease: '../usr/lib/os-release',
  devDirs: ['pts', 'shm', 'mqueue'],
  hasMqueue: true,
  lastCapability: 40,
  cgroupLayout: hybrid,
  ...over,
});

const isNew: NamespaceSource = { from: 'new' };

export const aContext = (over: Partial<LaunchContext> = {}, layout: CgroupLayout = hybrid): LaunchContext => ({
  id: '0123456789abcdef',
  podUid: 'uid',
  attempt: 2,
  paths: instancePaths({}),
  namespaces: { net: isNew, ipc: isNew, uts: isNew, pid: isNew, mnt: isNew, cgroup: isNew, time: { from: 'host' } },
  cgroups: planPlacement(layout, 'podctl/uid/web', ['main', '_exec']),
  host: aHost({ cgroupLayout: layout }),
  ...over,
});

/**
 * Walks the set-up path of an init (namespaces, root, records) in the zygote and returns home, so that its functions are
 * compiled once, here, and not in every container's first milliseconds.
 */
import { closeSync, mkdirSync, writeFileSync } from 'node:fs';
import { openDirectory } from '../linux/at.ts';
import { joinNamespace, openNamespace, unshareNamespaces } from '../linux/namespaces.ts';
import { currentPid, isDumpable, permittedCapabilities, setCapabilities, setDumpable } from '../linux/process.ts';
import type { CgroupPlacement, LaunchPlan } from '../model/launch-plan.ts';
import type { PodLinkPlan } from '../model/network.ts';
import { namespaceKinds } from '../model/pod-spec.ts';
import { placeInCgroups, recordSelf } from './become-init.ts';
import { buildRoot } from './build-root.ts';
import { type CgroupTree, openCgroupTree } from './cgroup-tree.ts';
import { warmCalls } from './container-calls.ts';
import { enterNamespaces } from './enter-namespaces.ts';
import type { FuseServer } from './fuse-server.ts';
import { writeOomScoreAdj } from './oom-score.ts';
import { type PreparedView, prepareView } from './prepare-view.ts';
import { opcode, requestBufferBytes, requestHeaderBytes, rootNode } from './procview/fuse-messages.ts';
import { createSandboxes } from './sandboxes.ts';
import { showView } from './serve-view.ts';

/** V8 gives a function its feedback memory only after some calls: they must have happened here. */
const rounds = 8;
const visited = namespaceKinds.filter((kind) => kind !== 'pid' && kind !== 'cgroup');

/** A start as any other, only without programs, and in files that pass for a cgroup. Needs a single thread, as every return by setns does. */
export function warmSetup(directory: string): void {
  makeFakeCgroup(directory);
  const home = visited.map((kind) => [kind, openNamespace('self', kind)] as const);
  const runDir = openDirectory(directory);
  // the machine must not see the links that are made here
  unshareNamespaces(['net']);
  const machine = openNamespace('self', 'net');
  try {
    const canLink = tryLink(directory);
    for (let i = 0; i < rounds; i++) {
      walk(samplePlan(directory, canLink ? sampleLink(i) : undefined), runDir);
      for (const [kind, fd] of home) joinNamespace(kind === 'net' ? machine : fd, kind);
    }
  } finally {
    for (const [kind, fd] of home) joinNamespace(fd, kind);
    for (const fd of [runDir, machine, ...home.map(([, own]) => own)]) closeSync(fd);
  }
}

/** Where a link cannot be made, by a kernel without veth, pods with one tell it at their start; others start all the same. */
function tryLink(directory: string): boolean {
  const { sandbox } = samplePlan(directory, sampleLink(rounds));
  const sandboxes = createSandboxes();
  try {
    if (sandbox !== undefined) sandboxes.ensure(sandbox, undefined);
    return true;
  } catch {
    return false;
  } finally {
    sandboxes.drop('warm');
  }
}

const sampleLink = (round: number): PodLinkPlan => ({
  hostLink: `warm${round}`,
  alias: 'podctl warm',
  addresses: { ipv4: `10.99.0.${round}`, ipv6: `fd12:3456:789a::${round}` },
  hostMac: '02:00:00:00:00:01',
  podMac: '06:00:00:00:00:01',
  machineAddress: '10.99.128.10',
  mtu: 1500,
  routeLocalnet: true,
});

/** Plain files with the names of a v1 cgroup's: the code that reads and writes them cannot tell. */
export function makeFakeCgroup(directory: string): void {
  for (const below of ['', 'main/', 'side/', '_exec/']) {
    mkdirSync(`${directory}/${below}`, { recursive: true });
    for (const name of ['tasks', 'cgroup.procs']) writeFileSync(`${directory}/${below}${name}`, '');
    writeFileSync(`${directory}/${below}memory.oom_control`, 'oom_kill 0\n');
    writeFileSync(`${directory}/${below}freezer.state`, 'THAWED');
  }
  for (const [name, text] of Object.entries(countedFiles)) writeFileSync(`${directory}/${name}`, text);
}

const countedFiles: Readonly<Record<string, string>> = {
  'memory.stat': 'cache 4096\nhierarchical_memory_limit 67108864\ntotal_cache 4096\ntotal_rss 8192\n',
  'memory.usage_in_bytes': '16384\n',
  'memory.kmem.usage_in_bytes': '4096\n',
  'cpuacct.stat': 'user 1\nsystem 1\n',
  'cpuacct.usage_percpu': '20000000 \n',
  'cpuset.effective_cpus': '0\n',
  'cpu.cfs_quota_us': '50000\n',
  'cpu.cfs_period_us': '100000\n',
  'pids.current': '1\n',
};

export const fakePlacement = (directory: string): CgroupPlacement => ({
  app: [directory],
  init: [directory],
  leaves: { main: [`${directory}/main`], side: [`${directory}/side`], _exec: [`${directory}/_exec`] },
  layout: 'v1',
});

function walk(plan: LaunchPlan, runDir: number): void {
  const sandboxes = createSandboxes();
  const sandbox = plan.sandbox === undefined ? {} : sandboxes.ensure(plan.sandbox, plan.timeOffsets);
  const startTicks = recordSelf(runDir, plan.id);
  const tree = openCgroupTree(plan.cgroups);
  tree.withJoinFds('main', () => {});
  tree.wasOomKilled('main');
  tree.signal('main', 0);
  tree.killLeaf('main');
  tree.killAll();
  const view = prepareView(plan.cgroups.layout);
  placeInCgroups(plan, sandbox);
  writeOomScoreAdj(plan.oomScoreAdj);
  enterNamespaces(plan, sandbox, { startTicks, hasOwnMounts: true });
  sandboxes.drop(plan.podUid);
  buildRoot(plan, { machine: undefined, memory: undefined, user: undefined });
  warmView(plan, tree, view);
  tree.close();
  currentPid();
  setDumpable(isDumpable());
  setCapabilities(permittedCapabilities());
}

/** The view as a container gets it, and what its readers ask, asked without one. */
function warmView(plan: LaunchPlan, tree: CgroupTree, view: PreparedView | Error): void {
  const shown = showView(plan, tree, view);
  if (!(view instanceof Error)) warmServer(view.server);
  warmCalls(shown.view);
  shown.close();
}

function warmServer(server: FuseServer): void {
  const request = Buffer.alloc(requestBufferBytes);
  for (let node = rootNode + 1; node <= rootNode + server.count; node++) {
    request.writeUInt32LE(node, 16);
    for (const asked of [opcode.open, opcode.read, opcode.release, opcode.getattr, opcode.statfs]) {
      request.fill(0, requestHeaderBytes).writeUInt32LE(asked, 4);
      if (asked === opcode.read) request.writeUInt32LE(4096, requestHeaderBytes + 16);
      server.answer(request, request.length);
    }
  }
}

const samplePlan = (runDir: string, link: PodLinkPlan | undefined): LaunchPlan => ({
  id: 'warm',
  podUid: 'warm',
  podName: 'warm',
  podNamespace: 'warm',
  container: 'warm',
  role: 'container',
  runDir,
  attempt: 0,
  namespaces: {
    net: { from: 'sandbox' },
    ipc: { from: 'sandbox' },
    uts: { from: 'sandbox' },
    pid: { from: 'host' },
    mnt: { from: 'new' },
    cgroup: { from: 'host' },
    time: { from: 'new' },
  },
  sandbox: { key: 'warm', kinds: ['net', 'ipc', 'uts'], hostname: 'warm', ...(link === undefined ? {} : { link }) },
  hostname: 'warm',
  cgroups: fakePlacement(runDir),
  oomScoreAdj: 0,
  sources: [
    { id: 'usr', path: '/usr', recursive: true, attributes: ['ro', 'nodev'] },
    { id: 'null', path: '/dev/null', recursive: false, attributes: [] },
    { id: 'volume', path: '/usr', subPath: 'bin', recursive: true, attributes: ['ro'] },
    { id: 'absent', path: '/nonexistent', recursive: false, attributes: [], optional: true },
  ],
  root: { kind: 'tmpfs', mode: 0o755 },
  procView: 'full',
  rootOps: [
    { op: 'mkdir', path: '/tmp', mode: 0o1777 },
    { op: 'symlink', path: '/bin', target: 'usr/bin' },
    { op: 'file', path: '/etc/hosts', mode: 0o644, content: 'warm' },
    { op: 'attach', source: 'usr', path: '/usr' },
    { op: 'mount', type: 'proc', path: '/proc', attributes: ['nosuid', 'nodev', 'noexec'], data: '' },
    { op: 'mount', type: 'tmpfs', path: '/dev', attributes: ['nosuid'], data: 'mode=755' },
    { op: 'attach', source: 'null', path: '/dev/null' },
    { op: 'mount', type: 'sysfs', path: '/sys', attributes: ['ro', 'nosuid', 'nodev', 'noexec'], data: '' },
    { op: 'mask', path: '/proc/acpi', nullSource: 'null' },
    { op: 'mask', path: '/proc/interrupts', nullSource: 'null' },
    { op: 'readonly', path: '/proc/sys' },
    { op: 'volume', source: 'volume', path: '/srv/volume', volume: 'warm' },
    { op: 'readonlyRoot' },
  ],
  capabilities: [],
  programs: [],
});

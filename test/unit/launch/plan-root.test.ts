import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { publicEtcPaths } from '../../../src/launch/launch-context.ts';
import { maskedPaths, readOnlyPaths } from '../../../src/launch/plan-mounts.ts';
import { planRoot } from '../../../src/launch/plan-root.ts';
import type { RootOp } from '../../../src/model/launch-plan.ts';
import type { ContainerSpec } from '../../../src/model/pod-spec.ts';
import { layouts, v2 } from '../cgroup/layouts.ts';
import { aContainer, aContext, aHost, aPod, security } from './a-pod.ts';

const hostView = aContainer();
const overlay = aContainer('web', { root: { kind: 'rootfs', path: '/srv/root' } });
const privileged = aContainer('web', { security: { ...security, privileged: true } });
const everything: [string, ContainerSpec][] = [
  ['a host view', hostView],
  ['an overlay', overlay],
  ['a privileged container', privileged],
  ['a read-only root', aContainer('web', { security: { ...security, readOnlyRootFilesystem: true } })],
  ['the host ipc namespace', aContainer('web', { namespaces: { ipc: 'host' } })],
];
const cases = everything.flatMap(([name, container]) =>
  Object.entries(layouts).map(([kind, layout]) => [name, kind, container, layout] as const),
);

const rootOf = (container: ContainerSpec, context = aContext()) => planRoot(aPod([container]), container, context);
const opsOf = (container: ContainerSpec, context = aContext()) => rootOf(container, context).rootOps;
const pathOf = (op: RootOp) => (op.op === 'readonlyRoot' ? '/' : op.path);
const indexOf = (ops: readonly RootOp[], path: string) => ops.findIndex((op) => pathOf(op) === path);

describe.each(cases)('%s on %s', (_, __, container, layout) => {
  const { sources, rootOps } = rootOf(container, aContext({}, layout));

  test('stays inside the container with every path', () => {
    for (const path of rootOps.map(pathOf)) {
      expect(path.startsWith('/')).toBe(true);
      expect(posix.normalize(path)).toBe(path);
    }
  });

  test('declares every source once and uses it', () => {
    const ids = sources.map(({ id }) => id);
    const used = rootOps.flatMap((op) => (op.op === 'attach' ? [op.source] : op.op === 'mask' ? [op.nullSource] : []));
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(used)).toEqual(new Set(ids));
  });

  test('attaches every source once: a detached mount has one place', () => {
    const attached = rootOps.flatMap((op) => (op.op === 'attach' ? [op.source] : []));
    expect(new Set(attached).size).toBe(attached.length);
  });

  test('mounts parents before children', () => {
    const mounts = rootOps.filter(({ op }) => op === 'mount' || op === 'attach').map(pathOf);
    mounts.forEach((path, index) => {
      const hidden = mounts.slice(0, index).filter((earlier) => earlier.startsWith(`${path}/`));
      expect(hidden).toEqual([]);
    });
  });

  test('clones nothing of the host but what is listed', () => {
    const allowed = ['/usr', '/dev', ...publicEtcPaths];
    for (const { path } of sources) {
      const isAllowed = allowed.includes(path) || path.startsWith('/dev/') || path.startsWith('/sys/fs/cgroup/');
      expect(isAllowed, path).toBe(true);
    }
  });
});

describe('planRoot', () => {
  test('makes no root in a mount namespace that is shared', () => {
    for (const mnt of [{ from: 'host' }, { from: 'pid', pid: 9 }] as const) {
      const context = aContext({ namespaces: { ...aContext().namespaces, mnt } });
      expect(rootOf(hostView, context)).toEqual({ root: { kind: 'none' }, sources: [], rootOps: [] });
    }
  });

  test('shows /usr read-only and links into it', () => {
    const { root, sources, rootOps } = rootOf(hostView);
    expect(root).toEqual({ kind: 'tmpfs', mode: 0o755 });
    const usr = { id: 'host:/usr', path: '/usr', recursive: true, attributes: ['ro', 'nodev'], optional: false };
    expect(sources).toContainEqual(usr);
    expect(rootOps).toContainEqual({ op: 'symlink', path: '/lib64', target: 'usr/lib64' });
    expect(rootOps).toContainEqual({ op: 'mkdir', path: '/tmp', mode: 0o1777 });
    expect(rootOps).toContainEqual({ op: 'mkdir', path: '/root', mode: 0o700 });
    expect(rootOps).toContainEqual({ op: 'mkdir', path: '/etc/ssl', mode: 0o755 });
  });

  test('binds top-level directories of a machine that is not merged', () => {
    const host = aHost({ usrLinks: { '/lib64': 'usr/lib64' }, topDirs: ['/bin', '/lib'] });
    const { sources, rootOps } = rootOf(hostView, aContext({ host }));
    expect(sources.find(({ path }) => path === '/bin')?.attributes).toEqual(['ro', 'nodev']);
    expect(rootOps).toContainEqual({ op: 'attach', source: 'host:/lib', path: '/lib' });
    expect(rootOps).not.toContainEqual({ op: 'symlink', path: '/bin', target: 'usr/bin' });
  });

  test('puts a directory under fresh layers of this container', () => {
    expect(rootOf(overlay).root).toEqual({
      kind: 'overlay',
      lower: '/srv/root',
      upper: '/var/lib/podctl/layers/uid/web/upper',
      work: '/var/lib/podctl/layers/uid/web/work',
    });
  });

  test('writes its names into an overlay and leaves its users alone', () => {
    const files = opsOf(overlay).flatMap((op) => (op.op === 'file' ? [op.path] : []));
    expect(files).toEqual(['/etc/hostname', '/etc/hosts', '/etc/resolv.conf', '/dev/termination-log']);
  });

  test('hides and protects after everything is mounted, the null device before', () => {
    const ops = opsOf(hostView);
    const firstMask = ops.findIndex(({ op }) => op === 'mask');
    const lastMount = ops.findLastIndex(({ op }) => op === 'mount' || op === 'attach');
    expect(firstMask).toBeGreaterThan(lastMount);
    expect(indexOf(ops, '/dev/null')).toBeLessThan(firstMask);
    expect(ops.filter(({ op }) => op === 'mask').map(pathOf)).toEqual(maskedPaths);
    expect(ops.filter(({ op }) => op === 'readonly').map(pathOf)).toEqual(readOnlyPaths);
  });

  test.each([
    ['with users of its own', { hostUsers: false as const }, false],
    ['with the machine’s users', {}, true],
  ])('procMount Unmasked %s', (_, over, isHidden) => {
    const container = aContainer('web', { security: { ...security, procMount: 'Unmasked' } });
    const { rootOps } = planRoot(aPod([container], over), container, aContext());
    expect(rootOps.some(({ op }) => op === 'mask' || op === 'readonly')).toBe(isHidden);
    expect(rootOps.find((op) => pathOf(op) === '/sys')).toMatchObject({ attributes: expect.arrayContaining(['ro']) });
  });

  test('hides nothing from a privileged container and lets it write /sys', () => {
    const ops = opsOf(privileged);
    expect(ops.some(({ op }) => op === 'mask' || op === 'readonly')).toBe(false);
    expect(ops.find((op) => pathOf(op) === '/sys')).toMatchObject({ attributes: ['nosuid', 'nodev', 'noexec'] });
    expect(ops).toContainEqual({ op: 'attach', source: 'dev', path: '/dev' });
    const made = ops.filter((op) => ['symlink', 'mkdir', 'file'].includes(op.op) && pathOf(op).startsWith('/dev'));
    expect(made).toEqual([]);
  });

  test('has a directory for NOTIFY_SOCKETs on its own /dev, also when the root is read-only', () => {
    const readOnly = aContainer('web', { security: { ...security, readOnlyRootFilesystem: true } });
    const ops = opsOf(readOnly);
    expect(ops).toContainEqual({ op: 'mkdir', path: '/dev/podctl', mode: 0o711 });
    expect(indexOf(ops, '/dev')).toBeLessThan(indexOf(ops, '/dev/podctl'));
    expect(ops.filter((op) => op.op === 'readonly' && pathOf(op).startsWith('/dev'))).toEqual([]);
  });

  test('makes the root read-only as the very last step', () => {
    const readOnly = aContainer('web', { security: { ...security, readOnlyRootFilesystem: true } });
    const ops = opsOf(readOnly);
    expect(ops.findIndex(({ op }) => op === 'readonlyRoot')).toBe(ops.length - 1);
    expect(opsOf(hostView).some(({ op }) => op === 'readonlyRoot')).toBe(false);
  });

  test('shows its own cgroup read-only, as the machine lays it out', () => {
    const onV2 = rootOf(hostView, aContext({}, v2));
    expect(onV2.rootOps).toContainEqual({ op: 'attach', source: 'cgroup:v2', path: '/sys/fs/cgroup' });
    expect(onV2.sources.find(({ id }) => id === 'cgroup:v2')).toMatchObject({
      path: '/sys/fs/cgroup/podctl/uid/web/app',
      attributes: ['ro', 'nosuid', 'nodev', 'noexec'],
    });
    const onV1 = opsOf(hostView, aContext({}, layouts.v1));
    expect(onV1).toContainEqual({ op: 'attach', source: 'cgroup:cpu,cpuacct', path: '/sys/fs/cgroup/cpu,cpuacct' });
    expect(onV1).toContainEqual({ op: 'symlink', path: '/sys/fs/cgroup/cpuacct', target: 'cpu,cpuacct' });
  });

  test('shares /dev/shm with the host together with its IPC namespace only', () => {
    const shared = aContainer('web', { namespaces: { ipc: 'host' } });
    expect(opsOf(shared)).toContainEqual({ op: 'attach', source: 'host:/dev/shm', path: '/dev/shm' });
    expect(opsOf(hostView).find((op) => pathOf(op) === '/dev/shm')).toMatchObject({ type: 'tmpfs' });
  });

  test('mounts no message queues on a kernel without them', () => {
    const ops = opsOf(hostView, aContext({ host: aHost({ hasMqueue: false }) }));
    expect(indexOf(ops, '/dev/mqueue')).toBe(-1);
  });
});

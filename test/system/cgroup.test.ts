/** The limits of a manifest in the kernel's own files, on whichever cgroup layout this machine has. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { cgroupDirs } from '../support/leaks.ts';
import { aContainer, aPod, yamlOf } from '../support/manifest.ts';
import { isRunning, podPids, programPid } from '../support/pods.ts';

describeReal('cgroup', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.stop());

  const limited = (name: string, limits: Record<string, string>, requests: Record<string, string> = {}) =>
    aPod({ name, containers: [aContainer({ resources: { limits, requests } })] });

  /** value of the first of these files that exists in the container's app cgroup, in any hierarchy */
  const readApp = (uid: string, ...files: readonly string[]): string => {
    const dirs = cgroupDirs(instance.mark().cgroupName ?? '').flatMap((dir) => [`${dir}/${uid}/main/app`]);
    for (const path of dirs.flatMap((dir) => files.map((file) => `${dir}/${file}`))) {
      try {
        return readFileSync(path, 'utf8').trim();
      } catch {
        // of another hierarchy or layout
      }
    }
    throw new Error(`none of ${files.join(', ')} in ${dirs.join(', ')}`);
  };

  test('limits and requests stand in the files as the kernel names them', async () => {
    await instance.apply(limited('limits', { cpu: '250m', memory: '64Mi' }, { cpu: '100m', memory: '32Mi' }));
    const { uid } = (await instance.waitForPod('limits', 'runs', isRunning)).metadata;
    expect(readApp(uid, 'memory.max', 'memory.limit_in_bytes')).toBe(String(64 << 20));
    expect(readApp(uid, 'pids.max')).toBe('2048');
    const quota = readApp(uid, 'cpu.max', 'cpu.cfs_quota_us').split(' ')[0];
    expect(quota).toBe('25000');
    expect(Number(readApp(uid, 'cpu.weight', 'cpu.shares'))).toBeOneOf([102, 4]);
  });

  test('the files hold exactly what explain --stage cgroup printed', async () => {
    const manifest = limited('explained', { cpu: '500m', memory: '96Mi' });
    await instance.apply(manifest);
    await instance.waitForPod('explained', 'runs', isRunning);
    const explained = await instance.podctlOk(['explain', '-f', '-', '--stage', 'cgroup'], { stdin: yamlOf(manifest) });
    const { uid } = (await instance.getPod('explained'))?.metadata ?? { uid: '' };
    const writes = findWrites(JSON.parse(explained));
    expect(writes.length).toBeGreaterThan(2);
    for (const { file, value, wish } of writes.filter(({ file }) => isReadable(file))) {
      const path = resolveIn(cgroupDirs(instance.mark().cgroupName ?? ''), file, uid);
      if (wish !== true) expect.soft(path, file).toBeDefined();
      if (path !== undefined) expect.soft(normalise(readFileSync(path, 'utf8')), path).toBe(normalise(value));
    }
  });

  test('limits change in place on a running container', async () => {
    await instance.apply(limited('resized', { cpu: '250m', memory: '64Mi' }));
    const before = await instance.waitForPod('resized', 'runs', isRunning);
    const pid = programPid(before);
    await instance.apply(limited('resized', { cpu: '500m', memory: '128Mi' }));
    const after = await instance.waitForPod(
      'resized',
      'runs',
      (pod) => isRunning(pod) && pod.metadata.generation > before.metadata.generation,
    );
    expect(programPid(after)).toBe(pid);
    await expect.poll(() => readApp(after.metadata.uid, 'memory.max', 'memory.limit_in_bytes')).toBe(String(128 << 20));
    await expect.poll(() => readApp(after.metadata.uid, 'cpu.max', 'cpu.cfs_quota_us').split(' ')[0]).toBe('50000');
  });

  test('a fork bomb meets the pids limit and its supervisor does not', async () => {
    const containers = [
      aContainer({ rootfs: { path: instance.payloadRoot() }, command: ['/payload', 'fork-bomb', '5000'] }),
    ];
    await instance.apply(aPod({ name: 'bomb', containers }));
    const pod = await instance.waitForPod('bomb', 'runs', isRunning);
    await expect.poll(() => instance.logs('bomb'), { timeout: 20_000 }).toMatch(/bomb 20\d\d errno 11/);
    expect(podPids(pod, 'main', 'app').length).toBe(2048);
    await instance.deletePod('bomb', 0);
    expect(podPids(pod)).toEqual([]);
  });
});

interface Write {
  readonly file: string;
  readonly value: string;
  /** a refusal of the kernel is no failure */
  readonly wish?: boolean;
}

function findWrites(value: unknown): Write[] {
  if (Array.isArray(value)) return value.flatMap(findWrites);
  if (typeof value !== 'object' || value === null) return [];
  if ('file' in value && 'value' in value) return [value as Write];
  return Object.values(value).flatMap(findWrites);
}

/** `explain` may stand a placeholder where the pod's uid will be: the hierarchy and the part below the container decide. */
function resolveIn(parents: readonly string[], file: string, uid: string): string | undefined {
  const tail = file.slice(file.indexOf('/main/'));
  const candidates = parents.map((parent) => `${parent}/${uid}${tail}`);
  return (
    candidates.find((path) => path.split('/')[4] === file.split('/')[4] && exists(path)) ?? candidates.find(exists)
  );
}

function exists(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}

const isReadable = (file: string): boolean =>
  file.includes('/main/') && !/devices\.(allow|deny)$|subtree_control$|procs$/.test(file);

/** The kernel answers -1 and max for the same thing, and pads tables. */
const normalise = (text: string): string => text.trim().replace(/\s+/g, ' ');

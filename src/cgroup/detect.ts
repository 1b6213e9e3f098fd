/** Which cgroup layout the machine has, from the text of /proc/self/mountinfo (proc_pid_mountinfo(5)). */
import { type CgroupLayout, type V1Controller, v1Controllers } from '../model/cgroup.ts';
import { parseMountinfo } from '../util/mountinfo.ts';
import { err, ok, type Result } from '../util/result.ts';

interface CgroupMount {
  readonly path: string;
  readonly type: 'cgroup' | 'cgroup2';
  readonly readOnly: boolean;
  readonly superOptions: readonly string[];
}

/** What no container can run without, by their v1 and v2 names. */
const required = ['cpu', 'memory', 'pids'] as const;

/**
 * The layout, or the reason why podctl cannot use what is mounted, in words for the user.
 * `v2ControllersText` is `cgroup.controllers` of the cgroup2 root (see `findCgroup2`), undefined when there is none.
 */
export function detectCgroupLayout(
  mountinfo: string,
  v2ControllersText: string | undefined,
): Result<CgroupLayout, string> {
  const mounts = parseCgroupMounts(mountinfo);
  const v1 = v1Mounts(mounts);
  const unified = findCgroup2Mount(mounts);
  if (Object.keys(v1).length === 0 && unified === undefined) return err('no cgroup file system is mounted');
  const readOnly = mounts.find((mount) => mount.readOnly && isUsed(mount, v1, unified));
  if (readOnly !== undefined) return err(`${readOnly.path} is mounted read-only`);
  const v2Controllers = (v2ControllersText ?? '').split(/\s+/).filter((name) => name !== '');
  const kind = unified === undefined ? 'v1' : Object.keys(v1).length === 0 ? 'v2' : 'hybrid';
  const missing = required.filter((name) => (kind === 'v2' ? !v2Controllers.includes(name) : v1[name] === undefined));
  if (missing.length > 0) return err(missingMessage(kind, missing, v2Controllers));
  return ok({ kind, v1, v2Controllers, ...(unified === undefined ? {} : { v2Root: unified.path }) });
}

/** Mount point of cgroup2, undefined when it is not mounted. */
export function findCgroup2(mountinfo: string): string | undefined {
  return findCgroup2Mount(parseCgroupMounts(mountinfo))?.path;
}

function missingMessage(kind: CgroupLayout['kind'], missing: readonly string[], v2: readonly string[]): string {
  const list = missing.join(', ');
  if (kind === 'v2') return `cgroup.controllers lacks ${list}`;
  const elsewhere = missing.some((name) => v2.includes(name));
  return elsewhere
    ? `${list}: bound to cgroup2 while other controllers are on cgroup v1; one or the other must hold them all`
    : `no cgroup v1 hierarchy for ${list}`;
}

function isUsed(mount: CgroupMount, v1: CgroupLayout['v1'], unified: CgroupMount | undefined): boolean {
  if (Object.keys(v1).length === 0) return mount === unified;
  return Object.values(v1).includes(mount.path);
}

function findCgroup2Mount(mounts: readonly CgroupMount[]): CgroupMount | undefined {
  return preferred(mounts.filter((mount) => mount.type === 'cgroup2'));
}

function v1Mounts(mounts: readonly CgroupMount[]): CgroupLayout['v1'] {
  const found: Partial<Record<V1Controller, string>> = {};
  for (const controller of v1Controllers) {
    const candidates = mounts.filter((mount) => mount.type === 'cgroup' && mount.superOptions.includes(controller));
    const mount = preferred(candidates);
    if (mount !== undefined) found[controller] = mount.path;
  }
  return found;
}

/** A hierarchy may be mounted at several places; the one every other program uses is taken. */
function preferred(mounts: readonly CgroupMount[]): CgroupMount | undefined {
  return mounts.find((mount) => mount.path.startsWith('/sys/fs/cgroup')) ?? mounts[0];
}

function parseCgroupMounts(mountinfo: string): CgroupMount[] {
  return parseMountinfo(mountinfo).flatMap(({ mountPoint, options, type, superOptions }) => {
    if (type !== 'cgroup' && type !== 'cgroup2') return [];
    return [{ path: mountPoint, type, readOnly: options.includes('ro'), superOptions }];
  });
}

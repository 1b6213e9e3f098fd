/** Whether containers can be limited, counted and killed here. */
import { accessSync, constants } from 'node:fs';
import { readCgroupLayout } from '../../cgroup/read-layout.ts';
import type { CgroupLayout, V1Controller } from '../../model/cgroup.ts';
import { formatError, hintOf } from '../../util/pod-error.ts';
import { broken, type Check, doubtful, type Finding, fine, isRoot } from './check.ts';

export const cgroupChecks: readonly Check[] = [
  { name: 'cgroups', look: checkLayout },
  { name: 'cgroup controllers', look: () => withLayout(judgeControllers) },
  { name: 'cgroup access', look: () => withLayout(checkAccess) },
];

function checkLayout(): Finding {
  try {
    const layout = readCgroupLayout();
    return fine(`${layout.kind} (${mountPoints(layout).join(', ')})`);
  } catch (error) {
    return broken(formatError(error), hintOf(error) ?? 'mount the cgroup file systems');
  }
}

/** A doubt where there is no layout to judge. */
export function withLayout<T>(judge: (layout: CgroupLayout) => T): T | Finding {
  let layout: CgroupLayout;
  try {
    layout = readCgroupLayout();
  } catch {
    return doubtful('cannot be checked without a cgroup layout', 'see cgroups above');
  }
  return judge(layout);
}

/** Without these no limit holds; the others are only missed by who asks for them. `devices`: see control-checks.ts. */
const neededV1: readonly V1Controller[] = ['cpu', 'memory', 'pids', 'freezer'];
const wishedV1: readonly V1Controller[] = ['cpuacct', 'cpuset', 'blkio'];
const neededV2 = ['cpu', 'memory', 'pids'];
const wishedV2 = ['cpuset', 'io'];

export function judgeControllers(layout: CgroupLayout): Finding {
  const isV2 = layout.kind === 'v2';
  const present: readonly string[] = isV2 ? layout.v2Controllers : Object.keys(layout.v1);
  const missing = (isV2 ? neededV2 : neededV1).filter((name) => !present.includes(name));
  if (missing.length > 0) {
    const advice = missing.includes('memory') ? 'boot with cgroup_enable=memory' : 'use a kernel that has them';
    return broken(`no ${missing.join(', ')} controller: limits of that kind cannot be kept`, advice);
  }
  const wished = (isV2 ? wishedV2 : wishedV1).filter((name) => !present.includes(name));
  if (wished.length > 0)
    return doubtful(`no ${wished.join(', ')} controller`, 'only limits of that kind are not available');
  return fine(present.join(', '));
}

function checkAccess(layout: CgroupLayout): Finding {
  if (!isRoot()) return doubtful('cannot be checked without root', 'sudo podctl doctor');
  const refused = mountPoints(layout).filter((directory) => !isWritable(directory));
  if (refused.length === 0) return fine('podd can make its directories');
  return broken(
    `cannot write to ${refused.join(', ')}`,
    'remount them read-write, or run podd where they are (a container needs its own writable cgroup mount)',
  );
}

function mountPoints(layout: CgroupLayout): string[] {
  const v2 = layout.v2Root === undefined ? [] : [layout.v2Root];
  return [...new Set([...v2, ...Object.values(layout.v1)])];
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

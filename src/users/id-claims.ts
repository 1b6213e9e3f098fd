/**
 * Which pod of which instance has which ids, for all podctls of a machine: `/run/podctl-users/<first id>`, a symlink whose target is the
 * claim, for that is made whole or not at all, and by one only. A claim goes with its pod.
 */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { lockDescriptor } from '../linux/lock.ts';
import { isAlive, readStartTicks } from '../linux/procfs.ts';
import { type IdRange, podIdCount } from '../model/id-range.ts';
import type { InstancePaths } from '../model/instance-paths.ts';
import { PodError } from '../util/pod-error.ts';
import { freeBases, overlaps, usersVariable } from './plan-range.ts';

export interface IdClaims {
  /** Ids that no other pod of the machine has. Throws PodError `IdsExhausted`. */
  readonly take: (podUid: string) => IdRange;
  /** Notes what a record says. False when another pod has some of them. */
  readonly keep: (podUid: string, range: IdRange) => boolean;
  /** Its own claim goes; another pod's of the same ids stays. */
  readonly release: (podUid: string, range: IdRange) => void;
}

interface Claim {
  /** the pod's record on disk */
  readonly record: string;
  /** where its instance has running containers */
  readonly instances: string;
  readonly pid: number;
  readonly startTicks: number;
}

export const claimsDir = '/run/podctl-users';

export function createIdClaims(
  { podsDir, instancesDir }: Pick<InstancePaths, 'podsDir' | 'instancesDir'>,
  range: IdRange,
  directory = claimsDir,
): IdClaims {
  const own = { instances: instancesDir, pid: process.pid, startTicks: readStartTicks('self') ?? 0 };
  const recordOf = (podUid: string): string => join(podsDir, `${podUid}.json`);
  const claim = (base: number, podUid: string): boolean =>
    makeLink(directory, String(base), JSON.stringify({ ...own, record: recordOf(podUid) } satisfies Claim));
  const takeFree = (podUid: string): number | undefined => {
    const taken = basesIn(directory);
    return freeBases(range, (base) => taken.some((other) => overlaps(base, other))).find((base) => claim(base, podUid));
  };
  const takeSwept = (podUid: string): number | undefined => {
    sweep(directory);
    return takeFree(podUid);
  };
  sweep(directory);
  return {
    take: (podUid) => {
      const base = takeFree(podUid) ?? takeSwept(podUid);
      if (base === undefined) throw exhausted(range);
      return { base, size: podIdCount };
    },
    keep: (podUid, { base }) => {
      const others = basesIn(directory).filter((other) => overlaps(base, other));
      if (others.length === 0) return claim(base, podUid);
      return others.every((other) => readClaim(directory, other)?.record === recordOf(podUid));
    },
    release: (podUid, { base }) => {
      if (readClaim(directory, base)?.record === recordOf(podUid)) removeClaim(directory, base);
    },
  };
}

/** False when there is one already. The directory may go with another's last claim at any time. */
function makeLink(directory: string, name: string, target: string): boolean {
  for (;;) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    try {
      symlinkSync(target, join(directory, name));
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') return false;
      if (code !== 'ENOENT') throw error;
    }
  }
}

function basesIn(directory: string): readonly number[] {
  try {
    return readdirSync(directory).map(Number).filter(Number.isInteger);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function readClaim(directory: string, base: number): Claim | undefined {
  try {
    return JSON.parse(readlinkSync(join(directory, String(base)))) as Claim;
  } catch {
    // gone meanwhile, or not ours
    return undefined;
  }
}

/** Removes claims of pods that are no more: their instance was thrown away, or killed before it had let go. By one at a time. */
function sweep(directory: string): void {
  const lock = openOr(directory);
  if (lock === undefined) return;
  try {
    if (!lockDescriptor(lock, directory)) return;
    for (const base of basesIn(directory)) {
      const claim = readClaim(directory, base);
      if (claim !== undefined && !isHeld(claim)) unlinkSync(join(directory, String(base)));
    }
  } finally {
    closeSync(lock);
  }
}

function openOr(directory: string): number | undefined {
  try {
    return openSync(directory, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A pod's record may come to be after its first container runs. */
const isHeld = ({ record, instances, pid, startTicks }: Claim): boolean =>
  existsSync(record) || isAlive(pid, startTicks) || hasEntries(instances);

function hasEntries(directory: string): boolean {
  try {
    return readdirSync(directory).length > 0;
  } catch {
    return false;
  }
}

function removeClaim(directory: string, base: number): void {
  try {
    unlinkSync(join(directory, String(base)));
    rmdirSync(directory);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

const exhausted = ({ base, size }: IdRange): PodError =>
  new PodError('IdsExhausted', `no free ids for a user namespace between ${base} and ${base + size - 1}`, {
    hint: `it starts when another pod with hostUsers: false is deleted; ${usersVariable} sets a larger range`,
  });

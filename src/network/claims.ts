/**
 * Which instance of podctl on this machine has which ranges: `/run/podctl-ranges.json`, under a lock of its own. Routes alone do not
 * tell: an instance without pods has none.
 */
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { lockFile } from '../linux/lock.ts';
import { isAlive } from '../linux/procfs.ts';
import { PodError } from '../util/pod-error.ts';

export interface RangeClaim {
  /** PODCTL_RUN of the instance */
  readonly run: string;
  readonly pid: number;
  readonly startTicks: number;
  readonly linkPrefix: string;
  readonly blocks: readonly string[];
}

const claimsFile = '/run/podctl-ranges.json';
const waitMs = 5_000;

/** `claim` is told of the others' claims and answers with this instance's; nobody else claims meanwhile. */
export async function claimRanges<T extends { readonly claim: RangeClaim | undefined }>(
  run: string,
  claim: (others: readonly RangeClaim[]) => T,
): Promise<T> {
  const fd = await lockClaims();
  try {
    const others = readClaims().filter((other) => other.run !== run && isHeld(other));
    const answer = claim(others);
    writeClaims(fd, answer.claim === undefined ? others : [...others, answer.claim]);
    return answer;
  } finally {
    closeSync(fd);
  }
}

/** Lets go of this instance's ranges. */
export async function dropClaim(run: string): Promise<void> {
  await claimRanges(run, () => ({ claim: undefined }));
}

/** The last one to go removes the file: whoever waited for its lock then waits for the next one's. */
async function lockClaims(): Promise<number> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const fd = lockFile(claimsFile);
    if (fd !== undefined && fstatSync(fd).ino === statSync(claimsFile, { throwIfNoEntry: false })?.ino) return fd;
    if (fd !== undefined) closeSync(fd);
    else if (performance.now() > deadline)
      throw new PodError('RangesLocked', `another podd has held ${claimsFile} for ${waitMs / 1000} s`);
    else await sleep(5);
  }
}

/** What cannot be read was torn by a kill: the others' routes are still seen. */
function readClaims(): readonly RangeClaim[] {
  try {
    const claims: unknown = JSON.parse(readFileSync(claimsFile, 'utf8'));
    return Array.isArray(claims) ? claims.filter(isClaim) : [];
  } catch {
    return [];
  }
}

function isClaim(value: unknown): value is RangeClaim {
  const { run, pid, startTicks, linkPrefix, blocks } = (value ?? {}) as Partial<RangeClaim>;
  const isText = typeof run === 'string' && typeof linkPrefix === 'string';
  return isText && typeof pid === 'number' && typeof startTicks === 'number' && Array.isArray(blocks);
}

/** Its podd lives, or pods of it do. */
function isHeld({ pid, startTicks, linkPrefix }: RangeClaim): boolean {
  return isAlive(pid, startTicks) || readdirSync('/sys/class/net').some((link) => link.startsWith(linkPrefix));
}

function writeClaims(fd: number, claims: readonly RangeClaim[]): void {
  if (claims.length === 0) return unlinkSync(claimsFile);
  const bytes = Buffer.from(`${JSON.stringify(claims)}\n`);
  writeSync(fd, bytes, 0, bytes.length, 0);
  ftruncateSync(fd, bytes.length);
}

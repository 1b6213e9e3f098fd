/** Which ids of the machine pods with a user namespace of their own are given. Pure. */
import { type IdRange, podIdCount } from '../model/id-range.ts';
import { PodError } from '../util/pod-error.ts';

export const usersVariable = 'PODCTL_USERNS_RANGE';

/**
 * Above what /etc/subuid gives out (up to 600,100,000) and systemd (up to 0x6FFFFFFF), below systemd's foreign ids (0x7FFE0000), and none
 * that devpts and old programs take for negative (from 2³¹ on).
 */
const defaultRange = '1879048192-2147352575';

/** Ids below belong to users of the machine. */
const firstId = 65_536;
const lastId = 2_147_483_647;

/** `<first>-<last>` as the operator wrote it; absent: the default. Throws PodError `BadRange`. */
export function parseUsersRange(written: string | undefined): IdRange {
  const text = written || defaultRange;
  const [, first = '', last = ''] = /^(\d{1,10})-(\d{1,10})$/.exec(text) ?? [];
  const base = Number(first);
  const size = Number(last) - base + 1;
  const isOfOthers = first === '' || base < firstId || Number(last) > lastId;
  if (!isOfOthers && freeBases({ base, size }, () => false).length > 0) return { base, size };
  throw new PodError('BadRange', `${usersVariable} is ${text}`, {
    hint: `write <first>-<last>, ids between ${firstId} and ${lastId} that nobody else uses, at least ${podIdCount} from a multiple of ${podIdCount} on; default: ${defaultRange}`,
  });
}

/**
 * The first ids of the blocks that the range has room for, without those that are taken. All are multiples of their size: blocks of two
 * podds whose ranges overlap are then the same or have nothing in common, and the name of a claim is enough to exclude the other.
 */
export function freeBases({ base, size }: IdRange, isTaken: (base: number) => boolean): readonly number[] {
  const start = Math.ceil(base / podIdCount) * podIdCount;
  const count = Math.max(0, Math.floor((base + size - start) / podIdCount));
  return Array.from({ length: count }, (_, index) => start + index * podIdCount).filter((first) => !isTaken(first));
}

/** Whether blocks that start there share ids: those of an earlier range need not be in step with today's. */
export const overlaps = (a: number, b: number): boolean => Math.abs(a - b) < podIdCount;

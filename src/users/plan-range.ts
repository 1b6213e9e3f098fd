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
  if (first !== '' && base >= firstId && Number(last) <= lastId && size >= podIdCount) return { base, size };
  throw new PodError('BadRange', `${usersVariable} is ${text}`, {
    hint: `write <first>-<last>, at least ${podIdCount} ids between ${firstId} and ${lastId} that nobody else uses; default: ${defaultRange}`,
  });
}

/** The first ids of the blocks that the range has room for, without those that are taken. */
export function freeBases({ base, size }: IdRange, isTaken: (base: number) => boolean): readonly number[] {
  const count = Math.floor(size / podIdCount);
  return Array.from({ length: count }, (_, index) => base + index * podIdCount).filter((first) => !isTaken(first));
}

/** Whether blocks that start there share ids: those of an earlier range need not be in step with today's. */
export const overlaps = (a: number, b: number): boolean => Math.abs(a - b) < podIdCount;

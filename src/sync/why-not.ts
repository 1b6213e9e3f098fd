import { formatError } from '../util/pod-error.ts';

/** What the kernel's refusal means where a file is put; open(2), rename(2), openat2(2). */
const meanings: Readonly<Record<string, string>> = {
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left',
  EDQUOT: 'the quota is used up',
  ENOTDIR: 'something on the way to it is no directory',
  EISDIR: 'a directory is in the way',
  ENOTEMPTY: 'a directory is in the way',
  EEXIST: 'something is in the way',
  EBUSY: 'something is mounted there',
  EXDEV: 'something is mounted below it',
  ENOENT: 'something on the way to it is gone, or leads nowhere',
  ELOOP: 'the symlinks on the way to it lead nowhere',
  EACCES: 'it may not be written',
  EPERM: 'it may not be written',
};

/** For people: `the file system is read-only (EROFS)`. */
export function whyNot(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const meaning = meanings[code];
  return meaning === undefined ? formatError(error) : `${meaning} (${code})`;
}

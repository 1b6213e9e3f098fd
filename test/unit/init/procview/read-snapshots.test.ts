import { expect, test } from 'vitest';
import { ReadSnapshots } from '../../../../src/init/procview/read-snapshots.ts';

const mebibyte = Buffer.alloc(1 << 20);

test('holds no more than 4 MiB, and forgets who has not begun to read for longest', () => {
  const snapshots = new ReadSnapshots();
  for (let handle = 1; handle <= 5; handle++) snapshots.at(handle, 0, () => mebibyte);
  const isHeld = (handle: number): boolean => {
    let made = false;
    snapshots.at(handle, 1, () => {
      made = true;
      return Buffer.alloc(0);
    });
    return !made;
  };
  expect([2, 3, 4, 5].map(isHeld)).toEqual([true, true, true, true]);
  expect(isHeld(1)).toBe(false);
});

test('a file that is closed holds nothing', () => {
  const snapshots = new ReadSnapshots();
  const first = Buffer.from('first');
  expect(snapshots.at(1, 0, () => first)).toBe(first);
  expect(snapshots.at(1, 3, () => Buffer.from('second'))).toBe(first);
  snapshots.drop(1);
  expect(snapshots.at(1, 3, () => Buffer.from('third')).toString()).toBe('third');
});

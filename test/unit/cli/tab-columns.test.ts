import { describe, expect, test } from 'vitest';
import { alignColumns, describeColumns } from '../../../src/cli/tab-columns.ts';

describe('tab-aligned text', () => {
  test('a column is as wide as its widest cell in the block, and the last cell is not padded', () => {
    expect(alignColumns(['Name:\tweb', 'Namespace:\tdefault'], describeColumns)).toEqual([
      'Name:       web',
      'Namespace:  default',
    ]);
  });

  test('a line without the cell ends the block', () => {
    const lines = ['a:\t1', 'Containers:', 'a-long-one:\t2', 'b:\t3'];
    expect(alignColumns(lines, describeColumns)).toEqual(['a:  1', 'Containers:', 'a-long-one:  2', 'b:           3']);
  });

  test('inner columns have blocks of their own', () => {
    const lines = ['x\ty\tz', 'long\t1', 'x\tlonger\tz'];
    expect(alignColumns(lines, describeColumns)).toEqual(['x     y  z', 'long  1', 'x     longer  z']);
  });

  test('empty cells keep their column', () => {
    expect(alignColumns(['Labels:\ta=b', '\tc=d'], describeColumns)).toEqual(['Labels:  a=b', '         c=d']);
  });
});

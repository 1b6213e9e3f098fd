import { describe, expect, test } from 'vitest';
import { parsePodArgs, parsePodName, parseResourceArgs } from '../../../src/cli/resource-args.ts';

describe('names of things', () => {
  test.each([
    { args: ['pods'], kind: 'pods', names: [] },
    { args: ['po', 'a', 'b', 'a'], kind: 'pods', names: ['a', 'b'] },
    { args: ['Pod', 'a'], kind: 'pods', names: ['a'] },
    { args: ['pod/a', 'po/b'], kind: 'pods', names: ['a', 'b'] },
    { args: ['ev'], kind: 'events', names: [] },
  ])('$args are $kind $names', ({ args, kind, names }) => {
    expect(parseResourceArgs(args)).toEqual({ kind, names });
  });

  test.each([
    { args: [], message: 'what? name a kind' },
    { args: ['pdos'], message: 'unknown resource type "pdos" (did you mean pods?)' },
    { args: ['constructor'], message: 'unknown resource type "constructor"' },
    { args: ['pod/a', 'b'], message: 'KIND/NAME' },
    { args: ['pods', 'pod/a'], message: 'the kind stands in front already' },
    { args: ['pod/a', 'event/b'], message: 'one kind at a time' },
    { args: ['pod/'], message: 'KIND/NAME' },
    { args: ['pod/a/b'], message: 'KIND/NAME' },
  ])('$args are refused', ({ args, message }) => {
    expect(() => parseResourceArgs(args)).toThrow(message);
  });

  test('a pod may be named with and without its kind', () => {
    expect(parsePodName('web')).toBe('web');
    expect(parsePodName('pod/web')).toBe('web');
    expect(() => parsePodName('event/web')).toThrow('is not a pod');
    expect(() => parsePodArgs(['events'])).toThrow('not on events');
  });
});

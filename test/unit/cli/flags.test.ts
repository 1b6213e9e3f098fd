import { describe, expect, test } from 'vitest';
import type { FlagTable } from '../../../src/cli/command.ts';
import { parseFlags } from '../../../src/cli/flags.ts';

const table = {
  namespace: { kind: 'text', short: 'n', value: 'NAME', help: '' },
  output: { kind: 'text', short: 'o', value: 'FORMAT', choices: ['json', 'name'], help: '' },
  filename: { kind: 'list', short: 'f', value: 'FILE', help: '' },
  stdin: { kind: 'switch', short: 'i', help: '' },
  tty: { kind: 'switch', short: 't', help: '' },
  wait: { kind: 'switch', help: '' },
  tail: { kind: 'number', help: '' },
  timeout: { kind: 'duration', help: '' },
} as const satisfies FlagTable;

describe('flags', () => {
  test.each([
    { name: 'short with a blank', words: ['-n', 'prod'], flags: { namespace: 'prod' } },
    { name: 'short joined', words: ['-nprod'], flags: { namespace: 'prod' } },
    { name: 'short with an equals sign', words: ['-n=prod'], flags: { namespace: 'prod' } },
    { name: 'long with an equals sign', words: ['--namespace=a=b'], flags: { namespace: 'a=b' } },
    { name: 'the last one counts', words: ['-n', 'a', '-n', 'b'], flags: { namespace: 'b' } },
    {
      name: 'a list keeps all, - is a file',
      words: ['-f', 'a', '--filename=b', '-f', '-'],
      flags: { filename: ['a', 'b', '-'] },
    },
    { name: 'grouped switches', words: ['-it'], flags: { stdin: true, tty: true } },
    { name: 'a switch that is off', words: ['--wait=false'], flags: { wait: false } },
    { name: 'a negative number', words: ['--tail', '-1'], flags: { tail: -1 } },
    { name: 'a duration', words: ['--timeout', '1m30s'], flags: { timeout: 90_000 } },
    { name: 'a duration in plain seconds', words: ['--timeout=5'], flags: { timeout: 5000 } },
    { name: 'a negative duration', words: ['--timeout=-1s'], flags: { timeout: -1000 } },
    { name: 'a choice', words: ['-ojson'], flags: { output: 'json' } },
    { name: 'none', words: [], flags: {} },
  ])('$name', ({ words, flags }) => {
    expect(parseFlags(words, table)).toEqual({ flags, args: [], help: false });
  });

  test('arguments and flags may be mixed, and all behind -- belongs to the command', () => {
    expect(parseFlags(['web', '-n', 'x', 'db', '--', 'ls', '-n', '--', 'y'], table)).toEqual({
      flags: { namespace: 'x' },
      args: ['web', 'db'],
      rest: ['ls', '-n', '--', 'y'],
      help: false,
    });
  });

  test('-h and --help are known everywhere', () => {
    expect(parseFlags(['-h'], table).help).toBe(true);
    expect(parseFlags(['--help'], {}).help).toBe(true);
  });

  test("a help flag behind -- is not podctl's", () => {
    expect(parseFlags(['--', 'ls', '--help'], table)).toMatchObject({ help: false, rest: ['ls', '--help'] });
  });

  test.each([
    { words: ['--namspace=x'], message: 'unknown flag --namspace (did you mean --namespace?)' },
    { words: ['-z'], message: 'unknown flag -z' },
    { words: ['--constructor'], message: 'unknown flag --constructor' },
    { words: ['-n'], message: 'flag -n needs a value' },
    { words: ['--wait=maybe'], message: 'flag --wait is true or false, not "maybe"' },
    { words: ['--tail=few'], message: 'flag --tail needs a whole number, not "few"' },
    { words: ['--timeout=soon'], message: 'flag --timeout needs a duration as 30s, 5m or 1h30m, not "soon"' },
    { words: ['-o', 'jsn'], message: 'flag -o is one of json, name, not "jsn" (did you mean json?)' },
  ])('$words is refused: $message', ({ words, message }) => {
    expect(() => parseFlags(words, table)).toThrow(message);
  });
});

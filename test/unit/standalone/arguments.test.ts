import { describe, expect, test } from 'vitest';
import { parseArguments } from '../../../src/standalone/arguments.ts';

const run = { isVerbose: false, toGroup: false, cgroups: 'auto' };
const ctl = { targets: [], cascade: false, output: 'text' };

describe('parseArguments', () => {
  const accepted: readonly (readonly [string, object])[] = [
    ['-- sleep 5', { kind: 'run', options: { ...run, command: ['sleep', '5'] } }],
    ['sleep 5', { kind: 'run', options: { ...run, command: ['sleep', '5'] } }],
    ['sleep -f x', { kind: 'run', options: { ...run, command: ['sleep', '-f', 'x'] } }],
    ['-v -- -f', { kind: 'run', options: { ...run, isVerbose: true, command: ['-f'] } }],
    ['-g -s -- a', { kind: 'run', options: { ...run, toGroup: true, command: ['a'] } }],
    ['-f a.yaml', { kind: 'run', options: { ...run, file: 'a.yaml' } }],
    ['--file=a.yaml -- b', { kind: 'run', options: { ...run, file: 'a.yaml', command: ['b'] } }],
    ['--grace 500ms -- a', { kind: 'run', options: { ...run, graceMs: 500, command: ['a'] } }],
    ['--grace 2.5 -- a', { kind: 'run', options: { ...run, graceMs: 2500, command: ['a'] } }],
    ['--cgroups off -f a', { kind: 'run', options: { ...run, cgroups: 'off', file: 'a' } }],
    ['--socket /s -f a', { kind: 'run', options: { ...run, socket: '/s', file: 'a' } }],
    ['--help', { kind: 'help' }],
    ['--version', { kind: 'version' }],
    ['validate -f a', { kind: 'validate', file: 'a' }],
    ['validate a', { kind: 'validate', file: 'a' }],
    ['ctl', { kind: 'ctl', options: { ...ctl, verb: 'status' } }],
    [
      'ctl stop web -o json',
      { kind: 'ctl', options: { ...ctl, verb: 'stop', targets: [{ program: 'web' }], output: 'json' } },
    ],
    [
      'ctl signal HUP web:1',
      { kind: 'ctl', options: { ...ctl, verb: 'signal', signal: 1, targets: [{ program: 'web', instance: 1 }] } },
    ],
    [
      'ctl --socket /s restart --cascade web',
      { kind: 'ctl', options: { ...ctl, verb: 'restart', socket: '/s', cascade: true, targets: [{ program: 'web' }] } },
    ],
  ];
  test.each(accepted)('understands %s', (line, expected) => {
    expect(parseArguments(line.split(' '))).toEqual({ ok: true, value: expected });
  });

  const refused: readonly (readonly [string, string])[] = [
    ['', 'nothing to run'],
    ['-v', 'nothing to run'],
    ['--', 'nothing to run'],
    ['--grase 5 -- a', 'did you mean --grace?'],
    ['--grace soon -- a', 'not a duration'],
    ['--cgroups some -f a', 'one of auto, off, require'],
    ['-f', '-f needs a value'],
    ['--help=x', 'takes no value'],
    ['validate', 'validate which file?'],
    ['ctl stopp', 'did you mean stop?'],
    ['ctl signal', 'which signal?'],
    ['ctl signal NONE', 'which signal?'],
    ['ctl stop _x', 'no name of a program'],
    ['ctl status -o xml', 'only json'],
  ];
  test.each(refused)('refuses "%s"', (line, words) => {
    const result = parseArguments(line.split(' ').filter((word) => word !== ''));
    expect(result).toEqual({ ok: false, error: expect.stringContaining(words) });
  });
});

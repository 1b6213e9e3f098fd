import { describe, expect, test } from 'vitest';
import { formatMs, formatNotice } from '../../../src/dev/format-notice.ts';
import type { DevNotice } from '../../../src/dev/notice.ts';
import type { ApplyResult } from '../../../src/protocol/api.ts';
import { aPod } from '../../support/fake-reconciler.ts';
import { aRule, changed } from './a-rule.ts';

const look = { colour: false, columns: undefined, mark: '» ', directory: '/home/me/shop' };
const format = (notice: DevNotice) => formatNotice(notice, look);
const result = (more: Partial<ApplyResult> = {}): ApplyResult => ({
  ...{ kind: 'Pod', namespace: 'default', name: 'shop', outcome: 'created', cost: 'nothing' },
  ...{ changes: [], programs: [], warnings: [] },
  ...more,
});

describe('a notice in words', () => {
  test('the first apply', () => {
    const notice = { kind: 'applied', results: [result({ warnings: ['beware'] })], changed: [], elapsedMs: 5 } as const;
    expect(format(notice)).toEqual({ out: ['pod/shop created'], err: ['Warning: pod/shop: beware'] });
  });

  test('a later one names the files, and only what it changed', () => {
    const results = [result(), result({ name: 'db', outcome: 'unchanged' })];
    const changedFiles = ['/home/me/shop/pod.yaml', '/home/me/shop/sub/.env', '/elsewhere/far/away.yaml'];
    expect(format({ kind: 'applied', results, changed: changedFiles, elapsedMs: 1234 }).out).toEqual([
      '» applied 3 files: pod.yaml, sub/.env, /elsewhere/far/away.yaml (1.2 s)',
      'pod/shop created',
    ]);
  });

  test.each<[string, DevNotice, string]>([
    [
      'done',
      {
        kind: 'action-done',
        rule: aRule(),
        changes: changed('/home/me/shop/a.js'),
        did: 'restarted x',
        elapsedMs: 84.4,
      },
      '» restarted x (84 ms; a.js)',
    ],
    [
      'done after a name that would break the line',
      {
        ...{ kind: 'action-done', rule: aRule(), did: 'restarted x', elapsedMs: 84 },
        changes: changed('/home/me/shop/a\nb\u001b[31m.js'),
      },
      '» restarted x (84 ms; "a\\nb\\u001b[31m.js")',
    ],
    [
      'done by hand',
      { kind: 'action-done', rule: aRule(), changes: [], did: 'restarted x', elapsedMs: 84 },
      '» restarted x (84 ms)',
    ],
    [
      'done after many changes',
      {
        ...{ kind: 'action-done', rule: aRule(), did: 'restarted x', elapsedMs: 84 },
        changes: [
          { path: '/home/me/shop/a', kind: 'added' },
          { path: '/home/me/shop/b', kind: 'removed' },
          ...changed('/home/me/shop/c', '/home/me/shop/d'),
        ],
      },
      '» restarted x (84 ms; 4 files: a added, b removed, c, …)',
    ],
    [
      'a build begins',
      {
        kind: 'action-started',
        rule: aRule({ action: 'exec', command: ['sh', '-c', 'make\nmake install'] }),
        changes: changed('/home/me/shop/a.c'),
      },
      '» running make … (a.c)',
    ],
    ['its output', { kind: 'output', source: 'shop/app build', text: 'cc a.c' }, 'shop/app build | cc a.c'],
    ['good again', { kind: 'recovered' }, '» the manifests are good again'],
    [
      'gone',
      { kind: 'deleted', object: { kind: 'ConfigMap', namespace: 'prod', name: 'c' } },
      '» configmap/c -n prod deleted',
    ],
  ])('%s', (_, notice, line) => {
    expect(format(notice)).toEqual({ out: [line], err: [] });
  });

  test('what failed goes to standard error, with its hint', () => {
    const notice = {
      rule: aRule(),
      changes: changed('/home/me/shop/a.js'),
      why: 'x: FATAL',
      hint: 'podctl why x',
      elapsedMs: 84,
    };
    expect(format({ kind: 'action-failed', ...notice })).toEqual({
      out: [],
      err: ['» failed: x: FATAL (84 ms; a.js)', 'hint: podctl why x'],
    });
  });

  test('diagnostics come as everywhere', () => {
    const problem = {
      severity: 'error',
      file: 'pod.yaml',
      position: { line: 2, column: 7 },
      field: 'kind',
      message: 'no',
    } as const;
    expect(format({ kind: 'diagnostics', diagnostics: [problem], isUsable: false }).err).toEqual([
      'pod.yaml:2:7: kind: no',
      '» the manifests cannot be used as they are',
    ]);
    const warning = { ...problem, severity: 'warning' } as const;
    expect(format({ kind: 'diagnostics', diagnostics: [warning], isUsable: true }).err).toHaveLength(1);
  });

  test('a restart that begins, and each state, are no lines', () => {
    expect(format({ kind: 'action-started', rule: aRule(), changes: changed('/a') })).toEqual({ out: [], err: [] });
    expect(format({ kind: 'status', pods: [aPod()], isAnew: false })).toEqual({ out: [], err: [] });
  });
});

test.each([
  [0.4, '0 ms'],
  [84.4, '84 ms'],
  [999.4, '999 ms'],
  [999.6, '1.0 s'],
  [61_000, '61.0 s'],
])('%d is %s', (ms, text) => {
  expect(formatMs(ms)).toBe(text);
});

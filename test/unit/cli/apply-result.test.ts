import { describe, expect, test } from 'vitest';
import { formatApplyResult } from '../../../src/cli/apply-result.ts';
import type { ApplyResult, ChangeCost, ProgramEffect } from '../../../src/protocol/api.ts';

const result = (
  outcome: ApplyResult['outcome'],
  ...changes: readonly (readonly [string, ChangeCost])[]
): ApplyResult => ({
  ...{ kind: 'Pod', namespace: 'default', name: 'web', outcome, cost: 'nothing', programs: [], warnings: [] },
  changes: changes.map(([field, cost]) => ({ field, cost, from: 1, to: 2, why: 'because' })),
});

describe('what apply prints', () => {
  test('created and unchanged stand alone', () => {
    expect(formatApplyResult(result('created'))).toBe('pod/web created');
    expect(formatApplyResult(result('unchanged'))).toBe('pod/web unchanged');
  });

  test('a change comes with its cost and why', () => {
    expect(formatApplyResult(result('configured', ['spec.containers[server].command', 'restart-container']))).toBe(
      [
        'pod/web configured (restart container server)',
        '  ~ spec.containers[server].command: 1 → 2   restart container server: because',
      ].join('\n'),
    );
  });

  test('changes stand in the order of their costs, dearest first; each cost once in the first line', () => {
    const configured = result(
      'configured',
      ['metadata.labels[x]', 'nothing'],
      ['spec.containers[b].resources.limits.cpu', 'in-place'],
      ['spec.containers[a].args', 'restart-container'],
      ['spec.containers[a].command', 'restart-container'],
      ['spec.hostNetwork', 'recreate-pod'],
    );
    const [first, ...fields] = formatApplyResult(configured, { mode: 'dry-run' }).split('\n');
    expect(first).toBe('pod/web configured (recreate pod; restart container a; in place; no restart) (dry run)');
    expect(fields.map((line) => line.trim().split(/[ :]+/)[1])).toEqual([
      'spec.hostNetwork',
      'spec.containers[a].args',
      'spec.containers[a].command',
      'spec.containers[b].resources.limits.cpu',
      'metadata.labels[x]',
    ]);
  });

  test('a diff says what would be', () => {
    expect(formatApplyResult(result('created'), { mode: 'diff' })).toBe('pod/web would be created');
    const changed = formatApplyResult(result('configured', ['spec.hostNetwork', 'recreate-pod']), { mode: 'diff' });
    expect(changed.split('\n')[0]).toBe('pod/web would change (recreate pod)');
  });

  test('values of a Secret are not shown, and what it costs is said of the pods that use it', () => {
    const changed: ApplyResult = {
      ...result('configured'),
      kind: 'Secret',
      changes: [
        { field: 'data.password', from: 'aHVudGVy', to: 'aHVudGVyMg==', cost: 'in-place', why: 'kept by podd' },
        { field: 'stringData.key', from: 'a\nb', to: 'a\nc', cost: 'in-place', why: 'kept by podd' },
      ],
    };
    expect(formatApplyResult(changed)).toBe(
      [
        'secret/web configured',
        '  ~ data.password: (secret)   kept by podd',
        '  ~ stringData.key: (secret)   kept by podd',
      ].join('\n'),
    );
  });

  test('a terminal gets colours by cost', () => {
    const changed = result('configured', ['spec.hostNetwork', 'recreate-pod'], ['spec.backoff', 'in-place']);
    const words = formatApplyResult(changed, { colour: true });
    expect(words).toContain('(\u001b[31mrecreate pod\u001b[0m; \u001b[32min place\u001b[0m)');
    expect(words).toContain('\u001b[31mrecreate pod\u001b[0m: because');
    expect(words).toContain('\u001b[32min place\u001b[0m: because');
  });

  test('a container that comes or goes is started or stopped', () => {
    const changes = [
      { field: 'spec.containers[old]', from: { name: 'old' }, to: undefined, cost: 'restart-container', why: 'gone' },
      { field: 'spec.containers[new]', from: undefined, to: { name: 'new' }, cost: 'in-place', why: 'new' },
    ] as const;
    expect(formatApplyResult({ ...result('configured'), changes }).split('\n')).toEqual([
      'pod/web configured (stop container old; start container new)',
      '  - spec.containers[old]: {"name":"old"}   stop container old: gone',
      '  + spec.containers[new]: {"name":"new"}   start container new: new',
    ]);
  });

  test('a program that restarts, comes or goes is named', () => {
    const why = 'because';
    const changes = [
      { field: 'spec.containers[app].processes[web].env', from: 1, to: 2, cost: 'restart-program', why },
      { field: 'spec.containers[app].processes[old]', from: { name: 'old' }, to: undefined, cost: 'in-place', why },
      { field: 'spec.containers[app].processes[new]', from: undefined, to: { name: 'new' }, cost: 'in-place', why },
      { field: 'spec.containers[app].processes[web].logs', from: 1, to: 2, cost: 'in-place', why },
    ] as const;
    const programs = [
      { container: 'app', program: 'web:0', effect: 'restart', why: 'env FOO changed' },
      { container: 'app', program: 'web:10', effect: 'restart', why: 'env FOO changed' },
      { container: 'app', program: 'old', effect: 'stop', why: 'removed\nfrom the manifest' },
      { container: 'app', program: 'new', effect: 'start', why: '' },
    ] as const;
    expect(formatApplyResult({ ...result('configured'), changes, programs })).toBe(
      [
        'pod/web configured (restart program app/web; stop program app/old; start program app/new; in place)',
        '  ~ spec.containers[app].processes[web].env: 1 → 2   restart program app/web: because',
        '  - spec.containers[app].processes[old]: {"name":"old"}   stop program app/old: because',
        '  + spec.containers[app].processes[new]: {"name":"new"}   start program app/new: because',
        '  ~ spec.containers[app].processes[web].logs: 1 → 2   in place: because',
        '  app/web:0   restart  env FOO changed',
        '  app/web:10  restart  env FOO changed',
        '  app/old     stop     removed...',
        '  app/new     start',
      ].join('\n'),
    );
  });

  test('more than three instances with the same effect and cause are one line', () => {
    const some = (program: string, numbers: readonly number[], effect: ProgramEffect['effect'], why: string) =>
      numbers.map((number) => ({ container: 'app', program: `${program}:${number}`, effect, why }) as const);
    const many = Array.from({ length: 300 }, (_, index) => 200 + index);
    const programs = [
      ...some('worker', many, 'stop', 'instances'),
      ...some('web', [0, 1, 2], 'restart', 'env'),
      ...some('pool', [0, 2, 3, 4, 6, 7], 'restart', 'env'),
      ...some('pool', [5], 'restart', 'depends on web'),
    ];
    const [, ...lines] = formatApplyResult({ ...result('configured'), programs }).split('\n');
    expect(lines).toEqual([
      '  app/worker:200…499  stop     instances',
      '  app/web:0           restart  env',
      '  app/web:1           restart  env',
      '  app/web:2           restart  env',
      '  app/pool:0,2…4,6,7  restart  env',
      '  app/pool:5          restart  depends on web',
    ]);
  });

  test('programs of a pod that is created need no line each', () => {
    const programs = [{ container: 'app', program: 'web', effect: 'start', why: 'new' }] as const;
    expect(formatApplyResult({ ...result('created'), programs })).toBe('pod/web created');
  });
});

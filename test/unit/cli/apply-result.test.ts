import { describe, expect, test } from 'vitest';
import { formatApplyResult } from '../../../src/cli/apply-result.ts';
import type { ApplyResult, ChangeCost, ProgramEffect } from '../../../src/protocol/api.ts';

const result = (
  outcome: ApplyResult['outcome'],
  ...changes: readonly (readonly [string, ChangeCost])[]
): ApplyResult => ({
  ...{ kind: 'Pod', namespace: 'default', name: 'web', outcome, cost: 'nothing', programs: [], warnings: [] },
  changes: changes.map(([field, cost]) => ({ field, cost, from: 1, to: 2, why: '' })),
});

describe('what apply prints', () => {
  test('created and unchanged stand alone', () => {
    expect(formatApplyResult(result('created'))).toBe('pod/web created');
    expect(formatApplyResult(result('unchanged'))).toBe('pod/web unchanged');
  });

  test('a change comes with its cost', () => {
    expect(formatApplyResult(result('configured', ['spec.containers[server].command', 'restart-container']))).toBe(
      'pod/web configured (restart container server: spec.containers[server].command)',
    );
  });

  test('changes are grouped by cost, dearest first', () => {
    const configured = result(
      'configured',
      ['metadata.labels[x]', 'nothing'],
      ['spec.containers[b].resources.limits.cpu', 'in-place'],
      ['spec.containers[a].args', 'restart-container'],
      ['spec.containers[a].command', 'restart-container'],
      ['spec.hostNetwork', 'recreate-pod'],
    );
    expect(formatApplyResult(configured, true)).toBe(
      'pod/web configured (recreate pod: spec.hostNetwork; restart container a: spec.containers[a].args, spec.containers[a].command; ' +
        'in place: spec.containers[b].resources.limits.cpu; no restart: metadata.labels[x]) (dry run)',
    );
  });

  test('a container that comes or goes is started or stopped', () => {
    const changes = [
      { field: 'spec.containers[old]', from: { name: 'old' }, to: undefined, cost: 'restart-container', why: '' },
      { field: 'spec.containers[new]', from: undefined, to: { name: 'new' }, cost: 'in-place', why: '' },
    ] as const;
    expect(formatApplyResult({ ...result('configured'), changes })).toBe(
      'pod/web configured (stop container old: spec.containers[old]; start container new: spec.containers[new])',
    );
  });

  test('a program that restarts, comes or goes is named', () => {
    const changes = [
      { field: 'spec.containers[app].processes[web].env', from: 1, to: 2, cost: 'restart-program', why: '' },
      { field: 'spec.containers[app].processes[old]', from: { name: 'old' }, to: undefined, cost: 'in-place', why: '' },
      { field: 'spec.containers[app].processes[new]', from: undefined, to: { name: 'new' }, cost: 'in-place', why: '' },
      { field: 'spec.containers[app].processes[web].logs', from: 1, to: 2, cost: 'in-place', why: '' },
    ] as const;
    const programs = [
      { container: 'app', program: 'web:0', effect: 'restart', why: 'env FOO changed' },
      { container: 'app', program: 'web:10', effect: 'restart', why: 'env FOO changed' },
      { container: 'app', program: 'old', effect: 'stop', why: 'removed\nfrom the manifest' },
      { container: 'app', program: 'new', effect: 'start', why: '' },
    ] as const;
    expect(formatApplyResult({ ...result('configured'), changes, programs })).toBe(
      [
        'pod/web configured (restart program app/web: spec.containers[app].processes[web].env; ' +
          'stop program app/old: spec.containers[app].processes[old]; start program app/new: spec.containers[app].processes[new]; ' +
          'in place: spec.containers[app].processes[web].logs)',
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

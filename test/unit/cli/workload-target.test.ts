import { expect, test } from 'vitest';
import { parseWorkloads, splitWorkload } from '../../../src/cli/workload-target.ts';

test('a workload is named in any of its kind’s spellings, with or without what stands behind it', () => {
  const web = { kind: 'Deployment', name: 'web' };
  for (const word of ['deployment/web', 'deploy/web', 'deployments/web', 'Deployment/web', 'deployment.apps/web'])
    expect(splitWorkload(word)).toEqual({ ...web, rest: '' });
  expect(splitWorkload('deployment/web/app/worker:1')).toEqual({ ...web, rest: 'app/worker:1' });
  for (const word of ['web', 'pod/web', 'web/app', 'deployment/', 'service/web'])
    expect(splitWorkload(word)).toBeUndefined();
});

test('several are named one by one, or behind their kind', () => {
  const parse = (...words: string[]) => parseWorkloads(words, ['Deployment', 'DaemonSet'], 'as this');
  const both = [
    { kind: 'Deployment', name: 'a' },
    { kind: 'Deployment', name: 'b' },
  ];
  expect(parse('deployment', 'a', 'b')).toEqual(both);
  expect(parse('deployment/a', 'deploy/b')).toEqual(both);
  expect(parse('ds/x', 'deployment/b')).toEqual([{ kind: 'DaemonSet', name: 'x' }, both[1]]);
  expect(() => parse()).toThrow('which workload?');
  expect(() => parse('deployment')).toThrow('which deployment?');
  expect(() => parse('web')).toThrow('"web" is not KIND/NAME');
  expect(() => parse('job/x')).toThrow('this does not work on a job');
});

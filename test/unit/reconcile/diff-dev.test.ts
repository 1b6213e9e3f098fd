import { expect, test } from 'vitest';
import { validatePod } from '../../../src/manifest/validate-pod.ts';
import { type PodVersion, planChange } from '../../../src/reconcile/diff.ts';
import { aHost } from './builders.ts';

const rules = (debounce: string) => ({ watch: [{ paths: ['/src'], action: 'restart', debounce }] });

function version(debounce: string, command: string): PodVersion {
  const processes = [{ name: 'web', command: [command], dev: rules(debounce) }];
  const containers = [{ name: 'app', image: 'host', processes, dev: rules(debounce) }];
  const valid = validatePod({
    apiVersion: 'podctl.dev/v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { containers },
  });
  if (!valid.ok) throw new Error(JSON.stringify(valid.error));
  return valid.value;
}

const costs = (from: PodVersion, to: PodVersion) =>
  Object.fromEntries(planChange(from, to, { host: aHost }).map(({ field, cost }) => [field, cost]));

const inContainer = 'spec.containers[app].dev.watch';
const inProgram = 'spec.containers[app].processes[web].dev.watch';

test('changed dev rules cost nothing', () => {
  expect(costs(version('1s', 'a'), version('2s', 'a'))).toEqual({ [inContainer]: 'nothing', [inProgram]: 'nothing' });
});

test('beside another change they still do', () => {
  expect(costs(version('1s', 'a'), version('2s', 'b'))).toEqual({
    [inContainer]: 'nothing',
    [inProgram]: 'nothing',
    'spec.containers[app].processes[web].command': 'restart-program',
  });
});

import { describe, expect, test } from 'vitest';
import { inspectPod } from '../../../src/manifest/validate-pod.ts';
import type { PodSpec } from '../../../src/model/pod-spec.ts';

const box = (name: string, more: Record<string, unknown> = {}) => ({ name, image: 'host', command: ['true'], ...more });
const aPod = (spec: Record<string, unknown>, apiVersion = 'v1') => ({
  apiVersion,
  kind: 'Pod',
  metadata: { name: 'web' },
  spec: { containers: [box('app')], ...spec },
});
const problemsOf = (spec: Record<string, unknown>, apiVersion?: string) =>
  inspectPod(aPod(spec, apiVersion)).errors.map(({ field, message }) => `${field}: ${message}`);
function specOf(spec: Record<string, unknown>, apiVersion?: string): PodSpec {
  const { pod, errors } = inspectPod(aPod(spec, apiVersion));
  if (pod === undefined) throw new Error(JSON.stringify(errors));
  return pod.spec;
}

describe('init containers', () => {
  test('stand before the others, in order, with what they are', () => {
    const { containers } = specOf({ initContainers: [box('first'), box('log', { restartPolicy: 'Always' })] });
    expect(containers.map(({ name, role, restartPolicy }) => [name, role, restartPolicy])).toEqual([
      ['first', 'init', 'OnFailure'],
      ['log', 'sidecar', 'Always'],
      ['app', undefined, 'Always'],
    ]);
  });

  test.each([
    ['Always', 'OnFailure'],
    ['OnFailure', 'OnFailure'],
    ['Never', 'Never'],
  ])('of a pod with %s are as with %s', (restartPolicy, expected) => {
    expect(specOf({ restartPolicy, initContainers: [box('first')] }).containers[0]?.restartPolicy).toBe(expected);
  });

  test('have programs in podctl.dev/v1', () => {
    const processes = [{ name: 'load', command: ['true'] }];
    const init = { name: 'first', image: 'host', processes };
    const { containers } = specOf({ initContainers: [init] }, 'podctl.dev/v1');
    expect(containers[0]).toMatchObject({ role: 'init', isPlain: false, programs: [{ name: 'load' }] });
  });

  test('have no ports, sidecars do', () => {
    const ports = [{ containerPort: 80 }];
    const { containers } = specOf({
      initContainers: [box('first', { ports }), box('log', { ports, restartPolicy: 'Always' })],
    });
    expect(containers.map((container) => container.ports.length)).toEqual([0, 1, 0]);
  });

  test('are judged as containers are', () => {
    expect(
      problemsOf({
        initContainers: [
          box('app'),
          box('first', { env: [{ name: 'a=b', value: '' }], volumeMounts: [{ name: 'no', mountPath: '/x' }] }),
          { name: 'empty', image: 'host' },
        ],
      }),
    ).toEqual([
      expect.stringContaining('spec.initContainers[1].env[0].name: Invalid value'),
      expect.stringContaining('spec.initContainers[2].command: Required value'),
      'spec.initContainers[0].name: Duplicate value: "app"',
      'spec.initContainers[1].volumeMounts[0].name: Not found: "no"',
    ]);
  });

  test('warn of what is not acted on, at their own place', () => {
    const { warnings } = inspectPod(
      aPod({ initContainers: [box('first', { volumeDevices: [{ name: 'x', devicePath: '/d' }] })] }),
    );
    expect(warnings.map(({ field }) => field)).toEqual(['spec.initContainers[0].volumeDevices']);
  });

  test.each([
    ['an init container that has ended by then', 'containers', 'first', 'has ended before others could join it'],
    ['a container that starts later', 'initContainers', 'app', 'starts only after this one'],
  ] as const)('cannot be joined: %s', (_name, list, owner, expected) => {
    const joining = box(list === 'containers' ? 'app' : 'joiner', { namespaces: { pid: `container:${owner}` } });
    const initContainers = [box('first'), ...(list === 'initContainers' ? [joining] : [])];
    const containers = list === 'containers' ? [joining] : [box('app')];
    const [problem, ...others] = problemsOf({ initContainers, containers }, 'podctl.dev/v1');
    expect([problem, others]).toEqual([expect.stringContaining(expected), []]);
  });
});

describe('restartPolicyRules', () => {
  const rule = { action: 'Restart', exitCodes: { operator: 'In', values: [42] } };
  const withRules = (...rules: readonly unknown[]) => ({
    containers: [box('app', { restartPolicy: 'Never', restartPolicyRules: rules })],
  });

  test('become rules of the container', () => {
    expect(specOf(withRules(rule)).containers[0]?.restartRules).toEqual([
      { action: 'Restart', operator: 'In', values: [42] },
    ]);
  });

  test('need a restartPolicy of the container', () => {
    expect(problemsOf({ containers: [box('app', { restartPolicyRules: [rule] })] })).toEqual([
      'spec.containers[0].restartPolicy: Required value: must specify restartPolicy when restart rules are used',
    ]);
  });

  const at = 'spec.containers[0].restartPolicyRules[0]';
  test.each([
    [
      { ...rule, action: 'Stop' },
      `${at}.action: Unsupported value: "Stop": supported values: "Restart", "RestartAllContainers"`,
    ],
    [{ action: 'Restart' }, `${at}.exitCodes: Required value: must be specified`],
    [
      { ...rule, exitCodes: { operator: 'Equals', values: [1] } },
      `${at}.exitCodes.operator: Unsupported value: "Equals": supported values: "In", "NotIn"`,
    ],
    [{ ...rule, exitCodes: { operator: 'In', values: [1, 1] } }, `${at}.exitCodes.values[1]: Duplicate value: 1`],
  ])('refuses %j', (written, expected) => {
    expect(problemsOf(withRules(written))).toEqual([expected]);
  });
});

test('deadline and readiness gates are taken over, and judged', () => {
  const spec = specOf({ activeDeadlineSeconds: 5, readinessGates: [{ conditionType: 'example.com/lb' }] });
  expect(spec).toMatchObject({ activeDeadlineMs: 5_000, readinessGates: ['example.com/lb'] });
  expect(problemsOf({ readinessGates: [{ conditionType: 'no type' }] })).toEqual([
    expect.stringContaining('spec.readinessGates[0].conditionType: Invalid value: "no type"'),
  ]);
});

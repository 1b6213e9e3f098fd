/** Resources of a pod, and of what stands in it: what is above its parent. */
import { describe, expect, test } from 'vitest';
import { aContainer, aPod, errorsOf, ourPod, warningsOf, withProcesses } from './a-manifest.ts';

type Fields = Readonly<Record<string, unknown>>;
const at = 'spec.containers[0].resources';
const ours = (resources: Fields, spec: Fields = {}) => ourPod({ containers: [aContainer({ resources })], ...spec });
const kubernetes = (resources: Fields, spec: Fields = {}) => aPod({ containers: [aContainer({ resources })], ...spec });

describe('of a pod', () => {
  const refused: [string, Fields, ...string[]][] = [
    [
      'names that no pod has',
      { limits: { 'ephemeral-storage': 1, 'example.com/x': 1 } },
      'spec.resources.limits[ephemeral-storage]: Unsupported value: "ephemeral-storage": supported values: "cpu", "memory", "pids", "hugepages-<size>"',
      'spec.resources.limits[example.com/x]: Unsupported value: "example.com/x": supported values: "cpu", "memory", "pids", "hugepages-<size>"',
    ],
    ['claims', { claims: [] }, 'spec.resources.claims: Forbidden: claims cannot be set for Resources at pod-level'],
    [
      'a limit below a container’s',
      { limits: { cpu: '500m' } },
      `${at}.limits[cpu]: Invalid value: "1": must be less than or equal to pod limits of 500m`,
    ],
    [
      'a request below its containers’',
      { requests: { cpu: '500m', memory: '32Mi' } },
      'spec.resources.requests[cpu]: Invalid value: "500m": must be greater than or equal to aggregate container requests of 1',
      'spec.resources.requests[memory]: Invalid value: "32Mi": must be greater than or equal to aggregate container requests of 64Mi',
    ],
  ];
  test.each(refused)('Kubernetes refuses %s', (_, resources, ...expected) => {
    expect(errorsOf(kubernetes({ limits: { cpu: 1, memory: '64Mi' } }, { resources }))).toEqual(expected);
  });

  test('podctl.dev/v1 knows all controls, v1 only Kubernetes’', () => {
    const resources = { limits: { pids: 100, cpu: 2 }, cpu: { weight: 5 }, mem_limit: '1g' };
    expect(errorsOf(ourPod({ resources }))).toEqual([]);
    expect(warningsOf(aPod({ resources: { limits: { cpu: 1, memory: '1Gi' } } }))).toEqual([]);
    expect(errorsOf(aPod({ resources })).length).toBe(2);
  });
});

describe('a warning is given for', () => {
  test('a container above its pod', () => {
    const limits = { cpu: 2, pids: 50, 'hugepages-2Mi': '4Mi' };
    const resources = {
      ...{ limits: { cpu: 1, pids: 10, 'hugepages-2048Ki': '2Mi' }, requests: { cpu: '500m' } },
      ...{ mem_limit: '64m', cpu: { cpus: '0', mems: '0' }, memory: { min: '8Mi' } },
    };
    const container = { limits, mem_limit: '65m', cpuset: '0-1', cpu: { mems: '0,1' }, memory: { min: '9Mi' } };
    expect(warningsOf(ours(container, { resources }))).toEqual([
      `${at}.limits[cpu]: 2 is more than the pod’s limit of 1, which holds for it too`,
      `${at}.mem_limit: 65m is more than the pod’s limit of 64m, which holds for it too`,
      `${at}.limits[pids]: 50 is more than the pod’s limit of 10, which holds for it too`,
      `${at}.limits[hugepages-2Mi]: 4Mi is more than the pod’s limit of 2Mi, which holds for it too`,
      `${at}.cpuset: 0-1 is not within the pod’s CPUs 0`,
      `${at}.cpu.mems: 0,1 is not within the pod’s memory nodes 0`,
      'spec.resources.requests[cpu]: 500m is less than the 2 that its containers request together',
      'spec.resources.memory.min: 8Mi is less than the 9Mi of memory.min that its containers have together',
    ]);
  });

  test('a program above what is nearest around it', () => {
    const program = (resources: Fields, more: Fields = {}) => ({ name: 'web', command: ['x'], resources, ...more });
    const podLimits = { resources: { limits: { cpu: 1 } } };
    expect(
      warningsOf(withProcesses([program({ limits: { cpu: 2, pids: 3000 } })], { resources: {} }, podLimits)),
    ).toEqual([
      'spec.containers[0].processes[0].resources.limits[cpu]: 2 is more than the pod’s limit of 1, which holds for it too',
      'spec.containers[0].processes[0].resources.limits[pids]: 3000 is more than the container’s limit of 2048, which holds for it too',
    ]);
    const three = program({ memory: { min: '4Mi' } }, { instances: 3 });
    expect(warningsOf(withProcesses([three], { resources: { limits: { memory: '8Mi' } } }))).toEqual([
      `${at}.limits[memory]: 8Mi is less than the 12Mi of memory.min that its programs have together`,
    ]);
  });
});

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { normalisePod } from '../../../src/manifest/normalise.ts';
import { noFiles, noMaterials } from '../../../src/model/materials.ts';
import type { ObjectManifest, ServiceManifest } from '../../../src/model/object-manifest.ts';
import type { PodManifest } from '../../../src/model/pod-spec.ts';
import { judgeManifests } from '../../../src/reconcile/judge-manifests.ts';
import { type ExistingObjects, type Plans, planManifests } from '../../../src/reconcile/plan-manifests.ts';
import { rejectTakenPorts } from '../../../src/reconcile/reject-taken-ports.ts';
import { PodError } from '../../../src/util/pod-error.ts';
import { aHost, aManifest } from './builders.ts';

type Port = Record<string, unknown>;

const aPod = (name: string, port: Port, spec: Record<string, unknown> = {}): PodManifest => {
  const containers = [{ name: 'app', image: 'host', command: ['sleep', '1'], ports: [{ containerPort: 80, ...port }] }];
  return { ...aManifest({ containers, ...spec }), metadata: { name } };
};
const aNodePort = (nodePort?: number): ServiceManifest => ({
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'front', namespace: 'default' } },
  spec: {
    type: 'NodePort',
    selector: { app: 'x' },
    ports: [{ port: 80, ...(nodePort === undefined ? {} : { nodePort }) }],
  },
});

function existing(pods: readonly PodManifest[], services: readonly ServiceManifest[] = []): ExistingObjects {
  return {
    pod: () => undefined,
    pods: () => [],
    everyPod: () => pods.map((pod) => ({ uid: `uid-${pod.metadata.name}`, spec: normalisePod(pod, noMaterials) })),
    data: () => undefined,
    live: () => undefined,
    isEnding: () => false,
    isThere: () => true,
    services: () => services,
  };
}

const plan = (manifests: readonly ObjectManifest[], objects: ExistingObjects = existing([])): Plans =>
  planManifests({ ...judgeManifests(manifests), removed: [] }, objects, {
    host: aHost,
    files: noFiles,
    cascade: false,
    services: { ranges: { pods4: '10.99.0.0/17', services4: '10.99.128.0/17' }, dnsAddress: '10.99.128.10' },
  });

function refusal(act: () => unknown): string {
  try {
    act();
    return 'accepted';
  } catch (error) {
    if (error instanceof PodError && error.code === 'Invalid') return error.message;
    throw error;
  }
}

const field = 'spec.containers[0].ports[0]';
const hint = '(choose another port, or another hostIP)';

describe('a hostPort', () => {
  const holder = aPod('one', { hostPort: 8080 });

  test('that another pod has is refused, with its name', () => {
    expect(refusal(() => plan([aPod('two', { hostPort: 8080 })], existing([holder])))).toBe(
      `Pod "two" is invalid: ${field}.hostPort: Invalid value: 8080: TCP port 8080 of this machine belongs to pod default/one ${hint}`,
    );
  });

  test('that two pods of one request want is refused to the later one', () => {
    expect(refusal(() => plan([holder, aPod('two', { hostPort: 8080 })]))).toMatch(/^Pod "two" is invalid/);
  });

  test('that a Service has as its nodePort is refused, and the other way round', () => {
    const pod = aPod('two', { hostPort: 30080 });
    expect(refusal(() => plan([pod], existing([], [aNodePort(30080)])))).toContain('belongs to service default/front');
    expect(refusal(() => plan([aNodePort(30080)], existing([pod])))).toContain('is in use by pod default/two');
    expect(refusal(() => plan([aNodePort(30080), pod]))).toContain('is in use by pod default/two');
  });

  test('of a pod with hostNetwork is what its container listens on', () => {
    const pod = aPod('two', { containerPort: 8080 }, { hostNetwork: true });
    expect(refusal(() => plan([pod], existing([holder])))).toContain(`${field}.containerPort`);
  });

  test.each<[string, PodManifest[]]>([
    ['its own pod', [holder]],
    ['another protocol', [aPod('two', { hostPort: 8080, protocol: 'UDP' })]],
    ['another port', [aPod('two', { hostPort: 8081 })]],
    ['the pod after its holder gave it away', [aPod('one', { hostPort: 8082 }), aPod('two', { hostPort: 8080 })]],
  ])('is accepted of %s', (_, manifests) => {
    expect(refusal(() => plan(manifests, existing([holder])))).toBe('accepted');
  });
});

describe('a port that somebody listens on', () => {
  const check = (manifests: readonly ObjectManifest[], objects = existing([]), podnetPid?: number) =>
    refusal(() => rejectTakenPorts(plan(manifests, objects), objects, { dnsAddress: '10.99.128.10', podnetPid }));

  async function withListener(act: (port: number) => void): Promise<void> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      act((server.address() as AddressInfo).port);
    } finally {
      server.close();
    }
  }

  test('is refused, with the process that does', () =>
    withListener((hostPort) => {
      expect(check([aPod('two', { hostPort })])).toMatch(/^Pod "two" is invalid: .* of this machine is in use: /);
      expect(check([aPod('two', { hostPort })])).toContain(`(pid ${process.pid}) listens on 127.0.0.1:${hostPort}`);
    }));

  test('is accepted where it listens elsewhere, speaks otherwise, or had the port already', () =>
    withListener((hostPort) => {
      const pod = aPod('two', { hostPort });
      expect(check([aPod('two', { hostPort, hostIP: '192.0.2.1' })])).toBe('accepted');
      expect(check([aPod('two', { hostPort, protocol: 'UDP' })])).toBe('accepted');
      expect(check([pod], existing([pod]))).toBe('accepted');
      expect(check([pod], existing([]), process.pid)).toBe('accepted');
    }));
});

import { describe, expect, test } from 'vitest';
import { describeEnvironment } from '../../../src/cli/describe-environment.ts';
import { describeProbes } from '../../../src/cli/describe-probes.ts';
import { describeMounts, describeVolumes } from '../../../src/cli/describe-volumes.ts';

describe('a probe is told with Kubernetes’ numbers', () => {
  test.each([
    [
      { livenessProbe: { exec: { command: ['cat', '/up'] }, periodSeconds: 3 } },
      'Liveness:\texec [cat /up] delay=0s timeout=1s period=3s #success=1 #failure=3',
    ],
    [
      { readinessProbe: { httpGet: { port: 'web', path: '/z', scheme: 'HTTPS' } } },
      'Readiness:\thttp-get https://:web/z delay=0s timeout=1s period=10s #success=1 #failure=3',
    ],
    [
      { startupProbe: { tcpSocket: { port: 80 }, failureThreshold: 30 } },
      'Startup:\ttcp-socket :80 delay=0s timeout=1s period=10s #success=1 #failure=30',
    ],
    [
      { livenessProbe: { grpc: { port: 9000, service: 'db' } } },
      'Liveness:\tgrpc <pod>:9000 db delay=0s timeout=1s period=10s #success=1 #failure=3',
    ],
  ])('%j', (container, line) => {
    expect(describeProbes(container)).toEqual([line]);
  });
  test('and none where there is none', () => {
    expect(describeProbes({})).toEqual([]);
  });
});

test('mounts are told with their part of the volume', () => {
  const volumeMounts = [
    { name: 'data', mountPath: '/data' },
    { name: 'site', mountPath: '/etc/a', readOnly: true, subPath: 'a.conf' },
  ];
  expect(describeMounts({ volumeMounts })).toEqual([
    'Mounts:',
    '  /data from data (rw)',
    '  /etc/a from site (ro,path="a.conf")',
  ]);
  expect(describeMounts({})).toEqual(['Mounts:\t<none>']);
});

test('volumes are told with their kind and what they refer to, never with what they hold', () => {
  const volumes = [
    { name: 'tmp', emptyDir: { medium: 'Memory' } },
    { name: 'site', configMap: { name: 'site', optional: true } },
    { name: 'key', secret: { secretName: 'key' } },
    { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
    { name: 'me', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
    { name: 'all', projected: { sources: [{ secret: { name: 'key' } }, { downwardAPI: { items: [{}, {}] } }] } },
    { name: 'nfs', nfs: { server: 'a', path: '/' } },
  ];
  expect(describeVolumes({ volumes })).toEqual([
    'Volumes:',
    '  tmp:',
    "    Type:\tEmptyDir (a temporary directory that shares a pod's lifetime)",
    '    Medium:\tMemory',
    '    SizeLimit:\t<unset>',
    '  site:',
    '    Type:\tConfigMap (a volume populated by a ConfigMap)',
    '    Name:\tsite',
    '    Optional:\ttrue',
    '  key:',
    '    Type:\tSecret (a volume populated by a Secret)',
    '    SecretName:\tkey',
    '    Optional:\tfalse',
    '  data:',
    '    Type:\tPersistentVolumeClaim (a directory kept for the claim of that name)',
    '    ClaimName:\tdata',
    '    ReadOnly:\tfalse',
    '  me:',
    '    Type:\tDownwardAPI (a volume populated by information about the pod)',
    '    metadata.labels -> labels',
    '  all:',
    '    Type:\tProjected (a volume that contains injected data from multiple sources)',
    '    secret:\tkey',
    '    downwardAPI:\t2 files',
    '  nfs:',
    '    Type:\tnfs',
  ]);
  expect(describeVolumes({})).toEqual(['Volumes:\t<none>']);
});

test('variables of the downward API are told by their field', () => {
  const env = [
    { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    { name: 'MEM', valueFrom: { resourceFieldRef: { resource: 'limits.memory' } } },
  ];
  expect(describeEnvironment({ env })).toEqual([
    'Environment:',
    '  IP:\t (v1:status.podIP)',
    '  MEM:\t (limits.memory)',
  ]);
});

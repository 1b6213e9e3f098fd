import { describe } from 'vitest';
import { aContainer, aPod, withContainer } from '../a-manifest.ts';
import { duplicate, forbidden, invalid, notFound, required, testCases, unsupported } from './api-case.ts';

type Fields = Readonly<Record<string, unknown>>;

const app = 'spec.containers[0]';
const init = 'spec.initContainers[0]';
const withInit = (fields: Fields, spec: Fields = {}) =>
  aPod({ initContainers: [aContainer({ name: 'first', ...fields })], ...spec });

describe('a container', () => {
  testCases([
    ['without a name', aPod({ containers: [{ image: 'nginx' }] }), required(`${app}.name`)],
    ['with an empty name', withContainer({ name: '' }), required(`${app}.name`)],
    ['with a dot in its name', withContainer({ name: 'a.b' }), invalid(`${app}.name`)],
    ['with an image of blanks around', withContainer({ image: 'nginx ' }), invalid(`${app}.image`)],
    ['without an image', aPod({ containers: [{ name: 'app' }] }), required(`${app}.image`)],
    [
      'with a pull policy nobody knows',
      withContainer({ imagePullPolicy: 'Often' }),
      unsupported(`${app}.imagePullPolicy`),
    ],
    [
      'with a termination message policy nobody knows',
      withContainer({ terminationMessagePolicy: 'Unknown' }),
      unsupported(`${app}.terminationMessagePolicy`),
    ],
    ['none at all', aPod({ containers: [] }), required('spec.containers')],
    ['absent', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: {} }, required('spec.containers')],
    ['twice of a name', aPod({ containers: [aContainer(), aContainer()] }), duplicate('spec.containers[1].name')],
    ['of the name of an init container', withInit({ name: 'app' }), duplicate(`${init}.name`)],
    [
      'twice of a name among init containers',
      aPod({ initContainers: [aContainer({ name: 'a' }), aContainer({ name: 'a' })] }),
      duplicate('spec.initContainers[1].name'),
    ],
  ]);
});

describe('ports', () => {
  const withPorts = (...ports: readonly Fields[]) => withContainer({ ports });
  testCases([
    ['with everything', withPorts({ name: 'p', containerPort: 80, hostPort: 80, hostIP: '1.2.3.4', protocol: 'SCTP' })],
    ['of a name of fifteen characters', withPorts({ name: 'a'.repeat(15), containerPort: 1 })],
    ['of a name of sixteen', withPorts({ name: 'a'.repeat(16), containerPort: 1 }), invalid(`${app}.ports[0].name`)],
    ['of a name in capitals', withPorts({ name: 'HTTP', containerPort: 1 }), invalid(`${app}.ports[0].name`)],
    ['of a name of digits', withPorts({ name: '80', containerPort: 1 }), invalid(`${app}.ports[0].name`)],
    ['of a name with two hyphens', withPorts({ name: 'a--b', containerPort: 1 }), invalid(`${app}.ports[0].name`)],
    ['without a number', withPorts({ name: 'p' }), required(`${app}.ports[0].containerPort`)],
    ['of number zero', withPorts({ containerPort: 0 }), required(`${app}.ports[0].containerPort`)],
    ['of a number too high', withPorts({ containerPort: 65536 }), invalid(`${app}.ports[0].containerPort`)],
    ['of a hostPort too high', withPorts({ containerPort: 1, hostPort: 65536 }), invalid(`${app}.ports[0].hostPort`)],
    ['of a negative hostPort', withPorts({ containerPort: 1, hostPort: -1 }), invalid(`${app}.ports[0].hostPort`)],
    [
      'of a protocol nobody knows',
      withPorts({ containerPort: 1, protocol: 'ICMP' }),
      unsupported(`${app}.ports[0].protocol`),
    ],
    [
      'of one hostPort twice',
      withPorts({ containerPort: 1, hostPort: 9 }, { containerPort: 2, hostPort: 9 }),
      duplicate(`${app}.ports[1].hostPort`),
    ],
    [
      'of one hostPort for two protocols',
      withPorts({ containerPort: 1, hostPort: 9 }, { containerPort: 1, hostPort: 9, protocol: 'UDP' }),
    ],
    [
      'of one hostPort on two addresses',
      withPorts(
        { containerPort: 1, hostPort: 9, hostIP: '127.0.0.1' },
        { containerPort: 1, hostPort: 9, hostIP: '127.0.0.2' },
      ),
    ],
    [
      'of one hostPort in two containers',
      aPod({
        containers: [
          aContainer({ ports: [{ containerPort: 1, hostPort: 9 }] }),
          aContainer({ name: 'b', ports: [{ containerPort: 1, hostPort: 9 }] }),
        ],
      }),
      duplicate('spec.containers[1].ports[0].hostPort'),
    ],
    [
      'of one hostPort twice in an init container',
      withInit({
        ports: [
          { containerPort: 1, hostPort: 9 },
          { containerPort: 2, hostPort: 9 },
        ],
      }),
      duplicate(`${init}.ports[1].hostPort`),
    ],
    [
      'of one hostPort in an init container and another that ends',
      aPod({
        initContainers: [
          aContainer({ name: 'a', ports: [{ containerPort: 1, hostPort: 9 }] }),
          aContainer({ name: 'b', ports: [{ containerPort: 1, hostPort: 9 }] }),
        ],
      }),
    ],
    [
      'of hostNetwork and another hostPort',
      withContainer({ ports: [{ containerPort: 1, hostPort: 2 }] }, { hostNetwork: true }),
      invalid(`${app}.ports[0].hostPort`),
    ],
    [
      'of hostNetwork and the same hostPort',
      withContainer({ ports: [{ containerPort: 2, hostPort: 2 }] }, { hostNetwork: true }),
    ],
    [
      'of hostNetwork twice',
      withContainer({ ports: [{ containerPort: 2 }, { containerPort: 2 }] }, { hostNetwork: true }),
      duplicate(`${app}.ports[1].hostPort`),
    ],
  ]);
});

describe('an init container', () => {
  const probe = { exec: { command: ['x'] } };
  testCases([
    ['with a policy nobody knows', withInit({ restartPolicy: 'Sometimes' }), unsupported(`${init}.restartPolicy`)],
    [
      'that runs on may have probes and hooks',
      withInit({ restartPolicy: 'Always', livenessProbe: probe, lifecycle: { preStop: probe } }),
    ],
    ['with a startup probe', withInit({ startupProbe: probe }), forbidden(`${init}.startupProbe`)],
    ['with a readiness probe', withInit({ readinessProbe: probe }), forbidden(`${init}.readinessProbe`)],
    ['with a liveness probe', withInit({ livenessProbe: probe }), forbidden(`${init}.livenessProbe`)],
    ['with hooks', withInit({ lifecycle: { postStart: probe } }), forbidden(`${init}.lifecycle`)],
  ]);
});

describe('volumeDevices', () => {
  const volumes = [
    { name: 'claim', persistentVolumeClaim: { claimName: 'c' } },
    { name: 'other', persistentVolumeClaim: { claimName: 'd' } },
    { name: 'dir', emptyDir: {} },
  ];
  const withDevices = (volumeDevices: readonly Fields[], fields: Fields = {}) =>
    withContainer({ volumeDevices, ...fields }, { volumes });
  const at = `${app}.volumeDevices`;
  testCases([
    [
      'of claims',
      withDevices([
        { name: 'claim', devicePath: '/a' },
        { name: 'other', devicePath: 'b' },
      ]),
    ],
    ['without a path', withDevices([{ name: 'claim' }]), required(`${at}[0].devicePath`)],
    ['without a name', withDevices([{ devicePath: '/a' }]), required(`${at}[0].name`), notFound(`${at}[0].name`)],
    ['of no volume', withDevices([{ name: 'x', devicePath: '/a' }]), notFound(`${at}[0].name`)],
    ['of a directory', withDevices([{ name: 'dir', devicePath: '/a' }]), invalid(`${at}[0].name`)],
    [
      'twice of a name',
      withDevices([
        { name: 'claim', devicePath: '/a' },
        { name: 'claim', devicePath: '/b' },
      ]),
      invalid(`${at}[1].name`),
    ],
    [
      'twice at a path',
      withDevices([
        { name: 'claim', devicePath: '/a' },
        { name: 'other', devicePath: '/a' },
      ]),
      invalid(`${at}[1].devicePath`),
    ],
    [
      'at a path that leads back',
      withDevices([{ name: 'claim', devicePath: '/a/../b' }]),
      invalid(`${at}[0].devicePath`),
    ],
    [
      'that are mounted too',
      withDevices([{ name: 'claim', devicePath: '/a' }], { volumeMounts: [{ name: 'claim', mountPath: '/b' }] }),
      invalid(`${at}[0].name`),
      invalid(`${app}.volumeMounts[0].name`),
    ],
    [
      'where something is mounted',
      withDevices([{ name: 'claim', devicePath: '/a' }], { volumeMounts: [{ name: 'dir', mountPath: '/a' }] }),
      invalid(`${at}[0].devicePath`),
      invalid(`${app}.volumeMounts[0].mountPath`),
    ],
  ]);
});

describe('volumeMounts', () => {
  const volumes = [{ name: 'a', emptyDir: {} }];
  const withMounts = (...volumeMounts: readonly Fields[]) => withContainer({ volumeMounts }, { volumes });
  const at = `${app}.volumeMounts`;
  testCases([
    ['of one volume at two paths', withMounts({ name: 'a', mountPath: '/a' }, { name: 'a', mountPath: '/b' })],
    ['at a path written in two ways', withMounts({ name: 'a', mountPath: '/a' }, { name: 'a', mountPath: '/a/' })],
    [
      'at one path twice',
      withMounts({ name: 'a', mountPath: '/a' }, { name: 'a', mountPath: '/a' }),
      invalid(`${at}[1].mountPath`),
    ],
    ['without a path', withMounts({ name: 'a' }), required(`${at}[0].mountPath`)],
    ['of no volume', withMounts({ name: 'b', mountPath: '/a' }), notFound(`${at}[0].name`)],
    [
      'with a subPath that leads out',
      withMounts({ name: 'a', mountPath: '/a', subPath: '../x' }),
      invalid(`${at}[0].subPath`),
    ],
    [
      'with an absolute subPath',
      withMounts({ name: 'a', mountPath: '/a', subPath: '/x' }),
      invalid(`${at}[0].subPath`),
    ],
    ['with dots in a subPath', withMounts({ name: 'a', mountPath: '/a', subPath: '..x/y..' })],
    [
      'with subPath and subPathExpr',
      withMounts({ name: 'a', mountPath: '/a', subPath: 'x', subPathExpr: '$(X)' }),
      invalid(`${at}[0].subPathExpr`),
    ],
    [
      'with a propagation nobody knows',
      withMounts({ name: 'a', mountPath: '/a', mountPropagation: 'Up' }),
      unsupported(`${at}[0].mountPropagation`),
    ],
    [
      'with a propagation for privileged containers',
      withMounts({ name: 'a', mountPath: '/a', mountPropagation: 'Bidirectional' }),
      forbidden(`${at}[0].mountPropagation`),
    ],
    [
      'read-only below that are not read-only',
      withMounts({ name: 'a', mountPath: '/a', recursiveReadOnly: 'Enabled' }),
      forbidden(`${at}[0].recursiveReadOnly`),
    ],
    [
      'read-only below in a way nobody knows',
      withMounts({ name: 'a', mountPath: '/a', readOnly: true, recursiveReadOnly: 'Yes' }),
      unsupported(`${at}[0].recursiveReadOnly`),
    ],
  ]);
});

describe('resizePolicy', () => {
  const withPolicy = (resizePolicy: readonly Fields[], spec: Fields = {}) => withContainer({ resizePolicy }, spec);
  const at = `${app}.resizePolicy`;
  const cpu = { resourceName: 'cpu', restartPolicy: 'NotRequired' };
  const memory = { resourceName: 'memory', restartPolicy: 'RestartContainer' };
  testCases([
    ['of cpu and memory', withPolicy([cpu, memory])],
    ['twice of cpu', withPolicy([cpu, cpu]), duplicate(`${at}[1]`)],
    ['without a resource', withPolicy([{ restartPolicy: 'NotRequired' }]), required(at)],
    ['of a resource that cannot be resized', withPolicy([{ ...cpu, resourceName: 'storage' }]), unsupported(at)],
    ['without a policy', withPolicy([{ resourceName: 'cpu' }]), required(at)],
    ['of a policy nobody knows', withPolicy([{ ...cpu, restartPolicy: 'Maybe' }]), unsupported(at)],
    ['that restarts in a pod that restarts nothing', withPolicy([memory], { restartPolicy: 'Never' }), invalid(at)],
  ]);
});

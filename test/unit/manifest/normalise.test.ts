import { describe, expect, test } from 'vitest';
import { normalisePod } from '../../../src/manifest/normalise.ts';
import { gatedWords } from '../../../src/manifest/scheduling-gates.ts';
import { capabilityNames } from '../../../src/model/capability-names.ts';
import { plainProgramDefaults } from '../../../src/model/program-defaults.ts';
import { aContainer, aPod, ourPod } from './a-manifest.ts';

const container = (fields: Record<string, unknown> = {}, spec: Record<string, unknown> = {}) => {
  const [first] = normalisePod(ourPod({ ...spec, containers: [aContainer(fields)] })).containers;
  if (first === undefined) throw new Error('bug: no container');
  return first;
};
const program = (fields: Record<string, unknown> = {}, spec: Record<string, unknown> = {}) =>
  container(fields, spec).programs[0];

const podmanEleven = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'SETGID',
  'SETUID',
  'SETPCAP',
  'NET_BIND_SERVICE',
  'SYS_CHROOT',
  'SETFCAP',
];

test('fills in every default', () => {
  expect(normalisePod(aPod())).toEqual({
    name: 'web',
    namespace: 'default',
    labels: {},
    annotations: {},
    hostname: 'web',
    restartPolicy: 'Always',
    backoff: { initialMs: 10_000, maxMs: 300_000, factor: 2, resetAfterMs: 600_000 },
    graceMs: 30_000,
    containers: [
      {
        name: 'app',
        root: { kind: 'host' },
        restartPolicy: 'Always',
        namespaces: {
          net: 'pod',
          ipc: 'pod',
          uts: 'pod',
          pid: 'private',
          mnt: 'private',
          cgroup: 'private',
          time: 'private',
        },
        resources: { pidsLimit: 2048 },
        security: {
          capabilities: podmanEleven,
          noNewPrivileges: false,
          readOnlyRootFilesystem: false,
          privileged: false,
        },
        ports: [],
        mounts: [],
        isPlain: true,
        programs: [
          {
            ...plainProgramDefaults,
            name: 'main',
            argv: ['sleep', '1'],
            env: {
              PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
              HOME: '/root',
              HOSTNAME: 'web',
            },
            workingDir: '/',
            uid: 0,
            gid: 0,
            supplementaryGroups: [],
            essential: true,
          },
        ],
      },
    ],
  });
});

describe('namespaces', () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>, Record<string, string>]>([
    [
      'hostNetwork takes the machine’s net and uts',
      { hostNetwork: true },
      {},
      { net: 'host', uts: 'host', ipc: 'pod' },
    ],
    ['hostPID', { hostPID: true }, {}, { pid: 'host', net: 'pod' }],
    ['hostIPC', { hostIPC: true }, {}, { ipc: 'host' }],
    ['shareProcessNamespace', { shareProcessNamespace: true }, {}, { pid: 'pod' }],
    [
      'the container’s own wish wins',
      { hostNetwork: true, hostPID: true },
      { net: 'private', pid: 'container:x' },
      { net: 'private', pid: 'container:x', uts: 'host' },
    ],
  ])('%s', (_, spec, namespaces, modes) => {
    expect(container({ namespaces }, spec).namespaces).toMatchObject(modes);
  });

  test('clock offsets make the time namespace private', () => {
    const { namespaces, timeOffsets } = container({ namespaces: { time: { boottime: '-1h', monotonic: '10s' } } });
    expect(namespaces.time).toBe('private');
    expect(timeOffsets).toEqual({ boottimeMs: -3_600_000, monotonicMs: 10_000 });
    expect(container({ namespaces: { time: 'host' } }).timeOffsets).toBeUndefined();
  });
});

describe('resources', () => {
  test.each<[string, Record<string, unknown>, Record<string, number>]>([
    [
      'limits are also requests',
      { limits: { cpu: '200m', memory: '64Mi' } },
      { cpuLimitMillis: 200, cpuRequestMillis: 200, memoryLimitBytes: 67_108_864, memoryRequestBytes: 67_108_864 },
    ],
    [
      'requests stand for themselves',
      { requests: { cpu: 0.5, memory: 1e9 } },
      { cpuRequestMillis: 500, memoryRequestBytes: 1e9 },
    ],
    ['a limit of 0 is none', { limits: { cpu: 0, memory: 0 }, requests: { cpu: 0 } }, {}],
    ['a millicore’s fraction rounds up', { limits: { cpu: '0.1m' } }, { cpuLimitMillis: 1, cpuRequestMillis: 1 }],
  ])('%s', (_, resources, expected) => {
    expect(container({ resources }).resources).toEqual({ ...expected, pidsLimit: 2048 });
  });
});

describe('capabilities', () => {
  test.each<[string, Record<string, unknown>, readonly string[]]>([
    [
      'add and drop',
      { capabilities: { add: ['CAP_NET_ADMIN'], drop: ['kill'] } },
      [...podmanEleven.filter((name) => name !== 'KILL').slice(0, 8), 'NET_ADMIN', 'SYS_CHROOT', 'SETFCAP'],
    ],
    [
      'drop ALL keeps what is added',
      { capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] } },
      ['NET_BIND_SERVICE'],
    ],
    [
      'add ALL loses what is dropped',
      { capabilities: { add: ['ALL'], drop: ['SYS_ADMIN'] } },
      capabilityNames.filter((name) => name !== 'SYS_ADMIN'),
    ],
    ['privileged has all 41', { privileged: true, capabilities: { drop: ['ALL'] } }, capabilityNames],
  ])('%s', (_, securityContext, expected) => {
    expect(new Set(container({ securityContext }).security.capabilities)).toEqual(new Set(expected));
  });

  test('are 41', () => {
    expect(capabilityNames).toHaveLength(41);
    expect(capabilityNames.indexOf('SYS_ADMIN')).toBe(21);
  });
});

test('allowPrivilegeEscalation: false is no_new_privs', () => {
  expect(container({ securityContext: { allowPrivilegeEscalation: false } }).security.noNewPrivileges).toBe(true);
});

test('a container’s user wins over the pod’s', () => {
  const spec = { securityContext: { runAsUser: 1000, runAsGroup: 1000, supplementalGroups: [5, 6, 5] } };
  expect(program({ securityContext: { runAsUser: 0 } }, spec)).toMatchObject({
    uid: 0,
    gid: 1000,
    supplementaryGroups: [5, 6],
  });
  expect(program({}, spec)?.env.HOME).toBe('/');
});

test('the user’s own environment wins over the defaults', () => {
  expect(
    program({
      env: [
        { name: 'PATH', value: '/bin' },
        { name: 'HOME', value: '' },
      ],
    })?.env,
  ).toEqual({ PATH: '/bin', HOME: '', HOSTNAME: 'web' });
});

test('$(VAR) expands in command, args and later variables; $$ escapes', () => {
  const env = [
    { name: 'A', value: 'a' },
    { name: 'B', value: '$(A)$(C)$$(A)' },
    { name: 'C', value: 'c' },
  ];
  const main = program({ command: ['$(A)'], args: ['$(B)', '$(NOPE)', '$$(A)', '$', '$(A', 'x$y', '$(C)$(C)'], env });
  expect(main?.env.B).toBe('a$(C)$(A)');
  expect(main?.argv).toEqual(['a', 'a$(C)$(A)', '$(NOPE)', '$(A)', '$', '$(A', 'x$y', 'cc']);
});

test('the machine’s hostname is not put into the environment', () => {
  expect(program({}, { hostNetwork: true })?.env).not.toHaveProperty('HOSTNAME');
});

test('hostNetwork opens every container port on the machine', () => {
  const ports = [{ containerPort: 80, name: 'http' }];
  expect(container({ ports }, { hostNetwork: true }).ports).toEqual([
    { name: 'http', containerPort: 80, hostPort: 80, protocol: 'TCP' },
  ]);
  expect(container({ ports }).ports).toEqual([{ name: 'http', containerPort: 80, protocol: 'TCP' }]);
});

test('a long pod name is cut to a hostname', () => {
  const name = `${'a'.repeat(62)}-b`;
  expect(normalisePod(aPod({}, { name })).hostname).toBe('a'.repeat(62));
  expect(normalisePod(aPod({ hostname: 'h' })).hostname).toBe('h');
});

test('a container’s restartPolicy wins over the pod’s', () => {
  expect(container({ restartPolicy: 'Never' }, { restartPolicy: 'OnFailure' }).restartPolicy).toBe('Never');
  expect(container({}, { restartPolicy: 'OnFailure' }).restartPolicy).toBe('OnFailure');
});

test('every container of a pod behind gates lacks their removal', () => {
  const schedulingGates = [{ name: 'example.com/a' }];
  expect(container({}, { schedulingGates }).missing).toEqual([gatedWords]);
  expect(container({}, { schedulingGates: [] }).missing).toBeUndefined();
});

test('back-off numbers are settable', () => {
  const backoff = { initial: '100ms', max: '1s', factor: 1.5, resetAfter: '1h' };
  expect(normalisePod(ourPod({ backoff })).backoff).toEqual({
    initialMs: 100,
    maxMs: 1000,
    factor: 1.5,
    resetAfterMs: 3_600_000,
  });
});

test('roots are the machine’s view, a directory or an image', () => {
  expect(container().root).toEqual({ kind: 'host' });
  expect(container({ image: undefined, rootfs: { path: '/x' } }).root).toEqual({ kind: 'rootfs', path: '/x' });
  expect(container({ image: 'nginx:1.14' }).root).toEqual({ kind: 'image', reference: 'nginx:1.14' });
});

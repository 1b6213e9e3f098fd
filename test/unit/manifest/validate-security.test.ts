import { describe, expect, test } from 'vitest';
import { normalisePod } from '../../../src/manifest/normalise.ts';
import type { ContainerSpec } from '../../../src/model/pod-spec.ts';
import { aPod, errorsOf, warningsOf, withContainer } from './a-manifest.ts';

type Fields = Readonly<Record<string, unknown>>;
const own = (securityContext: Fields, spec: Fields = {}) => withContainer({ securityContext }, spec);
const ofPod = (securityContext: Fields, spec: Fields = {}) => aPod({ securityContext, ...spec });
const ofSysctls = (names: readonly string[], spec: Fields = {}) =>
  ofPod({ sysctls: names.map((name) => ({ name, value: '1' })) }, spec);
const annotated = (value: string, container = 'app', security?: Fields) =>
  aPod(security === undefined ? {} : { securityContext: security }, {
    annotations: { [`container.apparmor.security.beta.kubernetes.io/${container}`]: value },
  });

const pod = 'spec.securityContext';
const app = 'spec.containers[0].securityContext';
const seccompTypes = 'supported values: "Localhost", "RuntimeDefault", "Unconfined"';
const sysctlRule =
  'must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$';

describe('a security context is refused', () => {
  test.each<[string, unknown, string]>([
    [
      'seccomp without a type',
      own({ seccompProfile: {} }),
      `${app}.seccompProfile.type: Required value: type is required when seccompProfile is set`,
    ],
    [
      'an unknown seccomp type',
      own({ seccompProfile: { type: 'runtime/default' } }),
      `${app}.seccompProfile.type: Unsupported value: "runtime/default": ${seccompTypes}`,
    ],
    [
      'Localhost without a profile',
      ofPod({ seccompProfile: { type: 'Localhost' } }),
      `${pod}.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost`,
    ],
    [
      'a profile without Localhost',
      ofPod({ seccompProfile: { type: 'Unconfined', localhostProfile: 'x' } }),
      `${pod}.seccompProfile.localhostProfile: Invalid value: "x": can only be set when seccomp type is Localhost`,
    ],
    [
      'an absolute profile',
      own({ seccompProfile: { type: 'Localhost', localhostProfile: '/etc/x' } }),
      `${app}.seccompProfile.localhostProfile: Invalid value: "/etc/x": must be a relative path`,
    ],
    [
      'a profile that climbs',
      own({ seccompProfile: { type: 'Localhost', localhostProfile: 'a/../../x' } }),
      `${app}.seccompProfile.localhostProfile: Invalid value: "a/../../x": must not contain '..'`,
    ],
    [
      'AppArmor without a type',
      own({ appArmorProfile: {} }),
      `${app}.appArmorProfile.type: Required value: type is required when appArmorProfile is set`,
    ],
    [
      'an unknown AppArmor type',
      own({ appArmorProfile: { type: 'Foo' } }),
      `${app}.appArmorProfile.type: Unsupported value: "Foo": ${seccompTypes}`,
    ],
    [
      'AppArmor Localhost without a name',
      own({ appArmorProfile: { type: 'Localhost' } }),
      `${app}.appArmorProfile.localhostProfile: Required value: must be set when AppArmor type is Localhost`,
    ],
    [
      'a padded AppArmor name',
      own({ appArmorProfile: { type: 'Localhost', localhostProfile: ' x' } }),
      `${app}.appArmorProfile.localhostProfile: Invalid value: " x": must not be padded with whitespace`,
    ],
    [
      'an AppArmor name without Localhost',
      own({ appArmorProfile: { type: 'RuntimeDefault', localhostProfile: 'x' } }),
      `${app}.appArmorProfile.localhostProfile: Invalid value: "x": can only be set when AppArmor type is Localhost`,
    ],
    [
      'AppArmor of no container',
      annotated('unconfined', 'none'),
      'metadata.annotations[container.apparmor.security.beta.kubernetes.io/none]: Invalid value: "none": container not found',
    ],
    [
      'an AppArmor annotation nobody knows',
      annotated('foo'),
      'metadata.annotations[container.apparmor.security.beta.kubernetes.io/app]: Invalid value: "foo": invalid AppArmor profile name: "foo"',
    ],
    [
      'AppArmor said twice',
      annotated('unconfined', 'app', { appArmorProfile: { type: 'RuntimeDefault' } }),
      `${app}.appArmorProfile.type: Forbidden: apparmor type in annotation and field must match`,
    ],
    [
      'AppArmor named twice',
      annotated('localhost/a', 'app', { appArmorProfile: { type: 'Localhost', localhostProfile: 'b' } }),
      `${app}.appArmorProfile.localhostProfile: Forbidden: apparmor profile in annotation and field must match`,
    ],
    [
      'a procMount nobody knows',
      own({ procMount: 'Open' }),
      `${app}.procMount: Unsupported value: "Open": supported values: "Default", "Unmasked"`,
    ],
    [
      'procMount Unmasked with the machine’s users',
      own({ procMount: 'Unmasked' }),
      `${app}.procMount: Invalid value: "Unmasked": \`hostUsers\` must be false to use \`Unmasked\``,
    ],
    [
      'CAP_SYS_ADMIN without escalation',
      own({ allowPrivilegeEscalation: false, capabilities: { add: ['CAP_SYS_ADMIN'] } }),
      `${app}: Invalid value: {"allowPrivilegeEscalation":false,"capabilities":{"add":["CAP_SYS_ADMIN"]}}: cannot set \`allowPrivilegeEscalation\` to false and \`capabilities.Add\` CAP_SYS_ADMIN`,
    ],
    [
      'a policy of groups nobody knows',
      ofPod({ supplementalGroupsPolicy: 'All' }),
      `${pod}.supplementalGroupsPolicy: Unsupported value: "All": supported values: "Merge", "Strict"`,
    ],
    [
      'a policy of SELinux nobody knows',
      ofPod({ seLinuxChangePolicy: 'All' }),
      `${pod}.seLinuxChangePolicy: Unsupported value: "All": supported values: "MountOption", "Recursive"`,
    ],
    ['a group that is no number', ofPod({ supplementalGroups: ['1000'] }), `${pod}.supplementalGroups[0]: `],
    ['a user in hexadecimal', own({ runAsUser: '0x10' }), `${app}.runAsUser: `],
    [
      'a user beyond all',
      own({ runAsUser: 4294967296 }),
      `${app}.runAsUser: Invalid value: 4294967296: must be between 0 and 2147483647, inclusive`,
    ],
    ['a sysctl without a name', ofPod({ sysctls: [{ value: '1' }] }), `${pod}.sysctls[0].name: Required value`],
    [
      'a sysctl that climbs',
      ofSysctls(['net/../kernel']),
      `${pod}.sysctls[0].name: Invalid value: "net/../kernel": ${sysctlRule}`,
    ],
    ['a sysctl in capitals', ofSysctls(['net.X']), `${pod}.sysctls[0].name: Invalid value: "net.X": ${sysctlRule}`],
    [
      'a sysctl twice',
      ofSysctls(['kernel.sem', 'kernel.sem']),
      `${pod}.sysctls[1].name: Duplicate value: "kernel.sem"`,
    ],
    [
      'a sysctl of the network with that of the machine',
      ofSysctls(['net/core/somaxconn'], { hostNetwork: true }),
      `${pod}.sysctls[0].name: Invalid value: "net/core/somaxconn": may not be specified when 'hostNetwork' is true`,
    ],
    [
      'a sysctl of IPC with that of the machine',
      ofSysctls(['fs.mqueue.msg_max'], { hostIPC: true }),
      `${pod}.sysctls[0].name: Invalid value: "fs.mqueue.msg_max": may not be specified when 'hostIPC' is true`,
    ],
    [
      'a sysctl of the machine',
      ofSysctls(['vm.swappiness']),
      `${pod}.sysctls[0].name: Forbidden: sysctl "vm.swappiness" is the machine's: no pod has one of its own`,
    ],
    [
      'a sysctl of two lines',
      ofPod({ sysctls: [{ name: 'kernel.sem', value: '1\n2' }] }),
      `${pod}.sysctls[0].value: Invalid value: "1\\n2": must be one line`,
    ],
  ])('%s', (_, manifest, complaint) => {
    expect(errorsOf(manifest)).toEqual([expect.stringContaining(complaint)]);
  });
});

test.each<[string, unknown]>([
  [
    'SYS_ADMIN without escalation, which the API server knows with CAP_ alone',
    own({ allowPrivilegeEscalation: false, capabilities: { add: ['SYS_ADMIN'] } }),
  ],
  ['procMount Unmasked with users of its own', own({ procMount: 'Unmasked' }, { hostUsers: false })],
  ['runAsNonRoot of whom it is not known', own({ runAsNonRoot: true })],
  [
    'sysctls of both namespaces',
    ofSysctls(['net/ipv4/ip_local_port_range', 'kernel.shm_rmid_forced', 'kernel.msgmax']),
  ],
])('%s is accepted', (_, manifest) => {
  expect(errorsOf(manifest)).toEqual([]);
});

test.each<[string, unknown, string[]]>([
  [
    'a capability with CAP_',
    own({ capabilities: { add: ['CAP_KILL'] } }),
    [`${app}.capabilities.add[0]: Kubernetes' runtimes know no "CAP_KILL", only names without CAP_`],
  ],
  [
    'AppArmor',
    own({ appArmorProfile: { type: 'RuntimeDefault' } }),
    [
      `${app}.appArmorProfile: not honoured, podctl applies no AppArmor profiles; the container runs as if it were Unconfined`,
    ],
  ],
  ['AppArmor Unconfined, which is so', own({ appArmorProfile: { type: 'Unconfined' } }), []],
  [
    'SELinux',
    ofPod({ seLinuxOptions: { level: 's0' } }),
    [`${pod}.seLinuxOptions: not honoured, podctl sets no SELinux labels`],
  ],
  [
    'Windows',
    own({ windowsOptions: { runAsUserName: 'x' } }),
    [`${app}.windowsOptions: means nothing on Linux, ignored`],
  ],
  [
    'seccomp of a privileged container',
    own({ privileged: true, seccompProfile: { type: 'RuntimeDefault' } }),
    [`${app}.seccompProfile: ignored: a privileged container is unconfined`],
  ],
  [
    'root where there is to be none',
    own({ runAsNonRoot: true }),
    [`${app}.runAsNonRoot: container "app" will not start: container has runAsNonRoot and image will run as root`],
  ],
  [
    'root by number',
    own({ runAsUser: 0 }, { securityContext: { runAsNonRoot: true } }),
    [`${pod}.runAsNonRoot: container "app" will not start: container's runAsUser breaks non-root policy`],
  ],
])('%s is told', (_, manifest, warnings) => {
  expect(warningsOf(manifest)).toEqual(warnings);
});

describe('what it means', () => {
  const container = (fields: Fields, spec: Fields = {}): ContainerSpec => {
    const [first] = normalisePod(withContainer(fields, spec)).containers;
    if (first === undefined) throw new Error('no container');
    return first;
  };

  test.each<[string, Fields, Fields, unknown]>([
    ['nothing said', {}, {}, undefined],
    ['RuntimeDefault', { seccompProfile: { type: 'RuntimeDefault' } }, {}, undefined],
    ['the pod’s', {}, { seccompProfile: { type: 'Unconfined' } }, 'unconfined'],
    [
      'its own over the pod’s',
      { seccompProfile: { type: 'RuntimeDefault' } },
      { seccompProfile: { type: 'Unconfined' } },
      undefined,
    ],
    [
      'a profile of the machine',
      { seccompProfile: { type: 'Localhost', localhostProfile: 'a/b.json' } },
      {},
      { localhost: 'a/b.json' },
    ],
  ])('seccomp: %s', (_, securityContext, podContext, wanted) => {
    expect(container({ securityContext }, { securityContext: podContext }).security.seccomp).toEqual(wanted);
  });

  test('sysctls are kept by their path, dots within components where slashes separate', () => {
    const sysctls = [
      { name: 'net.ipv4.ip_forward', value: '1' },
      { name: 'net/ipv4/conf/eth0.7/forwarding', value: '0' },
    ];
    expect(normalisePod(ofPod({ sysctls })).sysctls).toEqual({
      'net/ipv4/ip_forward': '1',
      'net/ipv4/conf/eth0.7/forwarding': '0',
    });
  });

  test('a container that would run as root and must not is not started', () => {
    const complaint = 'container has runAsNonRoot and image will run as root';
    expect(container({ securityContext: { runAsNonRoot: true } }).missing).toEqual([complaint]);
    expect(container({ securityContext: { runAsNonRoot: true, runAsUser: 5 } }).missing).toBeUndefined();
  });

  test.each<[string, Fields, Fields, unknown]>([
    ['fsGroup', { fsGroup: 7, supplementalGroups: [5, 7] }, {}, { supplementaryGroups: [5, 7] }],
    [
      'an image’s files, which are asked',
      { fsGroup: 7 },
      { image: 'x' },
      { supplementaryGroups: [7], fromAccounts: ['gid', 'groups'] },
    ],
    ['Strict', { supplementalGroupsPolicy: 'Strict', runAsGroup: 3 }, { image: 'x' }, { supplementaryGroups: [] }],
    [
      'Strict without a group',
      { supplementalGroupsPolicy: 'Strict' },
      { image: 'x' },
      { supplementaryGroups: [], fromAccounts: ['gid'] },
    ],
  ])('groups by %s', (_, securityContext, fields, wanted) => {
    const [program] = container(fields, { securityContext }).programs;
    const { supplementaryGroups, fromAccounts } = program ?? {};
    expect({ supplementaryGroups, ...(fromAccounts && { fromAccounts }) }).toEqual(wanted);
  });
});

import { describe } from 'vitest';
import { aContainer, aPod, withContainer } from '../a-manifest.ts';
import { duplicate, forbidden, invalid, required, testCases, unsupported } from './api-case.ts';

type Fields = Readonly<Record<string, unknown>>;

const own = 'spec.containers[0].securityContext';
const all = 'spec.securityContext';
const container = (securityContext: Fields, spec: Fields = {}) => withContainer({ securityContext }, spec);
const pod = (securityContext: Fields, spec: Fields = {}) => aPod({ securityContext, ...spec });

describe('security of a container', () => {
  testCases([
    [
      'with everything',
      container({
        runAsUser: 1,
        runAsGroup: 0,
        privileged: false,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
      }),
    ],
    ['of a user too high', container({ runAsUser: 2147483648 }), invalid(`${own}.runAsUser`)],
    ['of a negative group', container({ runAsGroup: -1 }), invalid(`${own}.runAsGroup`)],
    ['privileged, without escalation', container({ privileged: true, allowPrivilegeEscalation: false }), invalid(own)],
    [
      'of CAP_SYS_ADMIN, without escalation',
      container({ capabilities: { add: ['CAP_SYS_ADMIN'] }, allowPrivilegeEscalation: false }),
      invalid(own),
    ],
    ['of a view of /proc nobody knows', container({ procMount: 'Bare' }), unsupported(`${own}.procMount`)],
    ['of all of /proc, as the machine’s users', container({ procMount: 'Unmasked' }), invalid(`${own}.procMount`)],
    ['of no seccomp profile', container({ seccompProfile: {} }), required(`${own}.seccompProfile.type`)],
    [
      'of a seccomp profile nobody knows',
      container({ seccompProfile: { type: 'Mine' } }),
      unsupported(`${own}.seccompProfile.type`),
    ],
    [
      'of a local seccomp profile without a name',
      container({ seccompProfile: { type: 'Localhost' } }),
      required(`${own}.seccompProfile.localhostProfile`),
    ],
    [
      'of a local seccomp profile that leads out',
      container({ seccompProfile: { type: 'Localhost', localhostProfile: '../a' } }),
      invalid(`${own}.seccompProfile.localhostProfile`),
    ],
    [
      'of a name of a profile that is not local',
      container({ seccompProfile: { type: 'RuntimeDefault', localhostProfile: 'a' } }),
      invalid(`${own}.seccompProfile.localhostProfile`),
    ],
    ['of no AppArmor profile', container({ appArmorProfile: {} }), required(`${own}.appArmorProfile.type`)],
    [
      'of an empty AppArmor profile',
      container({ appArmorProfile: { type: 'Localhost', localhostProfile: '' } }),
      required(`${own}.appArmorProfile.localhostProfile`),
    ],
    [
      'of an AppArmor profile with blanks',
      container({ appArmorProfile: { type: 'Localhost', localhostProfile: ' a' } }),
      invalid(`${own}.appArmorProfile.localhostProfile`),
    ],
    [
      'of an AppArmor profile that is not local',
      container({ appArmorProfile: { type: 'Unconfined', localhostProfile: 'a' } }),
      invalid(`${own}.appArmorProfile.localhostProfile`),
    ],
  ]);
});

describe('security of a pod', () => {
  const sysctls = (...list: readonly Fields[]) => pod({ sysctls: list });
  testCases([
    [
      'with everything',
      pod({
        runAsUser: 0,
        fsGroup: 1,
        supplementalGroups: [1, 2],
        fsGroupChangePolicy: 'OnRootMismatch',
        supplementalGroupsPolicy: 'Strict',
        seLinuxChangePolicy: 'Recursive',
      }),
    ],
    ['of a group of files too high', pod({ fsGroup: 2147483648 }), invalid(`${all}.fsGroup`)],
    ['of a negative user', pod({ runAsUser: -1 }), invalid(`${all}.runAsUser`)],
    ['of a negative group', pod({ runAsGroup: -1 }), invalid(`${all}.runAsGroup`)],
    ['of another negative group', pod({ supplementalGroups: [1, -1] }), invalid(`${all}.supplementalGroups[1]`)],
    [
      'of a policy of files nobody knows',
      pod({ fsGroupChangePolicy: 'Never' }),
      unsupported(`${all}.fsGroupChangePolicy`),
    ],
    [
      'of a policy of groups nobody knows',
      pod({ supplementalGroupsPolicy: 'Any' }),
      unsupported(`${all}.supplementalGroupsPolicy`),
    ],
    [
      'of a policy of SELinux nobody knows',
      pod({ seLinuxChangePolicy: 'Any' }),
      unsupported(`${all}.seLinuxChangePolicy`),
    ],
    [
      'that shares the machine’s processes and its own',
      aPod({ shareProcessNamespace: true, hostPID: true }),
      invalid('spec.shareProcessNamespace'),
    ],
    ['of sysctls', sysctls({ name: 'kernel.shmmax', value: '1' }, { name: 'net/ipv4/ip_forward', value: '1' })],
    ['of a sysctl without a name', sysctls({ value: '1' }), required(`${all}.sysctls[0].name`)],
    ['of a sysctl of a bad name', sysctls({ name: 'a..b', value: '1' }), invalid(`${all}.sysctls[0].name`)],
    [
      'of one sysctl twice',
      sysctls({ name: 'net.a', value: '1' }, { name: 'net.a', value: '2' }),
      duplicate(`${all}.sysctls[1].name`),
    ],
    [
      'of a sysctl of the network, on the machine’s',
      pod({ sysctls: [{ name: 'net.a', value: '1' }] }, { hostNetwork: true }),
      invalid(`${all}.sysctls[0].name`),
    ],
    [
      'of a sysctl of IPC, on the machine’s',
      pod({ sysctls: [{ name: 'kernel.sem', value: '1' }] }, { hostIPC: true }),
      invalid(`${all}.sysctls[0].name`),
    ],
    [
      'with users of its own on the machine’s network',
      aPod({ hostUsers: false, hostNetwork: true }),
      forbidden('spec.hostNetwork'),
    ],
    [
      'with users of its own among the machine’s processes',
      aPod({ hostUsers: false, hostPID: true }),
      forbidden('spec.hostPID'),
    ],
    [
      'with users of its own with the machine’s IPC',
      aPod({ hostUsers: false, hostIPC: true }),
      forbidden('spec.hostIPC'),
    ],
  ]);
});

describe('options of Windows', () => {
  const at = `${own}.windowsOptions`;
  const options = (windowsOptions: Fields, spec: Fields = {}) => container({ windowsOptions }, spec);
  testCases([
    [
      'with everything',
      options({ gmsaCredentialSpecName: 'a.b', gmsaCredentialSpec: '{}', runAsUserName: 'DOMAIN\\User' }),
    ],
    [
      'of a bad name of credentials',
      options({ gmsaCredentialSpecName: 'a b' }),
      invalid(`${at}.gmsaCredentialSpecName`),
    ],
    ['of empty credentials', options({ gmsaCredentialSpec: '' }), invalid(`${at}.gmsaCredentialSpec`)],
    ['of an empty user', options({ runAsUserName: '' }), invalid(`${at}.runAsUserName`)],
    ['of a user with two backslashes', options({ runAsUserName: 'a\\b\\c' }), invalid(`${at}.runAsUserName`)],
    ['of a user of dots', options({ runAsUserName: '...' }), invalid(`${at}.runAsUserName`)],
    ['of a user with a comma', options({ runAsUserName: 'a,b' }), invalid(`${at}.runAsUserName`)],
    ['of a process of the machine’s', options({ hostProcess: true }, { hostNetwork: true })],
    ['of a process of the machine’s off its network', options({ hostProcess: true }), invalid('spec.hostNetwork')],
    [
      'of a process of the machine’s beside another',
      aPod({
        hostNetwork: true,
        containers: [
          aContainer({ securityContext: { windowsOptions: { hostProcess: true } } }),
          aContainer({ name: 'b' }),
        ],
      }),
      invalid('spec'),
    ],
  ]);
});

import { describe } from 'vitest';
import { aContainer, aPod, withContainer } from '../a-manifest.ts';
import { duplicate, forbidden, invalid, required, testCases, unsupported } from './api-case.ts';

type Fields = Readonly<Record<string, unknown>>;

const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'a', uid: 'u' };
const withMeta = (metadata: Fields) => aPod({}, { ...metadata });

describe('metadata', () => {
  const owners = 'metadata.ownerReferences';
  testCases([
    ['none', { apiVersion: 'v1', kind: 'Pod', spec: { containers: [aContainer()] } }, required('metadata.name')],
    [
      'without a name',
      { apiVersion: 'v1', kind: 'Pod', metadata: {}, spec: { containers: [aContainer()] } },
      required('metadata.name'),
    ],
    ['of an empty name', withMeta({ name: '' }), required('metadata.name')],
    ['of a name with _', withMeta({ name: 'a_b' }), invalid('metadata.name')],
    ['of a namespace with a dot', withMeta({ namespace: 'a.b' }), invalid('metadata.namespace')],
    ['of a negative generation', withMeta({ generation: -1 }), invalid('metadata.generation')],
    ['of labels with prefix', withMeta({ labels: { 'a.b/c': 'd', e: '' } })],
    ['of a label of a bad key', withMeta({ labels: { 'a b': 'c' } }), invalid('metadata.labels')],
    ['of a label of a bad prefix', withMeta({ labels: { 'A/b': 'c' } }), invalid('metadata.labels')],
    ['of a label of a bad value', withMeta({ labels: { a: '-' } }), invalid('metadata.labels')],
    ['of a label of a value too long', withMeta({ labels: { a: 'b'.repeat(64) } }), invalid('metadata.labels')],
    ['of an annotation in capitals', withMeta({ annotations: { 'A.B/C': 'any text\n' } })],
    ['of an annotation of a bad key', withMeta({ annotations: { 'a/b/c': '' } }), invalid('metadata.annotations')],
    [
      'of annotations too large',
      withMeta({ annotations: { a: 'b'.repeat(256 * 1024) } }),
      'metadata.annotations: Too long',
    ],
    ['of annotations as large as can be', withMeta({ annotations: { a: 'b'.repeat(256 * 1024 - 1) } })],
    [
      'of annotations too large in bytes',
      withMeta({ annotations: { a: 'ä'.repeat(128 * 1024) } }),
      'metadata.annotations: Too long',
    ],
    ['of an owner', withMeta({ ownerReferences: [{ ...owner, controller: true }] })],
    [
      'of an owner without a name',
      withMeta({ ownerReferences: [{ ...owner, name: '' }] }),
      invalid(`${owners}[0].name`),
    ],
    [
      'of an owner without a uid',
      withMeta({ ownerReferences: [{ ...owner, uid: undefined }] }),
      invalid(`${owners}[0].uid`),
    ],
    [
      'of an owner of no version',
      withMeta({ ownerReferences: [{ ...owner, apiVersion: 'apps/' }] }),
      invalid(`${owners}[0].apiVersion`),
    ],
    [
      'of an owner that is an Event',
      withMeta({ ownerReferences: [{ ...owner, apiVersion: 'v1', kind: 'Event' }] }),
      invalid(`${owners}[0]`),
    ],
    [
      'of two controllers',
      withMeta({
        ownerReferences: [
          { ...owner, controller: true },
          { ...owner, uid: 'v', controller: true },
        ],
      }),
      invalid(owners),
    ],
    [
      'of finalizers',
      withMeta({
        finalizers: ['example.com/a', 'orphan', 'kubernetes', 'foregroundDeletion'].filter((name) => name !== 'orphan'),
      }),
    ],
    ['of a finalizer without a domain', withMeta({ finalizers: ['mine'] }), invalid('metadata.finalizers[0]')],
    ['of a bad finalizer', withMeta({ finalizers: ['a b/c'] }), invalid('metadata.finalizers')],
    [
      'of two finalizers that contradict',
      withMeta({ finalizers: ['orphan', 'foregroundDeletion'] }),
      invalid('metadata.finalizers'),
    ],
    ['of managed fields', withMeta({ managedFields: [{ manager: 'a', operation: 'Update', fieldsType: 'FieldsV1' }] })],
    [
      'of managed fields of no operation',
      withMeta({ managedFields: [{ manager: 'a' }] }),
      invalid('metadata.managedFields[0].operation'),
    ],
    [
      'of managed fields of a type nobody knows',
      withMeta({ managedFields: [{ operation: 'Apply', fieldsType: 'V2' }] }),
      invalid('metadata.managedFields[0].fieldsType'),
    ],
  ]);
});

describe('annotations of pods', () => {
  const annotated = (key: string, value: string, spec: Fields = {}) => aPod(spec, { annotations: { [key]: value } });
  const at = (key: string) => `metadata.annotations[${key}]`;
  const seccomp = 'seccomp.security.alpha.kubernetes.io/pod';
  const cost = 'controller.kubernetes.io/pod-deletion-cost';
  const mirror = 'kubernetes.io/config.mirror';
  const armor = 'container.apparmor.security.beta.kubernetes.io/app';
  testCases([
    ['a seccomp profile', annotated(seccomp, 'runtime/default')],
    ['a local seccomp profile', annotated(seccomp, 'localhost/a/b')],
    ['a seccomp profile nobody knows', annotated(seccomp, 'mine'), invalid(at(seccomp))],
    ['a seccomp profile that leads out', annotated(seccomp, 'localhost/../a'), invalid(at(seccomp))],
    [
      'a seccomp profile other than the field’s',
      annotated(seccomp, 'unconfined', { securityContext: { seccompProfile: { type: 'RuntimeDefault' } } }),
      forbidden('spec.securityContext.seccompProfile.type'),
    ],
    ['a cost of deletion', annotated(cost, '-100')],
    ['a cost that is no number', annotated(cost, 'much'), invalid(at(cost))],
    ['a cost with zeros before it', annotated(cost, '010'), invalid(at(cost))],
    ['a mirror', annotated(mirror, '', { nodeName: 'n' })],
    ['a mirror of no node', annotated(mirror, ''), invalid(at(mirror))],
    ['an AppArmor profile', annotated(armor, 'runtime/default')],
    ['an AppArmor profile nobody knows', annotated(armor, 'mine'), invalid(at(armor))],
    ['an AppArmor profile of no container', annotated(`${armor}x`, 'unconfined'), invalid(at(`${armor}x`))],
  ]);
});

describe('a pod', () => {
  const windows = { os: { name: 'windows' } };
  testCases([
    ['with a negative grace', aPod({ terminationGracePeriodSeconds: -1 })],
    ['with a deadline of zero', aPod({ activeDeadlineSeconds: 0 }), invalid('spec.activeDeadlineSeconds')],
    ['with a deadline too late', aPod({ activeDeadlineSeconds: 2147483648 }), invalid('spec.activeDeadlineSeconds')],
    ['with a restart policy nobody knows', aPod({ restartPolicy: 'Maybe' }), unsupported('spec.restartPolicy')],
    ['with a DNS policy nobody knows', aPod({ dnsPolicy: 'Any' }), unsupported('spec.dnsPolicy')],
    ['with a hostname of two labels', aPod({ hostname: 'a.b' }), invalid('spec.hostname')],
    ['with a subdomain in capitals', aPod({ subdomain: 'A' }), invalid('spec.subdomain')],
    ['of a bad service account', aPod({ serviceAccountName: 'A' }), invalid('spec.serviceAccountName')],
    ['of a bad node', aPod({ nodeName: 'a_b' }), invalid('spec.nodeName')],
    ['of a bad priority class', aPod({ priorityClassName: 'a_b' }), invalid('spec.priorityClassName')],
    ['of a bad runtime class', aPod({ runtimeClassName: 'a_b' }), invalid('spec.runtimeClassName')],
    ['of a preemption policy nobody knows', aPod({ preemptionPolicy: 'Always' }), unsupported('spec.preemptionPolicy')],
    ['of a selector of a bad key', aPod({ nodeSelector: { 'a b': 'c' } }), invalid('spec.nodeSelector')],
    ['of a selector of a bad value', aPod({ nodeSelector: { a: 'b c' } }), invalid('spec.nodeSelector')],
    ['with overhead', aPod({ overhead: { cpu: '1', memory: '1Gi' } })],
    ['with less overhead than none', aPod({ overhead: { cpu: '-1' } }), invalid('spec.overhead[cpu]')],
    ['with overhead nobody knows', aPod({ overhead: { gpu: 1 } }), invalid('spec.overhead[gpu]')],
    [
      'with ephemeral containers',
      aPod({ ephemeralContainers: [{ name: 'a', image: 'b' }] }),
      forbidden('spec.ephemeralContainers'),
    ],
    ['with a readiness gate', aPod({ readinessGates: [{ conditionType: 'example.com/a' }] })],
    [
      'with a bad readiness gate',
      aPod({ readinessGates: [{ conditionType: 'a b' }] }),
      invalid('spec.readinessGates[0].conditionType'),
    ],
    ['with scheduling gates', aPod({ schedulingGates: [{ name: 'a' }, { name: 'b/c' }] })],
    ['with a bad scheduling gate', aPod({ schedulingGates: [{ name: '' }] }), invalid('spec.schedulingGates[0]')],
    [
      'with one scheduling gate twice',
      aPod({ schedulingGates: [{ name: 'a' }, { name: 'a' }] }),
      duplicate('spec.schedulingGates[1]'),
    ],
    ['gated, but on a node', aPod({ schedulingGates: [{ name: 'a' }], nodeName: 'n' }), forbidden('spec.nodeName')],
    ['of an operating system', aPod({ os: { name: 'linux' } })],
    ['of no operating system', aPod({ os: {} }), required('spec.os.name')],
    ['of an operating system nobody knows', aPod({ os: { name: 'plan9' } }), unsupported('spec.os')],
    [
      'of Linux with options of Windows',
      withContainer(
        { securityContext: { windowsOptions: {} } },
        { os: { name: 'linux' }, securityContext: { windowsOptions: {} } },
      ),
      forbidden('spec.securityContext.windowsOptions'),
      forbidden('spec.containers[0].securityContext.windowsOptions'),
    ],
    [
      'of Windows with users and groups of Linux',
      aPod({ ...windows, securityContext: { runAsUser: 1, fsGroup: 1, sysctls: [{ name: 'net.a', value: '' }] } }),
      ...['runAsUser', 'fsGroup', 'sysctls'].map((field) => forbidden(`spec.securityContext.${field}`)),
    ],
    [
      'of Windows with namespaces of Linux',
      aPod({ ...windows, hostPID: true, hostIPC: true, hostUsers: true, shareProcessNamespace: false }),
      ...['hostPID', 'hostIPC', 'hostUsers', 'shareProcessNamespace'].map((field) => forbidden(`spec.${field}`)),
    ],
    [
      'of Windows with capabilities',
      withContainer({ securityContext: { capabilities: { drop: ['ALL'] }, privileged: false } }, windows),
      ...['capabilities', 'privileged'].map((field) => forbidden(`spec.containers[0].securityContext.${field}`)),
    ],
  ]);
});

describe('names', () => {
  testCases([
    ['in hosts', aPod({ hostAliases: [{ ip: '1.2.3.4', hostnames: ['a', 'b.c'] }, { ip: '::1' }] })],
    ['of no address', aPod({ hostAliases: [{ hostnames: ['a'] }] }), invalid('spec.hostAliases[0].ip')],
    ['of a bad address', aPod({ hostAliases: [{ ip: '1.2.3' }] }), invalid('spec.hostAliases[0].ip')],
    [
      'that are none',
      aPod({ hostAliases: [{ ip: '1.2.3.4', hostnames: ['a_b'] }] }),
      invalid('spec.hostAliases[0].hostnames[0]'),
    ],
    ['by a server of one’s own', aPod({ dnsPolicy: 'None', dnsConfig: { nameservers: ['1.2.3.4'] } })],
    ['by no server', aPod({ dnsPolicy: 'None' }), required('spec.dnsConfig')],
    ['by no server at all', aPod({ dnsPolicy: 'None', dnsConfig: {} }), required('spec.dnsConfig.nameservers')],
    [
      'by four servers',
      aPod({ dnsConfig: { nameservers: ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4'] } }),
      invalid('spec.dnsConfig.nameservers'),
    ],
    [
      'by a server that is a name',
      aPod({ dnsConfig: { nameservers: ['a'] } }),
      invalid('spec.dnsConfig.nameservers[0]'),
    ],
    ['searched with _ and dots', aPod({ dnsConfig: { searches: ['_a.b.', '.'] } })],
    ['searched nowhere', aPod({ dnsConfig: { searches: ['a..b'] } }), invalid('spec.dnsConfig.searches[0]')],
    [
      'searched in too many places',
      aPod({ dnsConfig: { searches: Array(33).fill('a') } }),
      invalid('spec.dnsConfig.searches'),
    ],
    ['by options', aPod({ dnsConfig: { options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }] } })],
    [
      'by an option of no name',
      aPod({ dnsConfig: { options: [{ value: '2' }] } }),
      required('spec.dnsConfig.options[0]'),
    ],
  ]);
});

import { describe } from 'vitest';
import { aTemplate, aWorkload } from '../a-workload.ts';
import { duplicate, forbidden, invalid, required, testCases, unsupported } from './api-case.ts';

const object = (kind: string, fields: object, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'a', ...metadata },
  ...fields,
});
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('a ConfigMap', () => {
  const map = (fields: object) => object('ConfigMap', fields);
  testCases([
    ['of texts and bytes', map({ data: { a: '', '.b': 'x' }, binaryData: { c: base64('x') } })],
    ['of a key with a blank', map({ data: { 'a b': '' } }), invalid('data[a b]')],
    ['of a key of two dots', map({ data: { '..': '' } }), invalid('data[..]')],
    ['of a key that begins with two dots', map({ binaryData: { '..a': '' } }), invalid('binaryData[..a]')],
    ['of a key in both', map({ data: { a: '' }, binaryData: { a: '' } }), invalid('data[a]')],
    ['too large', map({ data: { a: 'x'.repeat(1024 * 1024 + 1) } }), ': Too long'],
    ['as large as can be', map({ data: { a: 'x'.repeat(1024 * 1024) } })],
  ]);
});

describe('a Secret', () => {
  const secret = (type: string, data: object = {}, more: object = {}, metadata: object = {}) =>
    object('Secret', { type, data, ...more }, metadata);
  testCases([
    ['of any type', secret('example.com/any')],
    ['of a bad key', secret('Opaque', { 'a/b': '' }), invalid('data[a/b]')],
    ['too large', secret('Opaque', { a: base64('x'.repeat(1024 * 1024 + 1)) }), 'data: Too long'],
    ['of TLS', secret('kubernetes.io/tls', { 'tls.crt': '', 'tls.key': '' })],
    ['of TLS in plain text', secret('kubernetes.io/tls', {}, { stringData: { 'tls.crt': 'x', 'tls.key': 'y' } })],
    ['of TLS without a key', secret('kubernetes.io/tls', { 'tls.crt': '' }), required('data[tls.key]')],
    ['of TLS without anything', secret('kubernetes.io/tls'), required('data[tls.key]'), required('data[tls.crt]')],
    ['of a registry', secret('kubernetes.io/dockerconfigjson', { '.dockerconfigjson': base64('{"auths":{}}') })],
    ['of a registry without anything', secret('kubernetes.io/dockerconfigjson'), required('data[.dockerconfigjson]')],
    [
      'of a registry that is no JSON',
      secret('kubernetes.io/dockerconfigjson', { '.dockerconfigjson': base64('{') }),
      invalid('data[.dockerconfigjson]'),
    ],
    [
      'of a registry that is a list',
      secret('kubernetes.io/dockerconfigjson', { '.dockerconfigjson': base64('[]') }),
      invalid('data[.dockerconfigjson]'),
    ],
    ['of an older registry without anything', secret('kubernetes.io/dockercfg'), required('data[.dockercfg]')],
    ['of SSH', secret('kubernetes.io/ssh-auth', { 'ssh-privatekey': base64('x') })],
    [
      'of SSH with an empty key',
      secret('kubernetes.io/ssh-auth', { 'ssh-privatekey': '' }),
      required('data[ssh-privatekey]'),
    ],
    ['of a user', secret('kubernetes.io/basic-auth', { username: '' })],
    ['of a password', secret('kubernetes.io/basic-auth', { password: base64('x') })],
    ['of no user', secret('kubernetes.io/basic-auth'), required('data[username]'), required('data[password]')],
    [
      'of a service account',
      secret(
        'kubernetes.io/service-account-token',
        {},
        {},
        { annotations: { 'kubernetes.io/service-account.name': 'a' } },
      ),
    ],
    [
      'of no service account',
      secret('kubernetes.io/service-account-token'),
      required('metadata.annotations[kubernetes.io/service-account.name]'),
    ],
  ]);
});

describe('a PersistentVolumeClaim', () => {
  const claim = (spec: object) => aWorkload('PersistentVolumeClaim', spec as Readonly<Record<string, unknown>>);
  testCases([
    [
      'with everything',
      claim({
        accessModes: ['ReadWriteOnce', 'ReadOnlyMany'],
        volumeMode: 'Block',
        storageClassName: '',
        selector: { matchLabels: { a: 'b' } },
      }),
    ],
    ['of no modes', claim({ accessModes: [] }), required('spec.accessModes')],
    ['of a mode nobody knows', claim({ accessModes: ['Any'] }), unsupported('spec.accessModes')],
    [
      'of one pod and another mode',
      claim({ accessModes: ['ReadWriteOncePod', 'ReadOnlyMany'] }),
      forbidden('spec.accessModes'),
    ],
    ['of no size', claim({ resources: {} }), required('spec.resources[storage]')],
    ['of size zero', claim({ resources: { requests: { storage: '0' } } }), invalid('spec.resources[storage]')],
    ['of a volume mode nobody knows', claim({ volumeMode: 'Tape' }), unsupported('spec.volumeMode')],
    ['of a bad class', claim({ storageClassName: 'A' }), invalid('spec.storageClassName')],
    [
      'of a bad class of attributes',
      claim({ volumeAttributesClassName: 'A' }),
      invalid('spec.volumeAttributesClassName'),
    ],
    [
      'of a bad selector',
      claim({ selector: { matchExpressions: [{ key: 'a', operator: 'In' }] } }),
      required('spec.selector.matchExpressions[0].values'),
    ],
    ['from another', claim({ dataSource: { kind: 'PersistentVolumeClaim', name: 'b' } })],
    [
      'from nothing',
      claim({ dataSource: {} }),
      required('spec.dataSource.name'),
      required('spec.dataSource.kind'),
      invalid('spec.dataSource'),
    ],
    ['from another kind', claim({ dataSource: { kind: 'Secret', name: 'b' } }), invalid('spec.dataSource')],
    [
      'from a bad group',
      claim({ dataSourceRef: { apiGroup: 'a b', kind: 'X', name: 'b' } }),
      invalid('spec.dataSourceRef.apiGroup'),
    ],
    [
      'from two places',
      claim({
        dataSource: { kind: 'PersistentVolumeClaim', name: 'b' },
        dataSourceRef: { kind: 'PersistentVolumeClaim', name: 'c' },
      }),
      invalid('spec'),
    ],
  ]);
});

describe('a Service', () => {
  const service = (spec: object, metadata: object = {}) =>
    object('Service', { spec: { ports: [{ port: 80 }], selector: { a: 'b' }, ...spec } }, metadata);
  testCases([
    ['of a name of digits first', service({}, { name: '1a' }), invalid('metadata.name')],
    ['of no port', service({ ports: [] }), required('spec.ports')],
    ['of no port, headless', service({ ports: [], clusterIP: 'None' })],
    ['of a port of no number', service({ ports: [{ name: 'a' }] }), invalid('spec.ports[0].port')],
    ['of a port too high', service({ ports: [{ port: 65536 }] }), invalid('spec.ports[0].port')],
    [
      'of two ports without names',
      service({ ports: [{ port: 1 }, { port: 2 }] }),
      required('spec.ports[0].name'),
      required('spec.ports[1].name'),
    ],
    [
      'of two ports of a name',
      service({
        ports: [
          { name: 'a', port: 1 },
          { name: 'a', port: 2 },
        ],
      }),
      duplicate('spec.ports[1].name'),
    ],
    [
      'of one port twice',
      service({
        ports: [
          { name: 'a', port: 1 },
          { name: 'b', port: 1 },
        ],
      }),
      duplicate('spec.ports[1]'),
    ],
    [
      'of one port by two protocols',
      service({
        ports: [
          { name: 'a', port: 1 },
          { name: 'b', port: 1, protocol: 'UDP' },
        ],
      }),
    ],
    ['of a bad name of a port', service({ ports: [{ name: 'A', port: 1 }] }), invalid('spec.ports[0].name')],
    [
      'of a protocol nobody knows',
      service({ ports: [{ port: 1, protocol: 'X' }] }),
      unsupported('spec.ports[0].protocol'),
    ],
    ['to a bad name', service({ ports: [{ port: 1, targetPort: 'A' }] }), invalid('spec.ports[0].targetPort')],
    ['to a port too high', service({ ports: [{ port: 1, targetPort: 65536 }] }), invalid('spec.ports[0].targetPort')],
    [
      'of a bad application',
      service({ ports: [{ port: 1, appProtocol: 'a b' }] }),
      invalid('spec.ports[0].appProtocol'),
    ],
    [
      'of a port of nodes that has none',
      service({ ports: [{ port: 1, nodePort: 30000 }] }),
      forbidden('spec.ports[0].nodePort'),
    ],
    [
      'of one port of nodes twice',
      service({
        type: 'NodePort',
        ports: [
          { name: 'a', port: 1, nodePort: 30000 },
          { name: 'b', port: 2, nodePort: 30000 },
        ],
      }),
      duplicate('spec.ports[1].nodePort'),
    ],
    ['of a type nobody knows', service({ type: 'Magic' }), unsupported('spec.type')],
    ['of a bad label', service({ selector: { a: 'b c' } }), invalid('spec.selector')],
    ['of a bad key', service({ selector: { 'a b': 'c' } }), invalid('spec.selector')],
    ['of an affinity nobody knows', service({ sessionAffinity: 'Cookie' }), unsupported('spec.sessionAffinity')],
    [
      'of an affinity of zero',
      service({ sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 0 } } }),
      invalid('spec.sessionAffinityConfig.clientIP.timeoutSeconds'),
    ],
    [
      'of no affinity, for a time',
      service({ sessionAffinityConfig: { clientIP: { timeoutSeconds: 1 } } }),
      forbidden('spec.sessionAffinityConfig'),
    ],
    ['of a bad address', service({ clusterIP: '1.2.3', clusterIPs: ['1.2.3'] }), invalid('spec.clusterIPs[0]')],
    [
      'of addresses that differ',
      service({ clusterIP: '1.2.3.4', clusterIPs: ['1.2.3.5'] }),
      invalid('spec.clusterIPs'),
    ],
    ['of addresses without a first', service({ clusterIPs: ['1.2.3.4'] }), invalid('spec.clusterIPs')],
    ['of a family nobody knows', service({ ipFamilies: ['IPv5'] }), unsupported('spec.ipFamilies[0]')],
    ['of one family twice', service({ ipFamilies: ['IPv4', 'IPv4'] }), duplicate('spec.ipFamilies[1]')],
    ['of a policy of families nobody knows', service({ ipFamilyPolicy: 'Any' }), unsupported('spec.ipFamilyPolicy')],
    ['on nodes, headless', service({ type: 'NodePort', clusterIP: 'None' }), invalid('spec.clusterIPs[0]')],
    ['of a name elsewhere', service({ type: 'ExternalName', externalName: 'a.b.', ports: [] })],
    ['of no name elsewhere', service({ type: 'ExternalName' }), required('spec.externalName')],
    ['of a bad name elsewhere', service({ type: 'ExternalName', externalName: 'A b' }), invalid('spec.externalName')],
    [
      'of a name elsewhere and families',
      service({ type: 'ExternalName', externalName: 'a', ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' }),
      forbidden('spec.ipFamilies'),
      forbidden('spec.ipFamilyPolicy'),
    ],
    ['of a bad external address', service({ externalIPs: ['a'] }), invalid('spec.externalIPs[0]')],
    ['of the machine’s own address', service({ externalIPs: ['127.0.0.1'] }), invalid('spec.externalIPs[0]')],
    [
      'of ranges without a balancer',
      service({ loadBalancerSourceRanges: ['10.0.0.0/8'] }),
      forbidden('spec.loadBalancerSourceRanges'),
    ],
    [
      'of bad ranges',
      service({ type: 'LoadBalancer', loadBalancerSourceRanges: ['10.0.0.0'] }),
      invalid('spec.loadBalancerSourceRanges[0]'),
    ],
    ['of a class without a balancer', service({ loadBalancerClass: 'a' }), forbidden('spec.loadBalancerClass')],
    ['of a bad class', service({ type: 'LoadBalancer', loadBalancerClass: 'a b' }), invalid('spec.loadBalancerClass')],
    [
      'of a policy from outside, inside',
      service({ externalTrafficPolicy: 'Local' }),
      invalid('spec.externalTrafficPolicy'),
    ],
    [
      'of a policy from outside nobody knows',
      service({ type: 'NodePort', externalTrafficPolicy: 'Any' }),
      unsupported('spec.externalTrafficPolicy'),
    ],
    [
      'of a policy inside nobody knows',
      service({ internalTrafficPolicy: 'Any' }),
      unsupported('spec.internalTrafficPolicy'),
    ],
    ['of a health port without need', service({ healthCheckNodePort: 1 }), invalid('spec.healthCheckNodePort')],
    ['of a distribution', service({ trafficDistribution: 'PreferClose' })],
    [
      'of a distribution nobody knows',
      service({ trafficDistribution: 'Random' }),
      unsupported('spec.trafficDistribution'),
    ],
  ]);
});

describe('a Namespace', () => {
  testCases([
    ['of a name with a dot', object('Namespace', {}, { name: 'a.b' }), invalid('metadata.name')],
    ['in a namespace', object('Namespace', {}, { namespace: 'b' }), forbidden('metadata.namespace')],
  ]);
});

describe('a template', () => {
  const template = (metadata: object, spec: object = {}) =>
    aWorkload('Deployment', { template: aTemplate(spec as never, metadata as never) });
  const at = 'spec.template';
  testCases([
    ['with any metadata', template({ name: 'Any Name', labels: { app: 'web' }, creationTimestamp: null })],
    ['of a bad label', template({ labels: { app: 'web', a: 'b c' } }), invalid(`${at}.metadata.labels`)],
    [
      'of a bad annotation',
      template({ labels: { app: 'web' }, annotations: { 'a b': '' } }),
      invalid(`${at}.metadata.annotations`),
    ],
    [
      'with ephemeral containers',
      template({ labels: { app: 'web' } }, { ephemeralContainers: [{ name: 'x', image: 'y' }] }),
      forbidden(`${at}.spec.ephemeralContainers`),
    ],
    [
      'with blanks around the image',
      template({ labels: { app: 'web' } }, { containers: [{ name: 'a', image: ' x' }] }),
    ],
    [
      'with gates and a node',
      template({ labels: { app: 'web' } }, { schedulingGates: [{ name: 'a' }], nodeName: 'n' }),
    ],
    ['without containers', template({ labels: { app: 'web' } }, { containers: [] }), required(`${at}.spec.containers`)],
  ]);
});

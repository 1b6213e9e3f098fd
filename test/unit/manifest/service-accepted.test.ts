import fc from 'fast-check';
import { expect, test } from 'vitest';
import { serviceV1 } from '../../../src/manifest/schema-service.ts';
import { validateObject } from '../../../src/manifest/validate-object.ts';
import type { ServiceManifest } from '../../../src/model/object-manifest.ts';
import { storedForm } from '../../../src/reconcile/plan-data.ts';
import {
  affinity,
  aPort,
  aService,
  balancer,
  external,
  headless,
  nodePorts,
  ports,
  rangesAnnotation,
} from './a-service.ts';

test.each([
  ['a port and a selector', aService()],
  ['no selector', aService({ selector: undefined })],
  ['a null selector', aService({ selector: null })],
  ['a targetPort by number', ports({ targetPort: 8080 })],
  ['a targetPort by name', ports({ targetPort: 'http' })],
  ['UDP and SCTP', ports({ name: 'a', protocol: 'UDP' }, { name: 'b', protocol: 'SCTP' })],
  ['one number for two protocols', ports({ name: 'a', protocol: 'TCP' }, { name: 'b', protocol: 'UDP' })],
  ['one port without a name', ports({ name: '' })],
  ['an application protocol', ports({ appProtocol: 'kubernetes.io/h2c' })],
  ['the empty address', aService({ clusterIP: '' })],
  ['an address', aService({ clusterIP: '10.99.128.7' })],
  ['addresses of both families', aService({ clusterIP: '10.99.128.7', clusterIPs: ['10.99.128.7', 'fd00::7'] })],
  ['both families', aService({ ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv6', 'IPv4'] })],
  ['headless', headless()],
  ['headless without ports', headless({ ports: [] })],
  ['headless with another targetPort', headless({ ports: [{ port: 80, targetPort: 8080 }] })],
  ['headless by clusterIPs', aService({ clusterIP: 'None', clusterIPs: ['None'] })],
  ['an ExternalName', external()],
  ['an ExternalName that ends in a dot', external({ externalName: 'db.example.com.' })],
  ['an ExternalName with ports', external({ ports: [aPort()] })],
  ['a NodePort without a number', nodePorts({})],
  ['a NodePort with one', nodePorts({ nodePort: 30080 })],
  [
    'one nodePort for two protocols',
    nodePorts({ name: 'a', nodePort: 30053 }, { name: 'b', nodePort: 30053, protocol: 'UDP' }),
  ],
  ['a LoadBalancer', balancer()],
  [
    'a LoadBalancer of two protocols',
    balancer({ ports: [aPort({ name: 'a' }), aPort({ name: 'b', protocol: 'UDP' })] }),
  ],
  ['a LoadBalancer with a nodePort', balancer({ ports: [aPort({ nodePort: 30080 })] })],
  [
    'a LoadBalancer’s ranges, spaces around them',
    balancer({ loadBalancerSourceRanges: [' 1.2.3.4/8 ', '5.6.0.0/16'] }),
  ],
  [
    'a LoadBalancer’s annotated ranges',
    aService({ type: 'LoadBalancer' }, { annotations: { [rangesAnnotation]: '1.2.3.4/8,  5.6.7.8/16' } }),
  ],
  ['an empty annotation of ranges', aService({ type: 'LoadBalancer' }, { annotations: { [rangesAnnotation]: '' } })],
  ['a health check of a LoadBalancer', balancer({ externalTrafficPolicy: 'Local', healthCheckNodePort: 31100 })],
  ['external traffic to a NodePort', aService({ type: 'NodePort', externalTrafficPolicy: 'Local' })],
  ['external traffic to external addresses', aService({ externalIPs: ['192.0.2.7'], externalTrafficPolicy: 'Local' })],
  ['affinity without its time', affinity({})],
  ['affinity for a day', affinity({ sessionAffinityConfig: { clientIP: { timeoutSeconds: 86_400 } } })],
  ['what kubectl gives back', { ...aService(), status: { loadBalancer: {} } }],
  ['63 characters', aService({}, { name: 'a'.repeat(63) })],
])('a Service may have %s', (_, value) => {
  expect(validateObject(value)).toMatchObject({ ok: true });
});

test('whatever stands in a Service is judged, and what is accepted can be kept', () => {
  const values = fc.oneof(
    fc.constantFrom(
      '',
      'None',
      'ClusterIP',
      'NodePort',
      'ExternalName',
      'Local',
      'TCP',
      'IPv6',
      '10.0.0.1',
      'fd00::1',
      'a.b',
    ),
    fc.integer({ min: -1, max: 70_000 }),
    fc.constant(null),
    fc.boolean(),
  );
  const field = fc.constantFrom(...Object.keys(serviceV1.shape.spec.shape));
  const port = fc.dictionary(fc.constantFrom('name', 'port', 'targetPort', 'nodePort', 'protocol'), values, {
    maxKeys: 5,
  });
  const value = fc.oneof(
    values,
    fc.array(fc.oneof(values, port), { maxLength: 3 }),
    fc.dictionary(fc.string(), values, { maxKeys: 2 }),
  );
  fc.assert(
    fc.property(fc.dictionary(field, value, { maxKeys: 5 }), (spec) => {
      const verdict = validateObject(aService(spec));
      if (verdict.ok) expect(storedForm(verdict.value.manifest as ServiceManifest)).toMatchObject({ kind: 'Service' });
      else expect(verdict.error.length).toBeGreaterThan(0);
    }),
    { numRuns: 1000 },
  );
});

import { describe, expect, test } from 'vitest';
import { formatDiagnostic } from '../../../src/manifest/format-diagnostic.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';
import { validateObject } from '../../../src/manifest/validate-object.ts';
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

const format = ({ field, message, hint }: { field: string; message: string; hint?: string }): string =>
  `${field}: ${message}${hint === undefined ? '' : ` (${hint})`}`;

function errorsOf(value: unknown): readonly string[] {
  const verdict = validateObject(value);
  return verdict.ok ? [] : verdict.error.map(format);
}

function warningsOf(value: unknown): readonly string[] {
  const verdict = validateObject(value);
  if (!verdict.ok) throw new Error(JSON.stringify(verdict.error));
  return verdict.value.warnings.map(format);
}

const label1035 =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name', or 'abc-123')";
const label1123 =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name', or '123-abc')";

describe('refuses', () => {
  test.each<[string, unknown, readonly string[]]>([
    ['no name', aService({}, { name: undefined }), ['metadata.name: Required value: name or generateName is required']],
    ['an empty name', aService({}, { name: '' }), ['metadata.name: Required value: name or generateName is required']],
    [
      'a name that begins with a digit',
      aService({}, { name: '1a' }),
      [`metadata.name: Invalid value: "1a": ${label1035}`],
    ],
    [
      'a name of a pod',
      aService({}, { name: 'a.b' }),
      [`metadata.name: Invalid value: "a.b": ${label1035} (did you mean "a-b"?)`],
    ],
    [
      'a name of 300 characters',
      aService({}, { name: 'a'.repeat(300) }),
      [`metadata.name: Invalid value: "${'a'.repeat(76)}…: must be no more than 63 characters`],
    ],
    ['a bad namespace', aService({}, { namespace: '-1' }), [`metadata.namespace: Invalid value: "-1": ${label1123}`]],
    ['no spec', { ...aService(), spec: undefined }, ['spec: Required value']],
    [
      'an unknown field',
      aService({ selektor: {} }),
      ['spec.selektor: unknown field "selektor" (did you mean "selector"?)'],
    ],
    ['no ports', aService({ ports: [] }), ['spec.ports: Required value']],
    [
      'an unknown type',
      aService({ type: 'Nodeport' }),
      [
        'spec.type: Unsupported value: "Nodeport": supported values: "ClusterIP", "NodePort", "LoadBalancer", "ExternalName" (did you mean "NodePort"?)',
      ],
    ],
    [
      'a bad selector',
      aService({ selector: { 'a b': 'x', c: 'd e' } }),
      [
        expect.stringMatching(/^spec\.selector: Invalid value: "a b": name part must consist/),
        expect.stringMatching(/^spec\.selector: Invalid value: "d e": a valid label must be/),
      ] as never,
    ],
    ['port 0', ports({ port: 0 }), ['spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive']],
    [
      'port 70000',
      ports({ port: 70_000 }),
      ['spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive'],
    ],
    [
      'no port',
      aService({ ports: [{ name: 'a' }] }),
      ['spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive'],
    ],
    [
      'targetPort 65536',
      ports({ targetPort: 65_536 }),
      ['spec.ports[0].targetPort: Invalid value: 65536: must be between 1 and 65535, inclusive'],
    ],
    [
      'a quoted number',
      ports({ targetPort: '8080' }),
      [
        'spec.ports[0].targetPort: Invalid value: "8080": must contain at least one letter (a-z) (a number is written without quotes)',
      ],
    ],
    [
      'a targetPort that is no name',
      ports({ targetPort: 'a_b' }),
      [
        'spec.ports[0].targetPort: Invalid value: "a_b": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
      ],
    ],
    [
      'an unknown protocol',
      ports({ protocol: 'HTTP' }),
      [
        'spec.ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP" (did you mean "SCTP"?)',
      ],
    ],
    ['a port’s name in capitals', ports({ name: 'HTTP' }), [`spec.ports[0].name: Invalid value: "HTTP": ${label1123}`]],
    [
      'several ports, one without a name',
      ports({ name: 'a' }, { port: 81 }),
      ['spec.ports[1].name: Required value: a Service with several ports needs one for each'],
    ],
    ['a name twice', ports({ name: 'a' }, { name: 'a', port: 81 }), ['spec.ports[1].name: Duplicate value: "a"']],
    [
      'a port twice',
      ports({ name: 'a' }, { name: 'b', protocol: 'TCP' }),
      ['spec.ports[1]: Duplicate value: "80/TCP"'],
    ],
    [
      'a nodePort twice',
      nodePorts({ name: 'a', nodePort: 30080 }, { name: 'b', port: 81, nodePort: 30080 }),
      ['spec.ports[1].nodePort: Duplicate value: 30080'],
    ],
    [
      'a nodePort of a ClusterIP',
      ports({ nodePort: 30080 }),
      ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP' (type: NodePort)"],
    ],
    [
      'the kubelet’s port of a LoadBalancer',
      balancer({ ports: [aPort({ port: 10_250 })] }),
      ['spec.ports[0].port: Invalid value: 10250: may not expose port 10250 externally since it is used by kubelet'],
    ],
    [
      'a bad address',
      aService({ clusterIP: 'invalid' }),
      [`spec.clusterIPs[0]: Invalid value: "invalid": must be empty, 'None', or a valid IP address`],
    ],
    [
      'NodePort without an address',
      headless({ type: 'NodePort' }),
      ['spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for NodePort services'],
    ],
    [
      'LoadBalancer without an address',
      headless({ type: 'LoadBalancer' }),
      ['spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for LoadBalancer services'],
    ],
    [
      'other first addresses',
      aService({ clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.2'] }),
      ['spec.clusterIPs: Invalid value: ["10.0.0.2"]: first value must match `clusterIP`'],
    ],
    [
      'two of one family',
      aService({ clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1', '10.0.0.2'] }),
      ['spec.clusterIPs: Invalid value: ["10.0.0.1","10.0.0.2"]: may specify no more than one IP for each IP family'],
    ],
    [
      'None beside an address',
      aService({ clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1', 'None'] }),
      [`spec.clusterIPs[1]: Invalid value: "None": 'None' must be the first and only value`],
    ],
    ['a family twice', aService({ ipFamilies: ['IPv4', 'IPv4'] }), ['spec.ipFamilies[1]: Duplicate value: "IPv4"']],
    [
      'an address of another family',
      aService({ clusterIP: '10.0.0.1', ipFamilies: ['IPv6'] }),
      ['spec.clusterIP: Invalid value: "10.0.0.1": expected an IPv6 value as indicated by `ipFamilies[0]`'],
    ],
    [
      'two families for one',
      aService({ ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4', 'IPv6'] }),
      [
        'spec.ipFamilyPolicy: Invalid value: "SingleStack": must be RequireDualStack or PreferDualStack when multiple `ipFamilies` are specified',
      ],
    ],
    ['an ExternalName without it', external({ externalName: '' }), ['spec.externalName: Required value']],
    [
      'an ExternalName that is none',
      external({ externalName: '-123' }),
      [expect.stringMatching(/^spec\.externalName: Invalid value: "-123": a lowercase RFC 1123 subdomain/) as never],
    ],
    [
      'an ExternalName with an address',
      external({ clusterIP: '1.2.3.4' }),
      ['spec.clusterIP: Forbidden: may not be set for ExternalName services'],
    ],
    [
      'a headless ExternalName',
      external({ clusterIP: 'None' }),
      ['spec.clusterIP: Forbidden: may not be set for ExternalName services'],
    ],
    [
      'an ExternalName with families',
      external({ ipFamilies: ['IPv4'] }),
      ['spec.ipFamilies: Forbidden: may not be set for ExternalName services'],
    ],
    ...['127.0.0.1', '0.0.0.0', '169.254.1.1', '224.0.0.1', '::1', 'fe80::1'].map(
      (ip): [string, unknown, readonly string[]] => [
        `the external address ${ip}`,
        aService({ externalIPs: [ip] }),
        [
          expect.stringMatching(
            /^spec\.externalIPs\[0\]: Invalid value: ".*": may not be (unspecified|in the l)/,
          ) as never,
        ],
      ],
    ),
    [
      'a name as an external address',
      aService({ externalIPs: ['myhost.mydomain'] }),
      [
        'spec.externalIPs[0]: Invalid value: "myhost.mydomain": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      ],
    ],
    [
      'affinity for no time',
      affinity({ sessionAffinityConfig: { clientIP: { timeoutSeconds: -1 } } }),
      [
        'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: -1: must be greater than 0 and less than 86400',
      ],
    ],
    [
      'affinity for more than a day',
      affinity({ sessionAffinityConfig: { clientIP: { timeoutSeconds: 86_401 } } }),
      [
        'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400',
      ],
    ],
    [
      'a time without affinity',
      aService({ sessionAffinityConfig: { clientIP: { timeoutSeconds: 90 } } }),
      [
        'spec.sessionAffinityConfig: Forbidden: must not be set when session affinity is None (sessionAffinity: ClientIP)',
      ],
    ],
    [
      'an unknown affinity',
      aService({ sessionAffinity: 'Cookie' }),
      ['spec.sessionAffinity: Unsupported value: "Cookie": supported values: "None", "ClientIP"'],
    ],
    [
      'external traffic to a ClusterIP, with a health check',
      aService({ externalTrafficPolicy: 'Local', healthCheckNodePort: 34_567 }),
      [
        'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
        "spec.healthCheckNodePort: Invalid value: 34567: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
      ],
    ],
    [
      'a health check of a NodePort',
      aService({ type: 'NodePort', externalTrafficPolicy: 'Local', healthCheckNodePort: 34_567 }),
      [
        "spec.healthCheckNodePort: Invalid value: 34567: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
      ],
    ],
    [
      'health check -1',
      balancer({ externalTrafficPolicy: 'Local', healthCheckNodePort: -1 }),
      ['spec.healthCheckNodePort: Invalid value: -1: must be between 0 and 65535, inclusive'],
    ],
    [
      'a LoadBalancer’s ranges elsewhere',
      aService({ loadBalancerSourceRanges: ['1.2.3.0/24'] }),
      ["spec.loadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'"],
    ],
    [
      'a range that is none',
      balancer({ loadBalancerSourceRanges: ['foo.bar'] }),
      [
        'spec.loadBalancerSourceRanges[0]: Invalid value: "foo.bar": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      ],
    ],
    [
      'an annotated range elsewhere',
      aService({}, { annotations: { [rangesAnnotation]: '1.2.3.0/24' } }),
      [`metadata.annotations[${rangesAnnotation}]: Forbidden: may only be used when \`type\` is 'LoadBalancer'`],
    ],
    [
      'an annotated range that is none',
      aService({ type: 'LoadBalancer' }, { annotations: { [rangesAnnotation]: '1.2.3.4/33' } }),
      [
        `metadata.annotations[${rangesAnnotation}]: Invalid value: "1.2.3.4/33": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)`,
      ],
    ],
  ])('%s', (_, value, errors) => {
    expect(errorsOf(value)).toEqual(errors);
  });
});

describe('warns of', () => {
  const unknown = 'means nothing on one machine, ignored';
  test.each<[string, unknown, readonly string[]]>([
    ['nothing', aService({ internalTrafficPolicy: 'Local' }), []],
    ['nothing of an ExternalName', external({ selector: undefined }), []],
    [
      'a LoadBalancer, and what only a cluster’s has',
      balancer({ loadBalancerIP: '192.0.2.1', loadBalancerClass: 'a/b' }),
      [
        `spec.loadBalancerIP: ${unknown}`,
        `spec.loadBalancerClass: ${unknown}`,
        'spec.type: works as NodePort: there is no load balancer on one machine (its ports are reached on this machine’s addresses at nodePort)',
      ],
    ],
    [
      'where traffic is distributed to',
      aService({ trafficDistribution: 'PreferClose' }),
      [`spec.trafficDistribution: ${unknown}`],
    ],
    [
      'no selector',
      aService({ selector: {} }),
      [
        'spec.selector: selects no pod: without it Kubernetes wants Endpoints made by hand, which podctl does not keep (give the labels of pods, or use type: ExternalName for what runs elsewhere)',
      ],
    ],
  ])('%s', (_, value, warnings) => {
    expect(warningsOf(value)).toEqual(warnings);
  });
});

test('a mistake is shown at its place', () => {
  const text =
    'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ports:\n    - port: 70000\n      targetPort: "80"\n';
  const shown = parseManifest(text, 'x.yaml')
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map((diagnostic) => formatDiagnostic(diagnostic, { color: false }).split('\n')[0]);
  expect(shown).toEqual([
    expect.stringMatching(/^x\.yaml:7:13: spec\.ports\[0\]\.port: /),
    expect.stringMatching(/^x\.yaml:8:19: spec\.ports\[0\]\.targetPort: /),
  ]);
});

import { describe, expect, test } from 'vitest';
import { toJSONSchema } from 'zod';
import { dropNulls, withoutPaths } from '../../../src/manifest/clean-value.ts';
import { createProblemList, type FieldProblem } from '../../../src/manifest/field-problem.ts';
import { checkNetworkPolicy } from '../../../src/manifest/rules-network-policy.ts';
import type { Loose } from '../../../src/manifest/schema.ts';
import { type NetworkPolicyInput, networkPolicyV1 } from '../../../src/manifest/schema-network-policy.ts';
import { findSchemaProblems } from '../../../src/manifest/schema-problems.ts';

function judge(spec: unknown, metadata: object = { name: 'policy' }) {
  const written = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata, ...(spec ? { spec } : {}) };
  const value = dropNulls(written);
  const found = createProblemList();
  const typeErrors = findSchemaProblems(networkPolicyV1, value);
  const paths = typeErrors.map(({ path }) => path);
  checkNetworkPolicy(withoutPaths(value, paths) as Loose<NetworkPolicyInput>, found);
  const tell = ({ field, message, hint }: FieldProblem) => `${field}: ${message}${hint ? ` (${hint})` : ''}`;
  return { errors: [...typeErrors, ...found.errors].map(tell), warnings: found.warnings.map(tell) };
}

const allowing = (from: unknown, ports?: unknown) => ({ podSelector: {}, ingress: [{ from, ports }] });
const onPort = (port: unknown) => ({ podSelector: {}, egress: [{ ports: [port] }] });
const block = (cidr: unknown, except?: unknown) => allowing([{ ipBlock: { cidr, except } }]);

describe('accepts', () => {
  test.each<[string, unknown]>([
    ['no spec', undefined],
    ['an empty spec', {}],
    ['no rules', { podSelector: { matchLabels: { a: 'b' } }, ingress: [] }],
    ['empty lists', { podSelector: {}, ingress: [{ from: [], ports: [] }], egress: [{ to: [], ports: [] }] }],
    ['nulls for what is absent', { podSelector: null, ingress: [{ from: null, ports: null }], policyTypes: null }],
    [
      'ports of every form',
      allowing(undefined, [
        { port: 80 },
        { protocol: 'TCP' },
        { protocol: 'TCP', port: 443 },
        { protocol: 'UDP', port: 'dns' },
        { protocol: 'SCTP', port: 7777 },
        { port: 32000, endPort: 32768 },
        { protocol: 'UDP', port: 5, endPort: 5 },
        {},
      ]),
    ],
    ['a peer by pods', allowing([{ podSelector: { matchLabels: { c: 'd' } } }])],
    ['a peer by namespaces', allowing([{ namespaceSelector: {} }])],
    ['a peer by pods of namespaces', allowing([{ podSelector: {}, namespaceSelector: {} }])],
    [
      'blocks',
      allowing([
        { ipBlock: { cidr: '192.168.0.0/16', except: ['192.168.3.0/24', '192.168.4.0/24'] } },
        { ipBlock: { cidr: 'fd00:192:168::/48', except: ['fd00:192:168:3::/64'] } },
      ]),
    ],
    ['all addresses', allowing([{ ipBlock: { cidr: '0.0.0.0/0' } }, { ipBlock: { cidr: '::/0' } }])],
    ['both types', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }],
    ['one type twice', { podSelector: {}, policyTypes: ['Ingress', 'Ingress'] }],
  ])('%s', (_, spec) => {
    expect(judge(spec)).toEqual({ errors: [], warnings: [] });
  });
});

const from = 'spec.ingress[0].from[0]';
const port = 'spec.egress[0].ports[0]';
const range = 'must be between 1 and 65535, inclusive';

describe('refuses', () => {
  test.each<[string, unknown, readonly string[]]>([
    [
      'an empty peer',
      allowing([{}]),
      [`${from}: Required value: must specify a peer (podSelector, namespaceSelector or ipBlock)`],
    ],
    [
      'a peer of nulls',
      allowing([{ podSelector: null }]),
      [`${from}: Required value: must specify a peer (podSelector, namespaceSelector or ipBlock)`],
    ],
    [
      'a block beside pods',
      allowing([{ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }]),
      [`${from}: Forbidden: may not specify both ipBlock and another peer (make them two entries of the list)`],
    ],
    [
      'a block beside namespaces',
      { podSelector: {}, egress: [{ to: [{ namespaceSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }] }] },
      [
        'spec.egress[0].to[0]: Forbidden: may not specify both ipBlock and another peer (make them two entries of the list)',
      ],
    ],
    ['a block without cidr', allowing([{ ipBlock: {} }]), [`${from}.ipBlock.cidr: Required value`]],
    ['an empty cidr', block(''), [`${from}.ipBlock.cidr: Required value`]],
    [
      'a cidr that is a number',
      block(10),
      [`${from}.ipBlock.cidr: must be a string, not the number 10 (quote it: "10")`],
    ],
    [
      'an address as cidr',
      block('192.168.5.6'),
      [expect.stringContaining(`${from}.ipBlock.cidr: Invalid value: "192.168.5.6": `)],
    ],
    ['no address at all', block('all/8'), [expect.stringContaining(`${from}.ipBlock.cidr: Invalid value: "all/8": `)]],
    [
      'a prefix that is too long',
      block('10.0.0.0/33'),
      [expect.stringContaining(`${from}.ipBlock.cidr: Invalid value: "10.0.0.0/33": `)],
    ],
    [
      'leading zeros',
      block('010.0.0.0/8'),
      [expect.stringContaining(`${from}.ipBlock.cidr: Invalid value: "010.0.0.0/8": `)],
    ],
    [
      'bits beyond the prefix',
      block('10.9.8.7/24'),
      [expect.stringMatching(/cidr: Invalid value: "10\.9\.8\.7\/24": .*10\.9\.8\.0\/24/)],
    ],
    [
      'an IPv4 address as an IPv6 one',
      block('::ffff:10.0.0.0/104'),
      [`${from}.ipBlock.cidr: Invalid value: "::ffff:10.0.0.0/104": must not have an IPv4-mapped IPv6 address`],
    ],
    [
      'an exception that is no block',
      block('10.0.0.0/8', ['10.0.0.1']),
      [expect.stringContaining(`${from}.ipBlock.except[0]: Invalid value: "10.0.0.1": `)],
    ],
    [
      'an exception outside',
      block('192.168.8.0/24', ['192.168.9.0/25']),
      [`${from}.ipBlock.except[0]: Invalid value: "192.168.9.0/25": must be a strict subset of \`cidr\``],
    ],
    [
      'an exception that is all of it',
      block('192.168.8.0/24', ['192.168.8.0/25', '192.168.8.0/24']),
      [`${from}.ipBlock.except[1]: Invalid value: "192.168.8.0/24": must be a strict subset of \`cidr\``],
    ],
    [
      'an exception that is more than it',
      block('192.168.8.0/24', ['192.168.0.0/16']),
      [`${from}.ipBlock.except[0]: Invalid value: "192.168.0.0/16": must be a strict subset of \`cidr\``],
    ],
    [
      'an exception of the other family',
      block('::/0', ['10.0.0.0/8']),
      [`${from}.ipBlock.except[0]: Invalid value: "10.0.0.0/8": must be a strict subset of \`cidr\``],
    ],
    [
      'a protocol that is none',
      onPort({ protocol: 'ICMP', port: 80 }),
      [`${port}.protocol: Unsupported value: "ICMP": supported values: "TCP", "UDP", "SCTP" (did you mean "TCP"?)`],
    ],
    [
      'a protocol in small letters',
      onPort({ protocol: 'tcp', port: 80 }),
      [`${port}.protocol: Unsupported value: "tcp": supported values: "TCP", "UDP", "SCTP" (did you mean "TCP"?)`],
    ],
    ['port 0', onPort({ port: 0 }), [`${port}.port: Invalid value: 0: ${range}`]],
    ['port 70000', onPort({ port: 70000 }), [`${port}.port: Invalid value: 70000: ${range}`]],
    [
      'a number in quotes',
      onPort({ port: '80' }),
      [
        `${port}.port: Invalid value: "80": must contain at least one letter (a-z) (a number is written without quotes)`,
      ],
    ],
    [
      'a name of no port',
      onPort({ port: '!@#$' }),
      [`${port}.port: Invalid value: "!@#$": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)`],
    ],
    [
      'a port of a wrong type, and no more of it',
      onPort({ port: true, endPort: 90 }),
      [expect.stringContaining(`${port}.port: must be a port number or the name of a port`)],
    ],
    [
      'a last port without a first',
      onPort({ endPort: 90 }),
      [`${port}.endPort: Invalid value: 90: may not be specified when \`port\` is not specified`],
    ],
    [
      'a last port after a name',
      onPort({ port: 'dns', endPort: 90 }),
      [`${port}.endPort: Invalid value: 90: may not be specified when \`port\` is non-numeric`],
    ],
    [
      'a last port before the first',
      onPort({ port: 30, endPort: 20 }),
      [`${port}.endPort: Invalid value: 20: must be greater than or equal to \`port\``],
    ],
    [
      'a last port that is none',
      onPort({ port: 30, endPort: 65536 }),
      [`${port}.endPort: Invalid value: 65536: ${range}`],
    ],
    [
      'a type that is none',
      { podSelector: {}, policyTypes: ['Ingres'] },
      [
        'spec.policyTypes[0]: Unsupported value: "Ingres": supported values: "Ingress", "Egress" (did you mean "Ingress"?)',
      ],
    ],
    [
      'three types',
      { podSelector: {}, policyTypes: ['Ingress', 'Egress', 'Ingress'] },
      ['spec.policyTypes: Invalid value: ["Ingress","Egress","Ingress"]: may not specify more than two policyTypes'],
    ],
    [
      'a selector of a peer that is wrong',
      allowing([{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'a b' } } }]),
      [expect.stringContaining(`${from}.namespaceSelector.matchLabels: Invalid value: "a b": `)],
    ],
    [
      'a mistyped field',
      { podSelektor: {} },
      ['spec.podSelektor: unknown field "podSelektor" (did you mean "podSelector"?)'],
    ],
    [
      'from among egress',
      { egress: [{ from: [] }] },
      [expect.stringContaining('spec.egress[0].from: unknown field "from"')],
    ],
  ])('%s', (_, spec, errors) => {
    expect(judge(spec).errors).toEqual(errors);
  });

  test('a name that is none', () => {
    expect(judge({}, { name: 'No Name' }).errors).toEqual([
      expect.stringContaining('metadata.name: Invalid value: "No Name"'),
    ]);
  });

  test('all that is wrong at once', () => {
    const spec = {
      podSelector: { matchLabels: { a: '-' } },
      ingress: [{ from: [{}], ports: [{ port: 0 }] }],
      policyTypes: ['x'],
    };
    expect(judge(spec).errors.map((line) => line.split(':')[0])).toEqual([
      'spec.policyTypes[0]',
      'spec.podSelector.matchLabels',
      'spec.ingress[0].ports[0].port',
      'spec.ingress[0].from[0]',
    ]);
  });
});

describe('warns of', () => {
  test.each<[string, unknown, readonly string[]]>([
    [
      'rules that are not among the types',
      { podSelector: {}, policyTypes: ['Ingress'], egress: [{}] },
      ['spec.egress: is not among policyTypes, ignored'],
    ],
    [
      'an address that is written longer than it is',
      block('FD00:0:0::/64'),
      [`${from}.ipBlock.cidr: is written fd00::/64 in its shortest form (RFC 5952)`],
    ],
  ])('%s', (_, spec, warnings) => {
    expect(judge(spec)).toEqual({ errors: [], warnings });
  });
});

test('the schema is a JSON Schema as well', () => {
  expect(() => toJSONSchema(networkPolicyV1)).not.toThrow();
});

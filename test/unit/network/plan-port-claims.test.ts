import { describe, expect, test } from 'vitest';
import { claimsOfPod, overlap, type PortClaim, portConflicts } from '../../../src/network/plan-port-claims.ts';

const pod = (
  ports: NonNullable<NonNullable<Parameters<typeof claimsOfPod>[1]['containers']>[number]['ports']>,
  rest = {},
) => ({
  containers: [{}, { ports }],
  ...rest,
});
const aClaim = (holder: string, claim: Partial<PortClaim> = {}): PortClaim => ({
  holder,
  protocol: 'TCP',
  port: 80,
  path: [],
  ...claim,
});

describe('a pod claims', () => {
  test('its hostPorts, at their fields', () => {
    const ports = [{ containerPort: 80 }, { containerPort: 53, hostPort: 5300, hostIP: '127.0.0.1', protocol: 'UDP' }];
    const path = ['spec', 'containers', 1, 'ports', 1, 'hostPort'];
    expect(claimsOfPod('pod a/b', pod(ports))).toEqual([
      { holder: 'pod a/b', protocol: 'UDP', port: 5300, hostIP: '127.0.0.1', path },
    ]);
  });

  test('an address, however it is written', () => {
    const [claim] = claimsOfPod('', pod([{ containerPort: 80, hostPort: 80, hostIP: '2001:DB8:0::1' }]));
    expect(claim?.hostIP).toBe('2001:db8::1');
  });

  test('all its ports with hostNetwork', () => {
    const [claim] = claimsOfPod('', pod([{ containerPort: 80, hostPort: 0 }], { hostNetwork: true }));
    expect(claim).toMatchObject({ port: 80, protocol: 'TCP' });
    expect(claim?.path.at(-1)).toBe('containerPort');
  });
});

describe('two addresses of the machine', () => {
  test.each([
    [undefined, '127.0.0.1', true],
    [undefined, undefined, true],
    ['127.0.0.1', '127.0.0.1', true],
    ['127.0.0.1', '192.0.2.1', false],
    ['0.0.0.0', '192.0.2.1', true],
    ['0.0.0.0', '::', false],
    ['::', '2001:db8::1', true],
    ['0.0.0.0', '2001:db8::1', false],
  ])('%s and %s are one: %s', (one, other, isOne) => {
    expect([overlap(one, other), overlap(other, one)]).toEqual([isOne, isOne]);
  });
});

describe('a conflict', () => {
  test.each<[string, PortClaim[], PortClaim[], string[]]>([
    ['with who has the port', [aClaim('a')], [aClaim('b')], ['a b']],
    ['is none with another protocol', [aClaim('a')], [aClaim('b', { protocol: 'UDP' })], []],
    ['is none at another address', [aClaim('a', { hostIP: '192.0.2.1' })], [aClaim('b', { hostIP: '127.0.0.1' })], []],
    ['is none with oneself', [aClaim('a'), aClaim('a')], [], []],
    ['within a request is the later one’s', [aClaim('a'), aClaim('b'), aClaim('c', { port: 81 })], [], ['b a']],
  ])('%s', (_, wanted, others, told) => {
    expect(portConflicts(wanted, others).map(({ claim, other }) => `${claim.holder} ${other.holder}`)).toEqual(told);
  });
});

import { describe, expect, test } from 'vitest';
import type { NetworkPolicySpec } from '../../../src/model/service-spec.ts';
import { warnIsolation } from '../../../src/reconcile/warn-isolation.ts';
import { aPolicy } from '../../support/policy-builders.ts';

type Selectable = Parameters<typeof warnIsolation>[1][number];

function aPod(name: string, net: 'pod' | 'host'): Selectable {
  // of a container nothing else is looked at
  const container = { namespaces: { net } } as Selectable['containers'][number];
  return { name, labels: { app: name }, containers: [container] };
}

const pods = [aPod('web', 'pod'), aPod('agent', 'host')];

function warnings(spec?: NetworkPolicySpec): readonly string[] {
  return warnIsolation(aPolicy(spec), pods).map(
    ({ field, message, hint }) => `${field}: ${message}${hint ? ` (${hint})` : ''}`,
  );
}

describe('a policy is told', () => {
  const onMachine = 'pod agent uses the machine’s network';
  test('of pods in the machine’s network that it selects', () => {
    expect(warnings()).toEqual([`spec.podSelector: ${onMachine}: it is not isolated`]);
    expect(warnings({ podSelector: { matchLabels: { app: 'agent' } } })).toHaveLength(1);
    expect(warnings({ podSelector: { matchLabels: { app: 'web' } } })).toEqual([]);
  });

  test('of peers in the machine’s network', () => {
    const agent = { podSelector: { matchLabels: { app: 'agent' } } };
    const web = { podSelector: { matchLabels: { app: 'web' } } };
    expect(warnings({ ...web, ingress: [{ from: [web, agent] }], egress: [{}, { to: [agent] }] })).toEqual([
      `spec.ingress[0].from[1]: ${onMachine}: like all of the machine it always reaches pods`,
      `spec.egress[1].to[0]: ${onMachine}: it is not let through (an ipBlock with the machine’s address lets it through)`,
    ]);
  });

  test('nothing of peers in other namespaces and of blocks', () => {
    const web = { podSelector: { matchLabels: { app: 'web' } } };
    const peers = [{ podSelector: {}, namespaceSelector: {} }, { ipBlock: { cidr: '0.0.0.0/0' } }];
    expect(warnings({ ...web, ingress: [{ from: peers }] })).toEqual([]);
  });

  test('first of all that nothing is isolated on this machine', () => {
    expect(warnIsolation(aPolicy(undefined), pods, 'nft is not in PATH').map(({ message }) => message)).toEqual([
      'is kept, but isolates nothing: nft is not in PATH',
    ]);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NetworkState } from '../../../src/model/network.ts';
import type { Ruleset } from '../../../src/model/ruleset.ts';
import { planRuleset } from '../../../src/network/plan-ruleset.ts';
import { formatRemoval, formatRuleset, planRulesetChange } from '../../../src/network/plan-ruleset-change.ts';
import { aHostPort, anEndpoint, aService, aState, settings } from './network-states.ts';
import { runScript } from './run-nft-script.ts';

const plan = (state: Partial<NetworkState> = {}): Ruleset => planRuleset(settings, aState(state));
const change = (before: Partial<NetworkState>, after: Partial<NetworkState>) =>
  planRulesetChange(plan(before), plan(after)).split('\n').filter(Boolean);

describe('a change of the table', () => {
  test('is nothing where nothing differs', () => {
    expect(planRulesetChange(plan({ services: [aService()] }), plan({ services: [aService()] }))).toBe('');
  });

  test('of a hostPort is one of elements', () => {
    expect(change({ hostPorts: [aHostPort()] }, { hostPorts: [aHostPort({ target: anEndpoint(5, 81) })] })).toEqual([
      'delete element inet podctl host-ports4 { 6 . 8080 }',
      'delete element inet podctl host-ports6 { 6 . 8080 }',
      'add element inet podctl host-ports4 { 6 . 8080 : 10.99.0.5 . 81 }',
      'add element inet podctl host-ports6 { 6 . 8080 : fd12:3456:789a::5 . 81 }',
    ]);
  });

  test('of endpoints replaces the rules of that Service alone', () => {
    const other = aService({ name: 'other', ips: ['10.99.128.21'] });
    const fewer = aService({ ports: [{ protocol: 'TCP', port: 80, endpoints: [anEndpoint(5)] }] });
    const lines = change({ services: [aService(), other] }, { services: [fewer, other] });
    expect(lines.filter((line) => line.includes('chain'))).toEqual(['flush chain inet podctl svc/default/web/tcp/80']);
    expect(lines.join('\n')).not.toContain('other');
  });

  test('takes what refers before what is referred to', () => {
    const lines = change({ services: [aService({ affinitySeconds: 60 })] }, {});
    const first = (pattern: RegExp) => lines.findIndex((line) => pattern.test(line));
    expect(first(/delete element .*services4/)).toBeLessThan(first(/flush chain/));
    expect(first(/flush chain/)).toBeLessThan(first(/delete set/));
    expect(first(/delete set/)).toBeLessThan(first(/delete chain/));
  });

  test('that nft has no command for is the whole table', () => {
    const after = plan();
    const hook = 'type filter hook forward priority 5; policy accept;';
    const moved = { ...after, chains: { ...after.chains, forward: { hook, rules: [] } } };
    expect(planRulesetChange(after, moved)).toBe(formatRuleset(moved));
  });
});

const port = fc.record({ number: fc.integer({ min: 1, max: 4 }), protocol: fc.constantFrom('TCP', 'UDP') });
const hostPorts = fc
  .uniqueArray(port, { maxLength: 4, selector: ({ number, protocol }) => `${number}${protocol}` })
  .chain((ports) =>
    fc.tuple(
      ...ports.map(({ number, protocol }) =>
        fc
          .record({
            target: fc.integer({ min: 1, max: 3 }),
            hostIP: fc.constantFrom(undefined, '127.0.0.1', '::1', '::'),
          })
          .map(({ target, hostIP }) =>
            aHostPort({
              protocol,
              hostPort: number,
              target: anEndpoint(target),
              ...(hostIP === undefined ? {} : { hostIP }),
            }),
          ),
      ),
    ),
  );
const services = fc.uniqueArray(fc.constantFrom('a', 'b', 'c')).chain((names) =>
  fc.tuple(
    ...names.map((name, index) =>
      fc
        .record({ endpoints: fc.subarray([1, 2, 3]), isSticky: fc.boolean(), hasNodePort: fc.boolean() })
        .map(({ endpoints, isSticky, hasNodePort }) =>
          aService({
            name,
            ips: [`10.99.128.2${index}`, `fd12:3456:789a:1::2${index}`],
            ...(isSticky ? { affinitySeconds: 60 } : {}),
            ports: [
              {
                protocol: 'TCP',
                port: 80,
                ...(hasNodePort ? { nodePort: 30000 + index } : {}),
                endpoints: endpoints.map((number) => anEndpoint(number)),
              },
            ],
          }),
        ),
    ),
  ),
);
const states = fc.record({ hostPorts, services }).map((parts) => plan(parts));

describe('the scripts', () => {
  test('lead from any table to any other, however it was reached', () => {
    fc.assert(
      fc.property(fc.array(states, { minLength: 1, maxLength: 4 }), (steps) => {
        let kernel = runScript(undefined, formatRuleset(steps[0] as Ruleset));
        steps.slice(1).forEach((after, index) => {
          kernel = runScript(kernel, planRulesetChange(steps[index] as Ruleset, after));
        });
        expect(kernel).toEqual(runScript(undefined, formatRuleset(steps.at(-1) as Ruleset)));
      }),
    );
  });

  test('of a whole table do not care what was there', () => {
    fc.assert(
      fc.property(states, states, (before, after) => {
        const kernel = runScript(undefined, formatRuleset(before));
        expect(runScript(kernel, formatRuleset(after))).toEqual(runScript(undefined, formatRuleset(after)));
        expect(runScript(kernel, formatRemoval('podctl'))).toBeUndefined();
      }),
    );
  });
});

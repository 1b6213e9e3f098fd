import { describe, expect, test } from 'vitest';
import { normaliseBandwidth } from '../../../src/manifest/bandwidth.ts';
import { aPod, errorsOf, warningsOf } from './a-manifest.ts';

const ingress = 'kubernetes.io/ingress-bandwidth';
const egress = 'kubernetes.io/egress-bandwidth';
const limited = (value: string, spec = {}): unknown => aPod(spec, { annotations: { [ingress]: value } });

describe('bandwidth annotations', () => {
  test.each([
    ['20M', 20_000_000],
    ['1k', 1_000],
    ['1P', 1e15],
    ['1.5M', 1_500_000],
    ['1Mi', 1_048_576],
    ['1e6', 1_000_000],
    ['1000.5', 1_001],
  ])('%s is so many bits per second', (text, bps) => {
    expect(errorsOf(limited(text))).toEqual([]);
    expect(warningsOf(limited(text))).toEqual([]);
    expect(normaliseBandwidth({ [ingress]: text })).toEqual({ ingressBps: bps });
  });

  test.each([
    ['fast', 'must be a quantity'],
    ['', 'must be a quantity'],
    ['20 M', 'must be a quantity'],
    ['20Mbit', 'must be a quantity'],
    ['999', 'resource is unreasonably small (< 1kbit)'],
    ['0', 'resource is unreasonably small (< 1kbit)'],
    ['-5M', 'resource is unreasonably small (< 1kbit)'],
    ['1.1P', 'resource is unreasonably large (> 1Pbit)'],
    ['1E', 'resource is unreasonably large (> 1Pbit)'],
  ])('"%s" is refused', (text, complaint) => {
    const field = `metadata.annotations[${ingress}]`;
    const hint = '(bits per second, as "20M")';
    expect(errorsOf(limited(text))).toEqual([`${field}: Invalid value: ${JSON.stringify(text)}: ${complaint} ${hint}`]);
  });

  test('both directions are apart, others mean nothing', () => {
    expect(normaliseBandwidth({ [egress]: '2M', [ingress]: '3M', other: '1M' })).toEqual({
      ingressBps: 3_000_000,
      egressBps: 2_000_000,
    });
    expect(normaliseBandwidth({ other: '1M' })).toBeUndefined();
    expect(normaliseBandwidth(undefined)).toBeUndefined();
  });
});

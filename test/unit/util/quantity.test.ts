import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseQuantity, quantityMillis, quantityUnits } from '../../../src/util/quantity.ts';

const nano = 1_000_000_000n;

describe('parseQuantity', () => {
  test.each([
    ['0', 0n],
    ['1', nano],
    ['+1', nano],
    ['-1', -nano],
    ['0.5', nano / 2n],
    ['.5', nano / 2n],
    ['5.', 5n * nano],
    ['100m', nano / 10n],
    ['1u', 1000n],
    ['1n', 1n],
    ['0.1n', 1n],
    ['1k', 1000n * nano],
    ['1M', 1_000_000n * nano],
    ['1Ki', 1024n * nano],
    ['1.5Gi', 1536n * 1024n * 1024n * nano],
    ['1E', 10n ** 18n * nano],
    ['1Ei', 2n ** 60n * nano],
    ['1e3', 1000n * nano],
    ['1E3', 1000n * nano],
    ['12e-1', 1_200_000_000n],
    ['1e21', (2n ** 63n - 1n) * nano],
    ['1e999999', (2n ** 63n - 1n) * nano],
    ['1e-999999', 1n],
    ['0e999999', 0n],
  ])('reads %s', (text, amount) => {
    expect(parseQuantity(text)).toBe(amount);
  });

  test.each([
    '',
    '.',
    'm',
    '1K',
    '1ki',
    '128MB',
    '1 Gi',
    '0x10',
    '1e',
    '1.2.3',
    '--1',
    'NaN',
    'Infinity',
    '1'.repeat(200),
  ])('refuses %j', (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  });

  test('agrees with plain arithmetic on whole numbers of any suffix', () => {
    const factors = { '': 1n, k: 1000n, Ki: 1024n, M: 10n ** 6n, Mi: 2n ** 20n, G: 10n ** 9n, Gi: 2n ** 30n };
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(...(Object.keys(factors) as (keyof typeof factors)[])), (count, suffix) => {
        expect(parseQuantity(`${count}${suffix}`)).toBe(BigInt(count) * factors[suffix] * nano);
      }),
    );
  });
});

test('millicores round up', () => {
  expect(quantityMillis(parseQuantity('0.0001') ?? 0n)).toBe(1);
  expect(quantityMillis(parseQuantity('250m') ?? 0n)).toBe(250);
  expect(quantityMillis(parseQuantity('2') ?? 0n)).toBe(2000);
});

test('bytes round up', () => {
  expect(quantityUnits(parseQuantity('64Mi') ?? 0n)).toBe(67_108_864);
  expect(quantityUnits(parseQuantity('100m') ?? 0n)).toBe(1);
  expect(quantityUnits(parseQuantity('-1500m') ?? 0n)).toBe(-2);
});

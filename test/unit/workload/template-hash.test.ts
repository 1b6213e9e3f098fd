import { describe, expect, it } from 'vitest';
import { rollingBounds, scaledNumber } from '../../../src/workload/int-or-percent.ts';
import { newNames, sameTemplate, templateHash, withHash } from '../../../src/workload/template-hash.ts';
import { aTemplate } from './builders.ts';

describe('templateHash', () => {
  it('is the same for the same template, whatever the order of its fields and the label of its revision', () => {
    const { metadata, spec } = aTemplate();
    const turned = { spec: Object.fromEntries(Object.entries(spec).reverse()), metadata } as never;
    expect(templateHash(turned)).toBe(templateHash(aTemplate()));
    expect(templateHash(withHash(aTemplate(), 'abc'))).toBe(templateHash(aTemplate()));
    expect(sameTemplate(withHash(aTemplate(), 'abc'), aTemplate())).toBe(true);
  });

  it('differs for another template, and after a collision', () => {
    const hashes = [templateHash(aTemplate()), templateHash(aTemplate('2')), templateHash(aTemplate(), 1)];
    expect(new Set(hashes).size).toBe(3);
    for (const hash of hashes) expect(hash).toMatch(/^[bcdfghjklmnpqrstvwxz2-9]{1,10}$/);
  });
});

describe('newNames', () => {
  it('avoids names that are taken and cuts a long base', () => {
    const [first = ''] = newNames('web-', 'seed', 1, new Set());
    const others = newNames('web-', 'seed', 3, new Set([first]));
    expect(new Set([first, ...others]).size).toBe(4);
    expect(newNames('x'.repeat(80), 'seed', 1, new Set())[0]).toHaveLength(63);
  });
});

describe('rollingBounds', () => {
  it.each([
    ['25%', '25%', 10, 3, 2],
    ['25%', '25%', 1, 1, 0],
    [0, '25%', 1, 0, 1],
    ['0%', '0%', 4, 0, 1],
    [2, 5, 3, 2, 3],
    ['25%', '25%', 0, 0, 0],
  ])('surge %s and unavailable %s of %s are %s and %s', (maxSurge, maxUnavailable, replicas, surge, unavailable) => {
    expect(rollingBounds({ maxSurge, maxUnavailable }, replicas)).toEqual({ surge, unavailable });
  });

  it('takes what is no share for nothing', () => {
    expect(scaledNumber('many', 10, 'up')).toBe(0);
  });
});

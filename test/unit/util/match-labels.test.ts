import { describe, expect, test } from 'vitest';
import type { LabelSelector } from '../../../src/model/service-spec.ts';
import { matchesLabels, requirementsOf } from '../../../src/util/match-labels.ts';

const labels = { app: 'web', tier: 'front', empty: '' };
const selects = (selector: LabelSelector): boolean => matchesLabels(requirementsOf(selector), labels);

describe('a selector of a manifest', () => {
  test.each<[string, LabelSelector, boolean]>([
    ['empty', {}, true],
    ['of empty parts', { matchLabels: {}, matchExpressions: [] }, true],
    ['of one label', { matchLabels: { app: 'web' } }, true],
    ['of another value', { matchLabels: { app: 'db' } }, false],
    ['of a label that is not there', { matchLabels: { other: '' } }, false],
    ['of an empty value', { matchLabels: { empty: '' } }, true],
    ['of a name that every object has', { matchLabels: { constructor: 'x' } }, false],
    ['of two labels', { matchLabels: { app: 'web', tier: 'back' } }, false],
    ['of a label and an expression', both('front'), true],
    ['of a label and an expression that fails', both('back'), false],
    ['not in', { matchExpressions: [{ key: 'other', operator: 'NotIn', values: ['x'] }] }, true],
    ['there', { matchExpressions: [{ key: 'empty', operator: 'Exists' }] }, true],
    ['not there', { matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] }, false],
  ])('%s', (_, selector, expected) => {
    expect(selects(selector)).toBe(expected);
  });
});

function both(tier: string): LabelSelector {
  return { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'tier', operator: 'In', values: [tier, 'x'] }] };
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesFields, parseFieldSelector, parseLabelSelector } from '../../../src/daemon/selectors.ts';
import { matchesLabels } from '../../../src/util/match-labels.ts';

const labels = { app: 'web', tier: 'front', 'example.com/weight': '5', empty: '' };

function selects(selector: string, of: Readonly<Record<string, string>> = labels): boolean {
  const parsed = parseLabelSelector(selector);
  if (!parsed.ok) throw new Error(parsed.error);
  return matchesLabels(parsed.value, of);
}

describe('label selector', () => {
  test.each([
    ['', true],
    ['   ', true],
    ['app=web', true],
    ['app==web', true],
    [' app = web , tier != back ', true],
    ['app=db', false],
    ['app!=db', true],
    ['app!=web', false],
    ['missing!=web', true],
    ['missing=', false],
    ['empty=', true],
    ['empty', true],
    ['app', true],
    ['missing', false],
    ['!missing', true],
    ['! app', false],
    ['app in (web,db)', true],
    ['app in(db)', false],
    ['app notin (db)', true],
    ['app notin (web, db)', false],
    ['missing notin (web)', true],
    ['missing in (,)', false],
    ['empty in (,a)', true],
    ['in', false],
    ['in in (x)', false],
    ['example.com/weight>4', true],
    ['example.com/weight > 5', false],
    ['example.com/weight<6', true],
    ['app>1', false],
    ['app=web,tier in (front,back),!missing,example.com/weight<10', true],
    ['app=web,tier in (back)', false],
    ['constructor', false],
    ['!constructor', true],
  ])('"%s" on the labels is %s', (selector, expected) => {
    expect(selects(selector)).toBe(expected);
  });

  test.each([
    'app=web,',
    ',app=web',
    'app=web tier=front',
    'app in web',
    'app in (web',
    'app in (web db)',
    'app in',
    '=web',
    '!',
    '!!app',
    'app>x',
    'app is web',
    'a/b/c=d',
    '-app=web',
    'app=-web',
    `app=${'x'.repeat(64)}`,
    'app=(web)',
  ])('"%s" is refused', (selector) => {
    const parsed = parseLabelSelector(selector);
    expect(parsed.ok).toBe(false);
    if (!parsed.ok) expect(parsed.error).toContain(`unable to parse label selector "${selector}"`);
  });

  const name = fc
    .stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/)
    .filter((word) => word !== 'in' && word !== 'notin');

  test('of all the pod’s own labels selects the pod, and its negation does not', () => {
    fc.assert(
      fc.property(fc.dictionary(name, name, { minKeys: 1 }), (own) => {
        const pairs = Object.entries(own);
        expect(selects(pairs.map(([key, value]) => `${key}=${value}`).join(','), own)).toBe(true);
        expect(selects(pairs.map(([key, value]) => `${key} in (${value},other)`).join(','), own)).toBe(true);
        expect(selects(pairs.map(([key, value]) => `${key}!=${value}`).join(','), own)).toBe(false);
        expect(selects(pairs.map(([key]) => `!${key}`).join(','), own)).toBe(false);
      }),
    );
  });

  test('in and notin are each other’s opposite', () => {
    fc.assert(
      fc.property(name, fc.array(name, { minLength: 1 }), fc.dictionary(name, name), (key, values, own) => {
        const set = `(${values.join(',')})`;
        expect(selects(`${key} in ${set}`, own)).toBe(!selects(`${key} notin ${set}`, own));
      }),
    );
  });

  test('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        parseLabelSelector(text);
        parseFieldSelector(text, ['metadata.name']);
      }),
    );
  });
});

describe('field selector', () => {
  const supported = ['metadata.name', 'status.phase'];
  const fields = { 'metadata.name': 'web', 'status.phase': 'Running' };

  test.each([
    ['', true],
    ['metadata.name=web', true],
    ['metadata.name==web', true],
    ['metadata.name!=web', false],
    ['metadata.name = web , status.phase != Failed', true],
    ['metadata.name=web,status.phase=Failed', false],
  ])('"%s" on the fields is %s', (selector, expected) => {
    const parsed = parseFieldSelector(selector, supported);
    expect(parsed.ok && matchesFields(parsed.value, fields)).toBe(expected);
  });

  test('a field that is not supported is refused, with those that are', () => {
    expect(parseFieldSelector('spec.nodeName=a', supported)).toEqual({
      ok: false,
      error: 'field label not supported: spec.nodeName (supported: metadata.name, status.phase)',
    });
  });

  test.each(['metadata.name', 'metadata.name=a=b', '=web'])('"%s" is refused', (selector) => {
    expect(parseFieldSelector(selector, supported).ok).toBe(false);
  });
});

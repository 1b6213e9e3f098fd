import { expect, test } from 'vitest';
import { createPrefixes } from '../../../src/dev/log-prefix.ts';

const source = (program?: string) => ({ pod: 'shop', container: 'app', program });

test('prefixes name pod, container and program, and align as longer ones come', () => {
  const prefix = createPrefixes(false);
  expect(prefix(source('web'))).toBe('shop/app/web | ');
  expect(prefix(source('worker:1'))).toBe('shop/app/worker:1 | ');
  expect(prefix(source('web'))).toBe('shop/app/web      | ');
  expect(prefix(source())).toBe('shop/app          | ');
});

test('a very long name does not push the others away', () => {
  const prefix = createPrefixes(false);
  prefix(source('x'.repeat(63)));
  expect(prefix(source('web'))).toHaveLength(43);
});

test('each source keeps its colour', () => {
  const prefix = createPrefixes(true);
  const [web, db] = [prefix(source('web')), prefix(source('db'))];
  expect(web).toBe('\u001b[36mshop/app/web | \u001b[0m');
  expect(db).toContain('\u001b[33m');
  expect(prefix(source('web'))).toBe(web);
});

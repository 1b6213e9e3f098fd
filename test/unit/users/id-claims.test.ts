import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createIdClaims } from '../../../src/users/id-claims.ts';

const range = { base: 131_072, size: 3 * 65_536 };
let base: string;
let directory: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'id-claims-'));
  directory = join(base, 'claims');
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const pathsOf = (instance: string) => ({
  podsDir: join(base, instance, 'pods'),
  instancesDir: join(base, instance, 'i'),
});
const claimsOf = (instance: string) => createIdClaims(pathsOf(instance), range, directory);

/** As a podd leaves it that was killed. */
function claimOfTheDead(first: number, instance: string, podUid: string): void {
  mkdirSync(directory, { recursive: true });
  const { podsDir, instancesDir: instances } = pathsOf(instance);
  const claim = { record: join(podsDir, `${podUid}.json`), instances, pid: process.pid, startTicks: 1 };
  symlinkSync(JSON.stringify(claim), join(directory, String(first)));
}

test('no two pods of the machine have an id in common', () => {
  const [one, two] = [claimsOf('one'), claimsOf('two')];
  const given = [one.take('a'), two.take('b'), one.take('c')].map((ids) => ids.base);
  expect(new Set(given)).toEqual(new Set([131_072, 196_608, 262_144]));
});

test('more pods than there are ids for are refused until one is gone', () => {
  const claims = claimsOf('one');
  const [first] = [claims.take('a'), claims.take('b'), claims.take('c')];
  expect(() => claims.take('d')).toThrow('no free ids for a user namespace between 131072 and 327679');
  claims.release('a', first);
  expect(claims.take('d')).toEqual(first);
});

test('nothing is left when the last pod is gone', () => {
  const claims = claimsOf('one');
  const [a, b] = [claims.take('a'), claims.take('b')];
  claims.release('a', a);
  expect(readdirSync(directory)).toEqual([String(b.base)]);
  claims.release('b', b);
  expect(existsSync(directory)).toBe(false);
});

test('a pod whose ids another has by now does not let go of that one’s', () => {
  const [one, two] = [claimsOf('one'), claimsOf('two')];
  const ids = one.take('a');
  rmSync(directory, { recursive: true });
  expect(two.take('b')).toEqual(ids);
  one.release('a', ids);
  expect(readdirSync(directory)).toEqual([String(ids.base)]);
});

test('what a record says is kept, also when the claim is gone', () => {
  const ids = claimsOf('one').take('a');
  expect(claimsOf('one').keep('a', ids)).toBe(true);
  rmSync(directory, { recursive: true });
  expect(claimsOf('one').keep('a', ids)).toBe(true);
  expect(claimsOf('two').take('b').base).not.toBe(ids.base);
});

test('what another pod has is not kept, nor what overlaps it', () => {
  const { base: first } = claimsOf('one').take('a');
  expect(claimsOf('two').keep('b', { base: first, size: 65_536 })).toBe(false);
  expect(claimsOf('two').keep('b', { base: first + 65_535, size: 65_536 })).toBe(false);
});

test.each([
  ['whose pod is on record', 'pods/a.json', true],
  ['whose containers run', 'i/0123456789abcdef', true],
  ['of which nothing is left', 'root/other', false],
])('a claim of a podd that was killed, %s, is held: %s', (_, file, isHeld) => {
  claimOfTheDead(range.base, 'dead', 'a');
  mkdirSync(join(base, 'dead', file, '..'), { recursive: true });
  writeFileSync(join(base, 'dead', file), '');
  expect(claimsOf('new').take('b').base === range.base).toBe(!isHeld);
});

import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deletedClaims, removeClaim } from '../../../src/volume/remove-claim.ts';

let claimsDir: string;
beforeEach(() => {
  claimsDir = mkdtempSync(join(tmpdir(), 'podctl-claims-'));
  for (const claim of ['db', 'web']) mkdirSync(join(claimsDir, 'default', claim, 'a'), { recursive: true });
  writeFileSync(join(claimsDir, 'default/db/a/x'), 'x');
});
afterEach(() => rmSync(claimsDir, { recursive: true, force: true }));

test('a claim’s directory goes with what is in it, and its namespace’s with the last one', async () => {
  await removeClaim({ claimsDir }, 'default', 'db');
  expect(readdirSync(join(claimsDir, 'default'))).toEqual(['web']);
  await removeClaim({ claimsDir }, 'default', 'web');
  expect(readdirSync(claimsDir)).toEqual([]);
});

test('one that nobody used is fine, one that cannot be is a bug', async () => {
  await removeClaim({ claimsDir }, 'other', 'none');
  await expect(removeClaim({ claimsDir }, 'default', '../x')).rejects.toThrow(/bug: a claim/);
});

test('a claim of the same name begins empty while the old one is removed', async () => {
  const removing = removeClaim({ claimsDir }, 'default', 'db');
  expect(existsSync(join(claimsDir, 'default/db'))).toBe(false);
  expect(deletedClaims({ claimsDir })).toHaveLength(1);
  mkdirSync(join(claimsDir, 'default/db'));
  await removing;
  expect(readdirSync(join(claimsDir, 'default')).sort()).toEqual(['db', 'web']);
});

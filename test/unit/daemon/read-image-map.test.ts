import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { imageMapVariable, readImageMap } from '../../../src/daemon/read-image-map.ts';

const dir = mkdtempSync(join(tmpdir(), 'podctl-images-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const readMap = (text: string) => {
  const file = join(dir, 'images.json');
  writeFileSync(file, text);
  return readImageMap({ [imageMapVariable]: file });
};

test('nothing is mapped unless it is asked for', () => {
  expect(readImageMap({})).toBeUndefined();
  expect(readImageMap({ [imageMapVariable]: '' })).toBeUndefined();
});

test('a map is read as it is written', () => {
  const map = { nginx: { rootfs: '/r', command: ['nginx'], args: [''] }, debian: {} };
  expect(readMap(JSON.stringify(map))).toEqual(map);
});

test.each([
  ['{', /images\.json: .*JSON/],
  ['{"nginx":{"rootfs":"here"}}', /images\.json: nginx\.rootfs: /],
  ['{"nginx":{"entrypoint":["a"]}}', /images\.json: nginx: Unrecognized key: "entrypoint"/],
  ['{"nginx":{"command":[""]}}', /images\.json: nginx\.command\.0: /],
])('%s is told of, and podd does not start', (text, message) => {
  expect(() => readMap(text)).toThrow(message);
});

test('a file that is not there is told of', () => {
  expect(() => readImageMap({ [imageMapVariable]: join(dir, 'none') })).toThrow(/none cannot be read/);
});

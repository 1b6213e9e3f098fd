/** The body of sync, strictly. */
import { posix } from 'node:path';
import type { SyncFile, SyncRequest } from '../protocol/api.ts';
import { badRequest, knownFields } from './decode-bodies.ts';

/** Lists that are absent are empty. Throws ApiError BadRequest. */
export function decodeSyncRequest(value: unknown): SyncRequest {
  const { container, files = [], remove = [] } = knownFields(value, ['container', 'files', 'remove']);
  if (container !== undefined && (typeof container !== 'string' || container === '')) {
    throw badRequest('body.container', 'the name of a container', container);
  }
  if (!Array.isArray(files)) throw badRequest('body.files', 'a list of {from, to}', files);
  if (!Array.isArray(remove)) throw badRequest('body.remove', 'a list of paths', remove);
  return {
    ...(container === undefined ? {} : { container }),
    files: files.map((item, index) => fileOf(item, `body.files[${index}]`)),
    remove: remove.map((item, index) => pathOf(item, `body.remove[${index}]`)),
  };
}

function fileOf(value: unknown, where: string): SyncFile {
  const { from, to } = knownFields(value, ['from', 'to'], where);
  return { from: pathOf(from, `${where}.from`), to: pathOf(to, `${where}.to`) };
}

/** The root itself is neither replaced nor removed. */
function pathOf(value: unknown, where: string): string {
  const isPlain = typeof value === 'string' && value.startsWith('/') && value !== '/' && !value.includes('\0');
  if (isPlain && posix.normalize(value) === value && !value.endsWith('/')) return value;
  throw badRequest(where, 'an absolute path without ".", "..", "//" and a slash at the end', value);
}

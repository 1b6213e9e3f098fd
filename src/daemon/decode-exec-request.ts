/** The `podctl-exec-request` header. */
import type { ExecRequest } from '../protocol/init.ts';
import { recordOf } from './decode-bodies.ts';
import { ApiError } from './status-errors.ts';

/** Base64 JSON to a checked ExecRequest; unknown fields are dropped. Throws ApiError BadRequest. */
export function decodeExecRequest(header: string | undefined): ExecRequest {
  if (header === undefined) throw new ApiError('BadRequest', 'header podctl-exec-request is missing');
  const { argv, tty, stdin, rows, columns, env, workingDir } = recordOf(parseHeader(header), 'podctl-exec-request');
  if (!isTextList(argv) || argv.length === 0) throw wrong('argv', 'a list of texts, not empty');
  if (argv[0] === '') throw wrong('argv[0]', 'a command');
  if (env !== undefined && !(isTextList(env) && env.every((entry) => entry.indexOf('=') > 0))) {
    throw wrong('env', 'a list of KEY=value');
  }
  return {
    op: 'exec',
    argv,
    tty: flag(tty, 'tty'),
    stdin: flag(stdin, 'stdin'),
    ...size(rows, 'rows'),
    ...size(columns, 'columns'),
    ...(env === undefined ? {} : { env }),
    ...directory(workingDir),
  };
}

function parseHeader(header: string): unknown {
  try {
    return JSON.parse(Buffer.from(header, 'base64').toString('utf8'));
  } catch {
    throw new ApiError('BadRequest', 'header podctl-exec-request: must be base64 of JSON');
  }
}

// execve(2) takes NUL-ended strings: one inside would silently cut the rest.
function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && !item.includes('\0'));
}

function flag(value: unknown, field: string): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  throw wrong(field, 'true or false');
}

function size(value: unknown, field: 'rows' | 'columns'): Readonly<Partial<Record<'rows' | 'columns', number>>> {
  if (value === undefined) return {};
  // struct winsize holds unsigned shorts, ioctl_tty(2).
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffff) return { [field]: value };
  throw wrong(field, 'a whole number from 0 to 65535');
}

function directory(value: unknown): { readonly workingDir?: string } {
  if (value === undefined) return {};
  if (typeof value === 'string' && value.startsWith('/') && !value.includes('\0')) return { workingDir: value };
  throw wrong('workingDir', 'an absolute path');
}

function wrong(field: string, expected: string): ApiError {
  return new ApiError('BadRequest', `podctl-exec-request: ${field}: must be ${expected}`);
}

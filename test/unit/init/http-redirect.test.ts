import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { followRedirect } from '../../../src/init/http-redirect.ts';

const headers = [
  ['X-A', '1'],
  ['host', 'shop'],
] as const;
const handler = { kind: 'httpGet', scheme: 'http', host: '10.0.0.1', port: 8080, path: '/a/b?c', headers } as const;

describe('a redirect', () => {
  test.each([
    ['/x?y', { scheme: 'http', port: 8080, path: '/x?y', headers }],
    ['x', { port: 8080, path: '/a/x', headers }],
    ['//10.0.0.1/x', { port: 80, path: '/x', headers }],
    ['http://10.0.0.1:8080/x#part', { port: 8080, path: '/x', headers: [['X-A', '1']] }],
    ['https://10.0.0.1', { scheme: 'https', port: 443, path: '/', headers: [['X-A', '1']] }],
    ['HTTPS://10.0.0.1:8443/', { scheme: 'https', port: 8443, path: '/' }],
    ['/\u00c3\u00bc', { path: '/%C3%BC' }],
  ])('to %s goes on there', (location, next) => {
    expect(followRedirect(handler, location)).toMatchObject({ kind: 'next', handler: { host: '10.0.0.1', ...next } });
  });

  test.each(['http://shop/', '//10.0.0.2/', 'https://localhost:8080/', 'mailto:root', 'http://[::1]/'])(
    'to %s leads elsewhere',
    (location) => {
      expect(followRedirect(handler, location)).toEqual({ kind: 'elsewhere' });
    },
  );

  test.each([
    ['http://10.0.0.1:port/', 'failed to parse Location header "http://10.0.0.1:port/"'],
    ['ftp://10.0.0.1/', 'unsupported protocol scheme "ftp"'],
  ])('to %s is a failure', (location, message) => {
    expect(followRedirect(handler, location)).toEqual({ kind: 'bad', message });
  });

  test.each([
    ['localhost', 'http://localhost:81/', 'localhost'],
    ['::1', 'http://[::1]:81/', '::1'],
    ['fe80::1%eth0', 'http://[fe80::1]:81/', 'fe80::1%eth0'],
  ])('stays on the host %s', (host, location, next) => {
    expect(followRedirect({ ...handler, host }, location)).toMatchObject({
      kind: 'next',
      handler: { host: next, port: 81 },
    });
  });

  test('never throws', () => {
    const bytes = fc.uint8Array({ maxLength: 60 }).map((list) => Buffer.from(list).toString('latin1'));
    fc.assert(
      fc.property(
        fc.oneof(
          bytes,
          bytes.map((text) => `http://${text}`),
        ),
        fc.string(),
        (location, path) => {
          expect(['next', 'elsewhere', 'bad']).toContain(followRedirect({ ...handler, path }, location).kind);
        },
      ),
    );
  });
});

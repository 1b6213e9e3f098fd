import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatHttpRequest, readHttpAnswer } from '../../../src/init/http-exchange.ts';

const handler = {
  kind: 'httpGet',
  scheme: 'http',
  host: '127.0.0.1',
  port: 8080,
  path: '/healthz?full=1',
  headers: [],
} as const;

describe('HTTP request of a probe', () => {
  test('is a GET with Host, User-Agent and Connection: close', () => {
    expect(formatHttpRequest(handler, '127.0.0.1:8080').split('\r\n')).toEqual([
      'GET /healthz?full=1 HTTP/1.1',
      'Host: 127.0.0.1:8080',
      'User-Agent: kube-probe/podctl',
      'Accept: */*',
      'Connection: close',
      '',
      '',
    ]);
  });

  test.each([
    ['localhost keeps its name', { host: 'localhost' }, '127.0.0.1:8080', 'localhost:8080'],
    ['an IPv6 address has brackets', { host: '::1' }, '[::1]:8080', '[::1]:8080'],
    ['a zone stays here', { host: 'fe80::1%eth0' }, '[fe80::1%eth0]:8080', '[fe80::1]:8080'],
    ['port 80 goes without saying', { port: 80 }, '127.0.0.1:80', '127.0.0.1'],
    ['port 443 does for https', { scheme: 'https', port: 443 }, '127.0.0.1:443', '127.0.0.1'],
  ] as const)('%s in Host', (_name, change, address, host) => {
    expect(formatHttpRequest({ ...handler, ...change }, address)).toContain(`\r\nHost: ${host}\r\n`);
  });

  test("takes the probe's headers for its own of the same name", () => {
    const headers = [
      ['host', 'shop.example'],
      ['X-Probe', 'yes'],
      ['Connection', 'keep-alive'],
    ] as const;
    const lines = formatHttpRequest({ ...handler, headers }, '127.0.0.1:8080').split('\r\n');
    expect(lines).toContain('Host: shop.example');
    expect(lines).toContain('X-Probe: yes');
    expect(lines.filter((line) => /^(host|connection):/i.test(line))).toHaveLength(2);
    expect(lines).toContain('Connection: close');
  });

  test.each<[string, readonly (readonly [string, string])[], readonly string[]]>([
    [
      'sends all of one name',
      [
        ['x-a', '1'],
        ['X-B', '2'],
        ['X-A', '3'],
      ],
      ['X-A: 1', 'X-B: 2', 'X-A: 3'],
    ],
    [
      'takes the first Host',
      [
        ['HOST', 'a'],
        ['Host', 'b'],
      ],
      ['Host: a'],
    ],
    ['has its own Host for an empty one', [['Host', '']], ['Host: 127.0.0.1:8080']],
    ['takes another User-Agent', [['user-agent', 'me']], ['User-Agent: me']],
    [
      'takes other Accepts',
      [
        ['accept', 'a/b'],
        ['accept', 'c/d'],
      ],
      ['Accept: a/b', 'Accept: c/d'],
    ],
    [
      'leaves an empty Accept out',
      [
        ['accept', ''],
        ['accept', 'c/d'],
      ],
      [],
    ],
    [
      'leaves out what would change the request',
      [
        ['Content-Length', '5'],
        ['transfer-encoding', 'chunked'],
      ],
      [],
    ],
  ])('%s', (_name, headers, told) => {
    const ours = ['Host: 127.0.0.1:8080', 'User-Agent: kube-probe/podctl', 'Accept: */*', 'Connection: close'];
    const lines = formatHttpRequest({ ...handler, headers }, '127.0.0.1:8080')
      .split('\r\n')
      .slice(1, -2);
    const isExpected = (line: string): boolean => told.includes(line) || ours.includes(line);
    expect(lines.filter((line) => told.includes(line))).toEqual(told);
    expect(lines.every(isExpected)).toBe(true);
    const names = new Set(headers.map(([name]) => name.toLowerCase()));
    for (const name of names)
      expect(lines.filter((line) => line.toLowerCase().startsWith(`${name}:`))).toEqual(
        told.filter((line) => line.toLowerCase().startsWith(`${name}:`)),
      );
  });

  test.each([
    ['', '/'],
    ['healthz', '/healthz'],
    ['/a b#part', '/a%20b'],
    ['/ü', '/%C3%BC'],
    ['/\ud800', '/%EF%BF%BD'],
    ['/x%20y', '/x%20y'],
  ])('asks for the path %j as %s', (path, target) => {
    expect(formatHttpRequest({ ...handler, path }, '127.0.0.1:8080')).toMatch(`GET ${target} HTTP/1.1\r\n`);
  });

  test('is one request whatever path and headers hold', () => {
    const hostile = fc.oneof(
      fc.string(),
      fc.string().map((text) => `${text}\r\nGET /second HTTP/1.1\r\n\r\n`),
    );
    fc.assert(
      fc.property(hostile, hostile, hostile, (path, name, value) => {
        const text = formatHttpRequest({ ...handler, path, headers: [[name, value]] }, '127.0.0.1:8080');
        expect(text.indexOf('\r\n\r\n')).toBe(text.length - 4);
        expect(text.split('\r\n').length).toBeLessThanOrEqual(8);
        expect(text.split('\r\n')[0]).toMatch(/^GET \/[!-~]* HTTP\/1\.1$/);
      }),
    );
  });
});

describe('HTTP answer to a probe', () => {
  const head = (status: number, ...fields: string[]) =>
    `HTTP/1.1 ${status} x\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n`;

  test.each([
    ['nothing yet', '', { kind: 'partial' }],
    ['half a status line', 'HTTP/1.1 20', { kind: 'partial' }],
    ['a head without its end', 'HTTP/1.1 200 OK\r\nA: b\r\n', { kind: 'partial' }],
    ['a head', head(200, 'A: b'), { kind: 'answered', status: 200, hasEnded: false }],
    ['a status without a reason', 'HTTP/1.0 404\r\n\r\n', { kind: 'answered', status: 404, hasEnded: false }],
    ['bare newlines', 'HTTP/1.0 200 OK\nA: b\n\n', { kind: 'answered', status: 200, hasEnded: false }],
    ['no content', head(204), { kind: 'answered', status: 204, hasEnded: true }],
    [
      'a body still to come',
      `${head(200, 'content-length: 5')}abcd`,
      { kind: 'answered', status: 200, hasEnded: false },
    ],
    ['a whole body', `${head(503, 'Content-Length: 5')}abcde`, { kind: 'answered', status: 503, hasEnded: true }],
    ['an empty body', head(301, 'Content-Length: 0'), { kind: 'answered', status: 301, hasEnded: true }],
    [
      'the last chunk',
      `${head(200, 'Transfer-Encoding: chunked')}3\r\nabc\r\n0\r\n\r\n`,
      { kind: 'answered', status: 200, hasEnded: true },
    ],
    [
      'a chunk that is not the last',
      `${head(200, 'Transfer-Encoding: chunked')}3\r\nabc\r\n`,
      { kind: 'answered', status: 200, hasEnded: false },
    ],
    ['100 Continue alone', head(100), { kind: 'partial' }],
    ['early hints and the answer', head(103, 'Link: x') + head(204), { kind: 'answered', status: 204, hasEnded: true }],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n', { kind: 'garbled' }],
    ['HTTP/2', 'HTTP/2 200\r\n\r\n', { kind: 'garbled' }],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n', { kind: 'garbled' }],
    ['TLS', '\x15\x03\x01\x00\x02', { kind: 'garbled' }],
  ])('reads %s', (_name, text, answer) => {
    expect(readHttpAnswer(text)).toMatchObject(answer);
  });

  test.each([
    ['a length', `${head(200, 'Content-Length: 3')}abc`, { body: 'abc' }],
    [
      'chunks',
      `${head(200, 'Transfer-Encoding: chunked')}3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n`,
      { body: 'abc0123456789' },
    ],
    ['a torn chunk', `${head(200, 'Transfer-Encoding: chunked')}3\r\nabc\r\nA\r\n01`, { body: 'abc01' }],
    ['a location', head(302, 'location:  /a b  ', 'X: y'), { location: '/a b' }],
  ])('reads the body or location of %s', (_name, text, answer) => {
    expect(readHttpAnswer(text)).toMatchObject(answer);
  });

  test('an empty location is none', () => {
    expect(readHttpAnswer(head(302, 'Location: ', 'X: y'))).not.toHaveProperty('location');
  });

  test('never changes its mind about a status as more arrives', () => {
    const whole = `${head(103, 'Link: x')}${head(503, 'Content-Length: 5')}abcde`;
    for (let i = 0; i < whole.length; i++) {
      const answer = readHttpAnswer(whole.slice(0, i));
      expect(answer).toSatisfy(
        ({ kind, status }: { kind: string; status?: number }) =>
          kind === 'partial' || (kind === 'answered' && status === 503),
      );
    }
  });

  test('takes any bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 400 }).map((list) => Buffer.from(list).toString('latin1'));
    fc.assert(fc.property(bytes, (text) => void readHttpAnswer(text)));
    fc.assert(fc.property(bytes, (text) => void readHttpAnswer(`HTTP/1.1 200 ${text}`)));
  });
});

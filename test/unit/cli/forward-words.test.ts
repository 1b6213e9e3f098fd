import { describe, expect, test } from 'vitest';
import { parseForwardTarget, parseForwardWord } from '../../../src/cli/forward-words.ts';
import { parseListenAddresses } from '../../../src/cli/listen-locally.ts';

describe('a port word', () => {
  test.each([
    ['8080', { text: '8080', remote: 8080 }],
    ['8080:80', { text: '8080:80', remote: 80, local: 8080 }],
    [':80', { text: ':80', remote: 80, local: 0 }],
    ['0:80', { text: '0:80', remote: 80, local: 0 }],
    ['http', { text: 'http', remote: 'http' }],
    ['8080:http-2', { text: '8080:http-2', remote: 'http-2', local: 8080 }],
    ['65535', { text: '65535', remote: 65535 }],
  ])('%s is understood', (text, expected) => {
    expect(parseForwardWord(text)).toEqual(expected);
  });

  test.each([
    ['0', 'a port is between 1 and 65535, not 0'],
    ['8080:0', 'a port is between 1 and 65535, not 0'],
    ['70000', 'a port is between 1 and 65535, not 70000'],
    ['70000:80', 'a port is between 1 and 65535, not 70000'],
    ['http:80', 'the local port is a number'],
    ['1:2:3', 'is not [LOCAL:]REMOTE'],
    ['8080:', '"" is neither a port nor the name of one'],
    ['8080:-1', '"-1" is neither a port nor the name of one'],
    ['53/udp', 'only TCP can be forwarded'],
    ['5353:53/UDP', 'only TCP can be forwarded'],
    ['80/tcp', 'is not [LOCAL:]REMOTE'],
    ['a-name-that-is-too-long', 'neither a port nor the name'],
  ])('%s is refused', (text, message) => {
    expect(() => parseForwardWord(text)).toThrow(message);
  });
});

describe('a target', () => {
  test.each([
    ['web', { kind: 'pod', name: 'web' }],
    ['pod/web', { kind: 'pod', name: 'web' }],
    ['po/web', { kind: 'pod', name: 'web' }],
    ['svc/shop', { kind: 'service', name: 'shop' }],
    ['service/shop', { kind: 'service', name: 'shop' }],
  ])('%s is understood', (word, expected) => {
    expect(parseForwardTarget(word)).toEqual(expected);
  });

  test.each([
    [undefined, 'to which pod or service?'],
    ['web/app', '"web/app" is neither POD, pod/POD nor service/NAME'],
    ['servce/shop', 'did you mean service?'],
    ['pod/', 'is neither'],
    ['pod/web/app', 'is neither'],
    ['constructor/x', 'is neither'],
  ])('%s is refused', (word, message) => {
    expect(() => parseForwardTarget(word)).toThrow(message);
  });
});

describe('addresses to listen on', () => {
  test.each([
    ['localhost', ['localhost']],
    ['0.0.0.0, ::', ['0.0.0.0', '::']],
    ['localhost,localhost', ['localhost']],
  ])('%s are understood', (text, expected) => {
    expect(parseListenAddresses(text)).toEqual(expected);
  });

  test.each(['', 'example.com', '127.0.0.1,', '300.0.0.1'])('"%s" are refused', (text) => {
    expect(() => parseListenAddresses(text)).toThrow('write localhost or IP addresses');
  });
});

/** IPv4 and IPv6 addresses as text and as bytes in network order, inet_pton(3), inet_ntop(3). */
import { libcFunction } from './library.ts';

const cFromText = libcFunction('int inet_pton(int family, const char *text, void *bytes)');
const cToText = libcFunction('const char *inet_ntop(int family, const void *bytes, void *text, uint size)');

export const AF_INET = 2;
export const AF_INET6 = 10;

export const familyOf = (text: string): number => (text.includes(':') ? AF_INET6 : AF_INET);

/** 4 or 16 bytes. Throws on text that is no address: what comes here was checked before. */
export function addressBytes(text: string): Buffer {
  const family = familyOf(text);
  const bytes = Buffer.alloc(family === AF_INET ? 4 : 16);
  if (cFromText(family, text, bytes) !== 1) throw new Error(`bug: ${JSON.stringify(text)} is not an address`);
  return bytes;
}

/** In the shortest form, RFC 5952. */
export const addressText = (bytes: Uint8Array): string =>
  cToText(bytes.length === 4 ? AF_INET : AF_INET6, bytes, Buffer.alloc(46), 46) as string;

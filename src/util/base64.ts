/** Base64 as Kubernetes reads it in JSON (RFC 4648 with padding; line breaks are skipped). */
import { err, ok, type Result } from './result.ts';

/** The bytes, or what is wrong with the text – never the text itself, which may be secret. */
export function decodeBase64(text: string): Result<Uint8Array, string> {
  const clean = text.replaceAll(/[\r\n]/g, '');
  const bad = text.search(/[^A-Za-z0-9+/=\r\n]/);
  if (bad !== -1) return err(`illegal base64 data at input byte ${bad}`);
  if (clean.length % 4 !== 0 || !/^[^=]*={0,2}$/.test(clean)) return err('illegal base64 data: its padding is wrong');
  return ok(Uint8Array.from(atob(clean), (character) => character.charCodeAt(0)));
}

/** With padding, in one line. */
export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

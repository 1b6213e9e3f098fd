/** The contents of a ConfigMap or Secret, whichever fields they were written in. Pure. */
import type { ContentManifest, SecretManifest } from '../model/object-manifest.ts';
import { decodeBase64, encodeBase64 } from '../util/base64.ts';

/** Bytes by key, as a volume shows them: data and binaryData of a ConfigMap, data and stringData (which wins) of a Secret. */
export function contentOf(manifest: ContentManifest): ReadonlyMap<string, Uint8Array> {
  const texts = manifest.kind === 'ConfigMap' ? manifest.data : manifest.stringData;
  const coded = manifest.kind === 'ConfigMap' ? manifest.binaryData : manifest.data;
  const encoder = new TextEncoder();
  return new Map([
    ...Object.entries(coded ?? {}).map(([key, text]): [string, Uint8Array] => [key, bytesOf(text)]),
    ...Object.entries(texts ?? {}).map(([key, text]): [string, Uint8Array] => [key, encoder.encode(text)]),
  ]);
}

/** What can become environment variables: data of a ConfigMap, all of a Secret. Undefined: bytes that no variable can hold. */
export function variablesOf(manifest: ContentManifest): ReadonlyMap<string, string | undefined> {
  if (manifest.kind === 'ConfigMap') return new Map(Object.entries(manifest.data ?? {}).map(withVariable));
  return new Map([...contentOf(manifest)].map(([key, bytes]) => [key, variableOf(bytes)]));
}

/** As Kubernetes keeps a Secret: stringData merged into data, the type filled in. */
export function mergeStringData({ stringData, ...secret }: SecretManifest): SecretManifest {
  const coded = [...contentOf({ ...secret, ...(stringData === undefined ? {} : { stringData }) })];
  const data = Object.fromEntries(coded.map(([key, bytes]) => [key, encodeBase64(bytes)]));
  return { ...secret, type: secret.type || 'Opaque', ...(coded.length === 0 ? {} : { data }) };
}

/** For showing what is made of a Secret: each value is `(secret)`. */
export function withoutValues(secret: SecretManifest): SecretManifest {
  const { data: _data, stringData: _texts, ...rest } = secret;
  return { ...rest, stringData: Object.fromEntries([...contentOf(secret).keys()].map((key) => [key, '(secret)'])) };
}

/** It was validated. */
function bytesOf(text: string): Uint8Array {
  const decoded = decodeBase64(text);
  return decoded.ok ? decoded.value : new Uint8Array();
}

function variableOf(bytes: Uint8Array): string | undefined {
  try {
    return withVariable(['', new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)])[1];
  } catch {
    return undefined;
  }
}

/** execve(2) ends a string at a NUL. */
function withVariable([key, text]: [string, string]): [string, string | undefined] {
  return [key, text.includes('\0') ? undefined : text];
}

/** Rules for ConfigMaps and Secrets (Kubernetes ValidateConfigMap, ValidateSecret). No message quotes a value of theirs. */
import { decodeBase64 } from '../util/base64.ts';
import { type FieldPath, invalid, type ProblemSink, required, tooLong } from './field-problem.ts';
import { configKeyComplaint } from './name-rules.ts';
import { checkMetadata } from './rules-metadata.ts';
import type { Loose } from './schema.ts';
import type { ConfigMapInput, SecretInput } from './schema-objects.ts';

/** Kubernetes MaxSecretSize, for ConfigMaps too: all values together, decoded */
const maxBytes = 1024 * 1024;

export function checkConfigMap({ metadata, data, binaryData }: Loose<ConfigMapInput>, problems: ProblemSink): void {
  checkMetadata(metadata, problems);
  checkKeys(data, ['data'], problems);
  checkKeys(binaryData, ['binaryData'], problems);
  for (const key of Object.keys(data ?? {})) {
    if (binaryData === undefined || !Object.hasOwn(binaryData, key)) continue;
    problems.error(['data', key], invalid(key, 'duplicate of key present in binaryData'), { at: 'key' });
  }
  const binary = checkBase64(binaryData, ['binaryData'], 'plain text goes into data', problems);
  checkSize(textBytes(data) + binary, [], problems);
}

export function checkSecret(secret: Loose<SecretInput>, problems: ProblemSink): void {
  const { metadata, data, stringData } = secret;
  checkMetadata(metadata, problems);
  checkKeys(data, ['data'], problems);
  checkKeys(stringData, ['stringData'], problems);
  const hidden = new Set(Object.keys(stringData ?? {}));
  const kept = Object.fromEntries(Object.entries(data ?? {}).filter(([key]) => !hidden.has(key)));
  checkBase64(pick(data, hidden), ['data'], plainTextHint, problems);
  const bytes = checkBase64(kept, ['data'], plainTextHint, problems) + textBytes(stringData);
  checkSize(bytes, ['data'], problems);
  checkType(secret, problems);
}

const plainTextHint = 'plain text goes into stringData';

function pick(values: Texts, keys: ReadonlySet<string>): Texts {
  return Object.fromEntries(Object.entries(values ?? {}).filter(([key]) => keys.has(key)));
}

type Texts = Readonly<Record<string, string | undefined>> | undefined;

function checkKeys(values: Texts, path: FieldPath, problems: ProblemSink): void {
  for (const key of Object.keys(values ?? {})) {
    const complaint = configKeyComplaint(key);
    if (complaint !== undefined) problems.error([...path, key], invalid(key, complaint), { at: 'key' });
  }
}

/** Bytes of all values that could be decoded. */
function checkBase64(values: Texts, path: FieldPath, hint: string, problems: ProblemSink): number {
  let bytes = 0;
  for (const [key, value] of Object.entries(values ?? {})) {
    if (value === undefined) continue;
    const decoded = decodeBase64(value);
    if (decoded.ok) bytes += decoded.value.length;
    else problems.error([...path, key], decoded.error, { hint });
  }
  return bytes;
}

function textBytes(values: Texts): number {
  const encoder = new TextEncoder();
  return Object.values(values ?? {}).reduce((sum, value) => sum + encoder.encode(value ?? '').length, 0);
}

function checkSize(bytes: number, path: FieldPath, problems: ProblemSink): void {
  if (bytes > maxBytes) problems.error(path, tooLong(maxBytes), { at: 'key' });
}

const serviceAccountName = 'kubernetes.io/service-account.name';

/** Keys that Kubernetes' own types cannot do without. */
const keysOfType: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};

function checkType(secret: Loose<SecretInput>, problems: ProblemSink): void {
  const { type = '', metadata } = secret;
  for (const key of keysOfType[type] ?? []) {
    if (!hasKey(secret, key)) problems.error(['data', key], required(`a Secret of type ${type} needs it`));
    else if (type.startsWith('kubernetes.io/docker')) checkJson(secret, key, problems);
  }
  const userKeys = ['username', 'password'];
  if (type === 'kubernetes.io/basic-auth' && !userKeys.some((key) => hasKey(secret, key)))
    userKeys.forEach((key) => {
      problems.error(['data', key], required(`a Secret of type ${type} needs username or password`));
    });
  if (type === 'kubernetes.io/service-account-token' && !metadata?.annotations?.[serviceAccountName])
    problems.error(['metadata', 'annotations', serviceAccountName], required());
}

/** Of SSH alone Kubernetes wants more than nothing. */
function hasKey({ type, data, stringData }: Loose<SecretInput>, key: string): boolean {
  if (type === 'kubernetes.io/ssh-auth') return [data, stringData].some((map) => Boolean(map?.[key]));
  return [data, stringData].some((map) => map !== undefined && Object.hasOwn(map, key));
}

function checkJson({ data, stringData }: Loose<SecretInput>, key: string, problems: ProblemSink): void {
  const decoded = decodeBase64(data?.[key] ?? '');
  const text = stringData?.[key] ?? (decoded.ok ? new TextDecoder().decode(decoded.value) : undefined);
  if (text === undefined) return;
  // what JSON.parse says quotes the text
  if (!isJsonMap(text))
    problems.error(
      [stringData?.[key] === undefined ? 'data' : 'stringData', key],
      'Invalid value: must be a map in JSON',
    );
}

function isJsonMap(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return value === null || (typeof value === 'object' && !Array.isArray(value));
  } catch {
    return false;
  }
}

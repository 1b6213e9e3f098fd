/** What a name means to the one who asks. */
import { addressRecord } from './address-names.ts';
import type { Zone, ZoneRecord } from './zone.ts';

export type Found =
  | { readonly kind: 'records'; readonly records: readonly ZoneRecord[] }
  /** ours to answer, and there is no such name */
  | { readonly kind: 'absent' }
  | { readonly kind: 'elsewhere' };

/** The namespace of whoever is no pod: the machine itself. */
const defaultNamespace = 'default';
const loopback: readonly ZoneRecord[] = ['127.0.0.1', '::1'].map(addressRecord);

/**
 * `name` is lower case without the final dot. A name that was written in full is looked up in the asker's namespace as well (`web`,
 * `web.other`, `db-0.db`): not every resolver has a search list. A single unknown label is nobody's business outside.
 */
export function findName(zone: Zone, name: string, source: string): Found {
  if (name === '') return { kind: 'elsewhere' };
  const records = zone.names.get(name);
  if (records !== undefined) return { kind: 'records', records };
  if (name.endsWith(`.${zone.domain}`)) return { kind: 'absent' };
  if (name === 'localhost' || name.endsWith('.localhost')) return { kind: 'records', records: loopback };
  const isSingle = !name.includes('.');
  const near = isSingle || !isAddressName(name) ? findNear(zone, name, source) : undefined;
  if (near !== undefined) return { kind: 'records', records: near };
  return { kind: isSingle ? 'absent' : 'elsewhere' };
}

/** Names that only lead to others are not meant. */
function findNear(zone: Zone, name: string, source: string): readonly ZoneRecord[] | undefined {
  const namespace = zone.namespaceOf.get(source) ?? defaultNamespace;
  const candidates = [
    `${name}.${namespace}.svc.${zone.domain}`,
    `${name}.svc.${zone.domain}`,
    `${name}.${zone.domain}`,
  ];
  return candidates.map((candidate) => zone.names.get(candidate)).find((records) => records?.length);
}

const isAddressName = (name: string): boolean => name.endsWith('.arpa');

/** Parts of manifests as podd tells them, whose shapes are not known for sure. */

export type Fields = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Empty for what is no map. */
export const fieldsOf = (value: unknown): Fields => (isRecord(value) ? value : {});

/** The maps of a list. */
export function records(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** What is no plain value as JSON. */
export function text(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

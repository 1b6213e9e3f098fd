/** The text of sd_notify(3): `KEY=value` lines. */

const line = /^([A-Z_][A-Z0-9_]*)=(.*)$/;

/** The last value of each key; lines of any other shape are left out. */
export function parseNotifyFields(text: string): Record<string, string> {
  const pairs = text.split('\n').flatMap((part) => {
    const [, key, value] = line.exec(part) ?? [];
    return key === undefined || value === undefined ? [] : [[key, value] as const];
  });
  return Object.fromEntries(pairs);
}

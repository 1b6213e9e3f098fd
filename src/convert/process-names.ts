/** Names that other supervisors allow and a label does not. Pure. */

const maxLabel = 63;

/** An RFC 1123 label from any text: lower case, other characters as hyphens; `fallback` when nothing is left. */
export function labelOf(text: string, fallback = 'program'): string {
  const label = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, maxLabel)
    .replace(/^-+|-+$/g, '');
  return label === '' ? fallback : label;
}

/** Gives each name out once: `web`, then `web-2`. */
export function createNames(): (text: string) => string {
  const taken = new Set<string>();
  return (text) => {
    const label = labelOf(text);
    let name = label;
    for (let n = 2; taken.has(name); n++) name = `${label.slice(0, maxLabel - 1 - String(n).length)}-${n}`;
    taken.add(name);
    return name;
  };
}

/** Literal text where `$(NAME)` is expanded and `$$` is a plain `$` (Kubernetes). */
export const escapeDollars = (text: string): string =>
  text.replace(/\$+(?=\()|\$\$+/g, (dollars) => dollars.replaceAll('$', '$$$$'));

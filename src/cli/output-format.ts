/** `-o` of get: how objects are printed. */
import { formatDidYouMean } from './did-you-mean.ts';
import { formatJsonPath, type JsonPath, parseJsonPath } from './json-path.ts';
import { UsageError } from './usage-error.ts';

export type OutputFormat =
  | { readonly kind: 'table'; readonly wide: boolean }
  | { readonly kind: 'json' | 'yaml' | 'name' }
  | { readonly kind: 'jsonpath'; readonly path: JsonPath };

const names = ['wide', 'json', 'yaml', 'name', 'jsonpath'] as const;

/** Throws UsageError on an unknown format or a wrong jsonpath. */
export function parseOutputFormat(text: string | undefined): OutputFormat {
  if (text === undefined || text === 'wide') return { kind: 'table', wide: text === 'wide' };
  if (text === 'json' || text === 'yaml' || text === 'name') return { kind: text };
  const path = /^jsonpath(?:=(.*))?$/s.exec(text);
  if (path?.[1] !== undefined) return { kind: 'jsonpath', path: parseJsonPath(path[1]) };
  if (path !== null) throw new UsageError("-o jsonpath needs a path, as -o jsonpath='{.status.phase}'");
  throw new UsageError(
    `unknown output format "${text}"${formatDidYouMean(text, names)}`,
    `formats are ${names.join(', ')}`,
  );
}

interface Named {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** One object, or (`isList`) a Kubernetes List of all of them; `name` gives `pod/web` lines. */
export async function formatObjects(
  format: Exclude<OutputFormat, { kind: 'table' }>,
  objects: readonly Named[],
  isList: boolean,
): Promise<string> {
  if (format.kind === 'name')
    return objects.map((object) => `${object.kind.toLowerCase()}/${object.metadata.name}\n`).join('');
  const root = isList
    ? { apiVersion: 'v1', items: objects, kind: 'List', metadata: { resourceVersion: '' } }
    : objects[0];
  if (format.kind === 'json') return `${JSON.stringify(root, undefined, 4)}\n`;
  if (format.kind === 'jsonpath') return formatJsonPath(format.path, root);
  return await formatYaml(root);
}

/** YAML as kubectl writes it: keys sorted, lists not indented, no folding of long lines. */
export async function formatYaml(value: unknown): Promise<string> {
  const { stringify } = await import('yaml');
  return stringify(value, {
    compat: 'yaml-1.1',
    sortMapEntries: true,
    indentSeq: false,
    lineWidth: 0,
    aliasDuplicateObjects: false,
  });
}

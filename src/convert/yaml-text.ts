/** YAML for people, with comments at their places: a writer of just what converted manifests need. Pure. */
import { escapeTemplate } from '../manifest/template.ts';

export type YamlScalar = string | number | boolean;
export type YamlValue = YamlScalar | readonly YamlScalar[] | YamlMap | YamlItems;

/** Block list of maps, each with the comments that stand above it. `after`: comments behind the last one. */
export interface YamlItems {
  readonly items: readonly YamlMap[];
  readonly after?: readonly string[];
}

export interface YamlMap {
  readonly comments?: readonly string[];
  readonly fields: readonly YamlField[];
}

export interface YamlField {
  readonly key: string;
  readonly value: YamlValue;
  readonly comments?: readonly string[];
}

export const yamlField = (key: string, value: YamlValue, comments: readonly string[] = []): YamlField => ({
  key,
  value,
  comments,
});

/** longer lists of words are written one a line */
const flowWidth = 100;

/** The lines of a map, each ended by a newline. */
export function formatYamlMap(map: YamlMap, indent = ''): string {
  return comments(map.comments, indent) + map.fields.map((field) => formatField(field, indent)).join('');
}

function formatField({ key, value, comments: above }: YamlField, indent: string): string {
  const head = `${comments(above, indent)}${indent}${scalar(key)}:`;
  if (typeof value !== 'object') return `${head} ${text(value)}\n`;
  if ('items' in value) return `${head}\n${formatItems(value, `${indent}  `)}`;
  if ('fields' in value) return `${head}\n${formatYamlMap(value, `${indent}  `)}`;
  const flow = `[${value.map(text).join(', ')}]`;
  if (flow.length <= flowWidth) return `${head} ${flow}\n`;
  return `${head}\n${value.map((item) => `${indent}  - ${text(item)}\n`).join('')}`;
}

function formatItems({ items, after }: YamlItems, indent: string): string {
  const blocks = items.map((item) => {
    const body = formatYamlMap({ fields: item.fields }, `${indent}  `);
    return `${comments(item.comments, indent)}${indent}- ${body.slice(indent.length + 2)}`;
  });
  return blocks.join('') + comments(after, indent);
}

/** Nothing of the user's text can end a comment: control characters become blanks. */
function comments(lines: readonly string[] | undefined, indent: string): string {
  return (lines ?? []).map((line) => `${indent}# ${line.replace(/[^\x20-\x7e\u{a0}-\u{d7ff}]+/gu, ' ')}\n`).join('');
}

const plain = /^[A-Za-z_/][\w./@+=-]*$/;
const notText = /^(?:true|false|yes|no|on|off|null|y|n)$/i;

/** What looks like a variable of the manifest is the user's own text. */
function text(value: YamlScalar): string {
  return scalar(typeof value === 'string' ? escapeTemplate(value) : value);
}

/** Text that could be read as anything else is quoted, as JSON, which YAML 1.2 includes. */
function scalar(value: YamlScalar): string {
  if (typeof value !== 'string') return String(value);
  return plain.test(value) && !notText.test(value) ? value : JSON.stringify(value);
}

/** YamlNodes as YAML in block style that reads back as the same values. */
import type { YamlNode, YamlScalar } from './yaml-node.ts';
import { resolvePlainScalar, type ScalarValue } from './yaml-scalar.ts';

/** The lines of a document, keys in their order; comments, anchors and the style of what was written are gone. */
export function formatDocument(root: YamlNode): string {
  return formatNode(root, '');
}

/** What stands at the beginning of a line; ends with a newline. */
function formatNode(node: YamlNode, indent: string): string {
  if (node.kind === 'scalar' || isEmpty(node)) return `${indent}${formatInline(node, indent)}\n`;
  if (node.kind === 'map') return formatMap(node, indent);
  return node.items.map((item) => `${indent}- ${formatItem(item, indent)}`).join('');
}

function formatItem(item: YamlNode, indent: string): string {
  if (item.kind === 'scalar') return `${formatScalar(item, indent)}\n`;
  const inner = `${indent}  `;
  return formatNode(item, inner).slice(inner.length);
}

function formatMap({ entries }: Extract<YamlNode, { kind: 'map' }>, indent: string): string {
  return [...entries]
    .map(([name, { node }]) => {
      const key = `${indent}${formatText(name, indent, false)}:`;
      if (node.kind === 'scalar' || isEmpty(node)) return `${key} ${formatInline(node, indent)}\n`;
      return `${key}\n${formatNode(node, `${indent}  `)}`;
    })
    .join('');
}

const isEmpty = (node: YamlNode): boolean =>
  (node.kind === 'list' && node.items.length === 0) || (node.kind === 'map' && node.entries.size === 0);

function formatInline(node: YamlNode, indent: string): string {
  if (node.kind === 'list') return '[]';
  return node.kind === 'map' ? '{}' : formatScalar(node, indent);
}

function formatScalar({ value, plain }: YamlScalar, indent: string): string {
  // 0644 stays 0644; a value with variables in it has become another one than its source says.
  if (plain && !plain.includes('\n') && Object.is(resolvePlainScalar(plain), value)) return plain;
  return typeof value === 'string' ? formatText(value, indent, true) : formatWord(value);
}

function formatWord(value: Exclude<ScalarValue, string>): string {
  if (typeof value !== 'number' || Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? '.nan' : value > 0 ? '.inf' : '-.inf';
}

/** Nothing that YAML or its readers could take for anything else. */
const plainPattern = /^(?!\.\.\.)[\w./](?:[\w./@+=,%~;()-]|:(?=[\w./])| (?=[\w./(]))*$/;

function formatText(text: string, indent: string, mayBeBlock: boolean): string {
  if (plainPattern.test(text) && resolvePlainScalar(text) === text) return text;
  return mayBeBlock && isBlock(text) ? formatBlock(text, indent) : quote(text);
}

/** What YAML does not take, or not everywhere, unless it is escaped. */
const unprintable =
  /[^\n\t\x20-\x7e\u{a0}-\u{2027}\u{2030}-\u{d7ff}\u{e000}-\u{fefe}\u{ff00}-\u{fffd}\u{10000}-\u{10ffff}]/u;

/** Several lines, the first one not indented, none ending in a blank: what is left reads best as it is. */
function isBlock(text: string): boolean {
  return text.includes('\n') && !/^\s|[ \t](?:\n|$)/.test(text) && !unprintable.test(text);
}

function formatBlock(text: string, indent: string): string {
  const chomping = !text.endsWith('\n') ? '-' : text.endsWith('\n\n') ? '+' : '';
  const lines = text.replace(/\n$/, '').split('\n');
  return `|${chomping}\n${lines.map((line) => (line === '' ? '' : `${indent}  ${line}`)).join('\n')}`;
}

/** JSON's strings are YAML's, once all that YAML does not take is escaped. */
function quote(text: string): string {
  return JSON.stringify(text).replace(
    new RegExp(unprintable, 'gu'),
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}

/** The part of kubectl's JSONPath people use: `{.status.phase}`, `{.items[*].metadata.name}`, `[0]`, `['a.b']`, `[?(@.type=="Ready")]`. */
import { UsageError } from './usage-error.ts';

type Step =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'filter'; readonly path: readonly Step[]; readonly equal: boolean; readonly value: string };

/** A template cut into texts and paths. */
export type JsonPath = readonly (string | readonly Step[])[];

/** Throws UsageError on what it cannot understand. A template without braces is one path (`.status.phase`). */
export function parseJsonPath(template: string): JsonPath {
  if (!template.includes('{'))
    return [parseSteps(template.startsWith('.') || template.startsWith('[') ? template : `.${template}`)];
  const parts = template.split(/(\{(?:[^{}"']|"[^"]*"|'[^']*')*\})/);
  return parts
    .filter((part) => part !== '')
    .map((part) => (part.startsWith('{') ? parseBraces(part) : unescapeText(part)));
}

function parseBraces(part: string): string | readonly Step[] {
  const inner = part.slice(1, -1).trim();
  const literal = /^"([^"]*)"$|^'([^']*)'$/.exec(inner);
  if (literal !== null) return unescapeText(literal[1] ?? literal[2] ?? '');
  return parseSteps(inner.replace(/^[$@]/, ''));
}

function unescapeText(text: string): string {
  return text.replaceAll('\\n', '\n').replaceAll('\\t', '\t');
}

const stepPattern =
  /^(?:\.?\[\?\(\s*@((?:[^=!()"']|\['[^']*'\])+?)\s*(==|!=)\s*(?:"([^"]*)"|'([^']*)'|([^)\s]+))\s*\)\]|\.?\[(-?\d+)\]|(\.?\[\*\]|\.\*)|\.?\[(?:'([^']+)'|"([^"]+)")\]|\.((?:[^.[\]{}\\]|\\.)+))/;

function parseSteps(text: string): readonly Step[] {
  const steps: Step[] = [];
  let rest = text === '.' ? '' : text;
  while (rest !== '') {
    const match = stepPattern.exec(rest);
    if (match === null) throw new UsageError(`jsonpath: cannot understand "${rest}"`, "for example '{.status.phase}'");
    steps.push(toStep(match));
    rest = rest.slice(match[0].length);
  }
  return steps;
}

function toStep(match: RegExpExecArray): Step {
  const [, filterPath, operator, doubleQuoted, singleQuoted, bare, index, all, name, otherName, field = ''] = match;
  if (filterPath !== undefined) {
    const value = doubleQuoted ?? singleQuoted ?? bare ?? '';
    return { kind: 'filter', path: parseSteps(filterPath.trim()), equal: operator === '==', value };
  }
  if (index !== undefined) return { kind: 'index', index: Number(index) };
  if (all !== undefined) return { kind: 'all' };
  return { kind: 'field', name: name ?? otherName ?? field.replace(/\\(.)/g, '$1') };
}

/** Every value the template's paths find in `root`, in order. */
export function findJsonPath(path: JsonPath, root: unknown): unknown[] {
  return path.flatMap((part) => (typeof part === 'string' ? [] : walk(part, [root])));
}

/** The template filled in as kubectl does: several values with a space between, objects as JSON, nothing for what is missing. */
export function formatJsonPath(path: JsonPath, root: unknown): string {
  return path.map((part) => (typeof part === 'string' ? part : walk(part, [root]).map(formatValue).join(' '))).join('');
}

/** Text of a found value. */
export function formatValue(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

function walk(steps: readonly Step[], values: readonly unknown[]): unknown[] {
  return steps.reduce<unknown[]>((found, step) => found.flatMap((value) => stepInto(step, value)), [...values]);
}

function stepInto(step: Step, value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  switch (step.kind) {
    case 'field':
      return Object.hasOwn(value, step.name) ? [(value as Record<string, unknown>)[step.name]] : [];
    case 'index':
      return Array.isArray(value) && value.at(step.index) !== undefined ? [value.at(step.index)] : [];
    case 'all':
      return Object.values(value);
    case 'filter':
      return Object.values(value).filter((item) => passes(step, item));
  }
}

function passes(step: Step & { readonly kind: 'filter' }, item: unknown): boolean {
  const [found] = walk(step.path, [item]);
  return (found !== undefined && formatValue(found) === step.value) === step.equal;
}

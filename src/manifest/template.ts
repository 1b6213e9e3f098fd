/** `${NAME}` and its kin in a text, as docker compose has them (compose-spec, Interpolation). Whatever is none of its forms is text. */
import { err, ok, type Result } from '../util/result.ts';

/** Text, `$${` already read as `${`; or a variable. */
export type TemplatePart = string | TemplateVariable;

export interface TemplateVariable {
  readonly name: string;
  /** absent in `${NAME}` */
  readonly operator?: TemplateOperator;
  /** what stands behind the operator */
  readonly word: readonly TemplatePart[];
  /** all of it, as it is written */
  readonly written: string;
}

/** default, refusal and alternative: with a colon an empty value counts as none */
export type TemplateOperator = ':-' | '-' | ':?' | '?' | ':+' | '+';

export interface TemplateFlaw {
  /** how it begins, to find it in the source */
  readonly written: string;
  readonly message: string;
  readonly hint: string;
}

/** variables in the words of variables */
const maxNesting = 16;

/** Takes a text apart, in time linear to its length. */
export function parseTemplate(text: string): Result<readonly TemplatePart[], TemplateFlaw> {
  if (!text.includes('${')) return ok([text]);
  const reader: Reader = { text, closings: undefined };
  const parts = readParts(reader, 0, text.length, 0);
  return reader.flaw === undefined ? ok(parts) : err(reader.flaw);
}

/** The text that `parseTemplate` reads as this text alone; what is none of its forms anyway stays readable. */
export function escapeTemplate(text: string): string {
  return text.replaceAll(/\$\{([A-Za-z_]\w*(?:\}|:?[-?+]))?/g, (written, form: string | undefined, at: number) =>
    form !== undefined || text[at - 1] === '$' ? `$${written}` : written,
  );
}

interface Reader {
  readonly text: string;
  /** for each `{` its `}`; made when the first is asked for */
  closings: ReadonlyMap<number, number> | undefined;
  flaw?: TemplateFlaw;
}

function readParts(reader: Reader, start: number, end: number, depth: number): TemplatePart[] {
  const parts: TemplatePart[] = [];
  const pattern = /\$\$\{|\$\{([A-Za-z_]\w*)(\}|:?[-?+])/g;
  let at = start;
  pattern.lastIndex = start;
  for (let match = pattern.exec(reader.text); match !== null; match = pattern.exec(reader.text)) {
    if (match.index >= end || reader.flaw !== undefined) break;
    const found = match[1] === undefined ? ('${' as const) : readVariable(reader, match, depth);
    if (found === undefined) continue;
    parts.push(reader.text.slice(at, match.index), found);
    at = typeof found === 'string' ? pattern.lastIndex : match.index + found.written.length;
    pattern.lastIndex = at;
  }
  parts.push(reader.text.slice(at, end));
  return parts.filter((part) => part !== '');
}

/** Undefined when it is text after all: `${a-b` without an end is a program's own. */
function readVariable(reader: Reader, match: RegExpExecArray, depth: number): TemplateVariable | undefined {
  const [begin, name = '', rest] = match;
  if (rest === '}') return { name, word: [], written: begin };
  const operator = rest as TemplateOperator;
  reader.closings ??= matchBraces(reader.text);
  const end = reader.closings.get(match.index + 1);
  if (end === undefined && !operator.startsWith(':')) return undefined;
  if (end === undefined || depth >= maxNesting) {
    reader.flaw = end === undefined ? unclosed(begin) : tooDeep(begin);
    return undefined;
  }
  const word = readParts(reader, match.index + begin.length, end, depth + 1);
  return { name, operator, word, written: reader.text.slice(match.index, end + 1) };
}

const unclosed = (written: string): TemplateFlaw => ({
  written,
  message: `${written} has no closing }`,
  hint: `close it, or write $${written} for the text itself`,
});

const tooDeep = (written: string): TemplateFlaw => ({
  written,
  message: `variables are nested deeper than ${maxNesting} levels`,
  hint: 'write the default out',
});

function matchBraces(text: string): Map<number, number> {
  const open: number[] = [];
  const closings = new Map<number, number>();
  for (const { 0: brace, index } of text.matchAll(/[{}]/g)) {
    if (brace === '{') open.push(index);
    else {
      const begin = open.pop();
      if (begin !== undefined) closings.set(begin, index);
    }
  }
  return closings;
}

/** One `---`-separated piece of a YAML text. */
export interface TextPiece {
  readonly text: string;
  /** line of the whole text that the piece begins at, from 1 */
  readonly firstLine: number;
}

/** more than this of comments before a document are a piece of their own */
const maxPreludeLength = 64 * 1024;

/**
 * Cuts a YAML text before each line that begins with `---`, where YAML always begins a document (only comments and %directives
 * before it belong to the next). The pieces put together are the text. Lazy: nobody pays for pieces not asked for.
 */
export function* splitDocuments(text: string): Generator<TextPiece, void> {
  let start = 0;
  let firstLine = 1;
  for (const match of text.matchAll(/^---(?=[ \t\r\n]|$)/gm)) {
    const before = text.slice(start, match.index);
    if (before === '' || isPrelude(before)) continue;
    yield { text: before, firstLine };
    firstLine += countLineFeeds(before);
    start = match.index;
  }
  yield { text: text.slice(start), firstLine };
}

/** Cuts JSON objects apart that follow each other on lines of their own, as `jq` prints them and kubectl reads them. */
export function* splitObjects({ text, firstLine }: TextPiece): Generator<TextPiece, void> {
  let start = 0;
  let line = firstLine;
  for (const match of /^\s*\{/.test(text) ? text.matchAll(/\}[ \t]*\r?\n(?=\s*\{)/g) : []) {
    const end = match.index + match[0].length;
    const object = text.slice(start, end);
    if (!isJson(object)) break;
    yield { text: object, firstLine: line };
    line += countLineFeeds(object);
    start = end;
  }
  yield { text: text.slice(start), firstLine: line };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isPrelude(text: string): boolean {
  if (text.startsWith('---') || text.length > maxPreludeLength) return false;
  return text.split('\n').every((line) => /^([#%].*|[ \t\r]*)$/.test(line));
}

function countLineFeeds(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

/** YAML text to YamlNodes with bounds on everything a hostile file could blow up: size, depth, tokens, aliases. */
import { Composer, type CST, type Document, Lexer, Parser, type YAMLParseError } from 'yaml';
import type { YamlNode } from './yaml-node.ts';
import { isBareDocument, readNode, type YamlProblem } from './yaml-read-node.ts';

export interface YamlDocument {
  /** absent when the document is empty or could not be read */
  readonly root?: YamlNode;
  readonly problems: readonly YamlProblem[];
}

/** the parser's own stack holds up to three entries a level; this bound only keeps the recursive composer from overflowing */
const maxParserStack = 200;
/** about two seconds of the parser; an ordinary manifest of 1 MiB has a quarter of it */
const maxTokens = 400_000;

/** after which nobody wants to know the next */
const maxErrors = 100;

/** The documents of one piece of text, spans counted from its beginning. Never throws. */
export function readYamlDocuments(text: string): YamlDocument[] {
  const tokens = tokenise(text);
  if (!Array.isArray(tokens)) return [{ problems: [tokens] }];
  const composer = new Composer({ schema: 'failsafe', uniqueKeys: false, merge: false, logLevel: 'silent' });
  const documents: YamlDocument[] = [];
  const isWhole = composeUntilHopeless(composer.compose(tokens, false, text.length), composer, (document) =>
    documents.push(readDocument(document)),
  );
  const stray = composer.streamInfo().errors;
  if ((documents.length === 0 || !isWhole) && stray.length > 0) documents.push({ problems: syntaxProblems(stray) });
  return documents;
}

/** thrown through the composer, which goes on after every error: a hundred thousand of them take seconds */
const hopeless = Symbol('too many errors');

/** False when there were so many errors that the rest was not looked at. */
function composeUntilHopeless(
  composed: Iterable<Document.Parsed>,
  composer: Composer,
  take: (document: Document.Parsed) => void,
): boolean {
  const inner = composer as unknown as { onError: (...error: readonly unknown[]) => void };
  const { onError } = inner;
  let count = 0;
  inner.onError = (...error) => {
    onError(...error);
    if (++count >= maxErrors) throw hopeless;
  };
  try {
    for (const document of composed) take(document);
    return true;
  } catch (error) {
    if (error === hopeless) return false;
    throw error;
  }
}

/** The parser is not recursive and shows its depth after every token; the composer after it is, and would overflow. */
function tokenise(text: string): CST.Token[] | YamlProblem {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let count = 0;
  let errors = 0;
  for (const lexeme of new Lexer().lex(text)) {
    const before = tokens.length;
    feed(parser, lexeme, tokens);
    errors += tokens.slice(before).filter(({ type }) => type === 'error').length;
    if (errors >= maxErrors) return tokens;
    const span = { start: Math.max(0, parser.offset - 1), end: parser.offset };
    if (parser.stack.length > maxParserStack) return { span, message: 'maps and lists are nested too deeply' };
    if (++count > maxTokens) return { span, message: `the document has more than ${maxTokens} YAML tokens` };
  }
  tokens.push(...parser.end());
  return tokens;
}

/** go-yaml also takes `\\'` between double quotes, and Kubernetes' own examples use it. */
function feed(parser: Parser, lexeme: string, tokens: CST.Token[]): void {
  const known = lexeme.startsWith('"')
    ? lexeme.replaceAll(/\\(.)/gs, (pair, next) => (next === "'" ? next : pair))
    : lexeme;
  tokens.push(...parser.next(known));
  parser.offset += lexeme.length - known.length;
}

function readDocument(document: Document.Parsed): YamlDocument {
  if (document.errors.length > 0) return { problems: syntaxProblems(document.errors) };
  if (isBareDocument(document.contents)) return { problems: [] };
  return readNode(document.contents);
}

/** The first error usually causes the rest: three are enough to see it. */
function syntaxProblems(errors: readonly YAMLParseError[]): YamlProblem[] {
  return errors.slice(0, 3).map((error) => {
    const [start, end] = error.pos;
    const hint = syntaxHints[error.code];
    return { span: { start, end }, message: syntaxMessage(error), ...(hint === undefined ? {} : { hint }) };
  });
}

function syntaxMessage(error: YAMLParseError): string {
  const message = error.message.split('\n')[0] ?? '';
  const short = message.length > 160 ? `${message.slice(0, 157)}…` : message;
  return `YAML: ${short.charAt(0).toLowerCase()}${short.slice(1)}`;
}

const syntaxHints: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'indent with spaces',
  BLOCK_AS_IMPLICIT_KEY: 'a value that contains ": " needs quotes; nested fields go on their own lines',
  BAD_INDENT: 'fields of one map must stand in the same column',
  MISSING_CHAR: 'look for a missing quote, bracket or colon',
  MULTILINE_IMPLICIT_KEY: 'a ":" may be missing after the field name',
  BAD_SCALAR_START: 'quote a value that begins with @ or `',
  UNEXPECTED_TOKEN: 'quote values that contain { } [ ] , & * # or ": "',
};

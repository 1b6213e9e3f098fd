/** Python's shlex, as supervisord uses it: words of a command, and `KEY="value",KEY2=value2`. Pure. */
import { err, ok, type Result } from '../util/result.ts';

/** shlex.split(text): POSIX quoting, no comments, no expansion. The error is Python's. */
export function splitShellWords(text: string): Result<readonly string[], string> {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if (/[ \t\r\n]/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    const piece = takePiece(text, at);
    if (!piece.ok) return piece;
    word = (word ?? '') + piece.value.text;
    at = piece.value.end;
  }
  if (word !== undefined) words.push(word);
  return ok(words);
}

interface Piece {
  readonly text: string;
  /** index of its last character */
  readonly end: number;
}

/** A quoted stretch, an escaped character, or one plain character. */
function takePiece(text: string, at: number): Result<Piece, string> {
  const character = text[at] ?? '';
  if (character === '\\') {
    return at + 1 < text.length ? ok({ text: text[at + 1] ?? '', end: at + 1 }) : err('No escaped character');
  }
  if (character === "'") {
    const close = text.indexOf("'", at + 1);
    return close < 0 ? err('No closing quotation') : ok({ text: text.slice(at + 1, close), end: close });
  }
  return character === '"' ? takeDoubleQuoted(text, at) : ok({ text: character, end: at });
}

/** In double quotes a backslash escapes the quote and itself only. */
function takeDoubleQuoted(text: string, open: number): Result<Piece, string> {
  let taken = '';
  for (let at = open + 1; at < text.length; at++) {
    const character = text[at] ?? '';
    if (character === '"') return ok({ text: taken, end: at });
    const next = text[at + 1];
    if (character === '\\' && (next === '"' || next === '\\')) {
      taken += next;
      at++;
    } else {
      taken += character;
    }
  }
  return err('No closing quotation');
}

/** supervisord's dict_of_key_value_pairs: shlex tokens of three, `key = value`, with anything of one token between the pairs. */
export function parseKeyValues(text: string): Result<ReadonlyMap<string, string>, string> {
  const tokens = tokenise(text);
  if (!tokens.ok) return tokens;
  const pairs = new Map<string, string>();
  for (let at = 0; at < tokens.value.length; at += 4) {
    const [key, equals, value] = tokens.value.slice(at, at + 3);
    if (key === undefined || equals !== '=' || value === undefined) {
      return err(`Unexpected end of key/value pairs in value '${text}'`);
    }
    pairs.set(key, value.replace(/^['"]+|['"]+$/g, ''));
  }
  return ok(pairs);
}

/** Non-POSIX shlex with `/.+-():` as word characters: quotes stay in the token, and one begins a token only at its start. */
function tokenise(text: string): Result<readonly string[], string> {
  const token = /\s+|#[^\n]*(?:\n|$)|([\w/.+\-():]+)|("[^"]*"|'[^']*')|(["'])|(.)/gsy;
  const tokens: string[] = [];
  let match = token.exec(text);
  for (; match !== null; match = token.exec(text)) {
    const [, word, quoted, open, other] = match;
    if (open !== undefined) return err('No closing quotation');
    const found = word ?? quoted ?? other;
    if (found !== undefined) tokens.push(found);
  }
  return ok(tokens);
}

/** Bytes of a terminal in raw mode as keys (xterm, VT220 and rxvt sequences: ECMA-48, ctlseqs). */

export type KeyName =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'page-up'
  | 'page-down'
  | 'home'
  | 'end'
  | 'enter'
  | 'escape'
  | 'backspace'
  | 'ctrl-c'
  | 'ctrl-l'
  | 'ctrl-u';

/** `char`: what prints, one character. */
export type Key = { readonly name: KeyName } | { readonly name: 'char'; readonly char: string };

export interface ParsedKeys {
  readonly keys: readonly Key[];
  /** an escape sequence that is not whole yet; when nothing follows, it was the Escape key */
  readonly rest: string;
}

const named: Readonly<Record<string, KeyName>> = {
  ...{ A: 'up', B: 'down', C: 'right', D: 'left', H: 'home', F: 'end' },
  ...{ '1~': 'home', '7~': 'home', '4~': 'end', '8~': 'end', '5~': 'page-up', '6~': 'page-down' },
};

const controls: Readonly<Record<string, KeyName>> = {
  ...{ '\r': 'enter', '\n': 'enter', '\u007f': 'backspace', '\b': 'backspace' },
  ...{ '\u0003': 'ctrl-c', '\u000c': 'ctrl-l', '\u0015': 'ctrl-u' },
};

const esc = '\u001b';
// CSI or SS3; parameters such as the modifiers of `1;5A` are read over.
const sequence = new RegExp(`^${esc}(?:\\[([\\d;]*)([ -/]*[@-~])|O([@-~]))`);
const unfinished = new RegExp(`^${esc}(?:\\[[\\d;]*[ -/]*|O)?$`);

/** Sequences that mean nothing here are passed over. */
export function parseKeys(text: string): ParsedKeys {
  const keys: Key[] = [];
  let rest = text;
  while (rest !== '' && !unfinished.test(rest)) {
    const { key, length } = firstKey(rest);
    if (key !== undefined) keys.push(key);
    rest = rest.slice(length);
  }
  return { keys, rest };
}

function firstKey(text: string): { readonly key: Key | undefined; readonly length: number } {
  const match = sequence.exec(text);
  if (match !== null) return { key: sequenceKey(match), length: match[0].length };
  if (text.startsWith(esc)) return { key: { name: 'escape' }, length: 1 };
  const char = String.fromCodePoint(text.codePointAt(0) ?? 0);
  const control = controls[char];
  if (control !== undefined) return { key: { name: control }, length: 1 };
  return { key: char < ' ' ? undefined : { name: 'char', char }, length: char.length };
}

function sequenceKey([, parameters = '', final = '', single]: RegExpExecArray): Key | undefined {
  const [first = ''] = parameters.split(';');
  const name = named[single ?? (final === '~' ? `${first}~` : final)];
  return name === undefined ? undefined : { name };
}

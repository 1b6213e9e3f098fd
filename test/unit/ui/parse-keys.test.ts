import { describe, expect, test } from 'vitest';
import { parseKeys } from '../../../src/ui/parse-keys.ts';

const words = (text: string): readonly string[] =>
  parseKeys(text).keys.map((key) => (key.name === 'char' ? key.char : `<${key.name}>`));

describe('keys', () => {
  test.each([
    ['jjk', ['j', 'j', 'k']],
    ['\u001b[A\u001b[B', ['<up>', '<down>']],
    ['\u001bOC\u001bOD', ['<right>', '<left>']],
    ['\u001b[5~x\u001b[6~', ['<page-up>', 'x', '<page-down>']],
    ['\u001b[H\u001b[F\u001b[1~\u001b[8~', ['<home>', '<end>', '<home>', '<end>']],
    ['\u001b[1;5A', ['<up>']],
    ['\u001b[200~\u001b[15~', []],
    ['\r\u007f\u0003\u000c\u0015', ['<enter>', '<backspace>', '<ctrl-c>', '<ctrl-l>', '<ctrl-u>']],
    ['é日😀', ['é', '日', '😀']],
    ['\u001bj', ['<escape>', 'j']],
    ['\u001b\u001b[A', ['<escape>', '<up>']],
    ['\u0001\u0000a', ['a']],
  ])('%j is %j', (text, keys) => {
    expect(words(text)).toEqual(keys);
    expect(parseKeys(text).rest).toBe('');
  });

  test.each(['\u001b', '\u001b[', '\u001b[1;', '\u001bO'])('%j waits for its rest', (text) => {
    expect(parseKeys(`a${text}`)).toEqual({ keys: [{ name: 'char', char: 'a' }], rest: text });
  });
});

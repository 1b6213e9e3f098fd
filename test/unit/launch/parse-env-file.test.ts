import { expect, test } from 'vitest';
import { parseEnvFile, valueInEnvFile } from '../../../src/launch/parse-env-file.ts';

const value = (text: string, key: string) => {
  const parsed = valueInEnvFile(parseEnvFile(text), key);
  return parsed.ok ? parsed.value : `! ${parsed.error}`;
};

// the cases of the kubelet's own TestParseEnv, and a few of ours
test.each([
  ['white space before a name', "   A='1'\n\t\tB='2'\n", 'B', '2'],
  ['comments and blank lines', "# first\n\nA='foo'\n   # second\n \t\nB='bar'\n", 'B', 'bar'],
  ['no such key', "A='foo'\n", 'C', undefined],
  ['an empty file', '', 'A', undefined],
  ['a # in a value', "A='foo#bar'\n", 'A', 'foo#bar'],
  ['white space in a value', "A='   foo bar   '\n", 'A', '   foo bar   '],
  ['an empty value', "A='foo'\nB=''\n", 'B', ''],
  ['= in a value', "A='foo=bar=baz'", 'A', 'foo=bar=baz'],
  ['a comment behind a value', "B='bar' # comment\n", 'B', 'bar'],
  ['a line end of other systems', "A='1'\r\nB='2'\r\n", 'B', '2'],
  ['nothing expands', "A='$A ${B} \\n \\\\'\n", 'A', '$A ${B} \\n \\\\'],
  ['double quotes in a value', `A='a "b" c'\n`, 'A', 'a "b" c'],
  ['several lines', "A='one\n  two\n\n# three'\nB='bar'\n", 'A', 'one\n  two\n\n# three'],
  ['what comes behind several lines', "A='one\ntwo' # x\nB='bar'\n", 'B', 'bar'],
  ['other scripts', "A='中文 🌍'\n", 'A', '中文 🌍'],
  ['the first of two', "A='1'\nA='2'\n", 'A', '1'],
  ['what is wrong behind the key', "A='1'\nnonsense\n", 'A', '1'],
  ['a name like one of an object', "toString='1'\n", 'constructor', undefined],
])('%s', (_name, text, key, expected) => {
  expect(value(text, key)).toBe(expected);
});

const format = '! invalid environment variable format';
test.each([
  ['a line without =', "A='1'\nnonsense\nB='2'", 'B', `${format} at line 2`],
  ['a line without a name', "='1'\nB='2'", 'B', `${format} at line 1`],
  ['a shell’s word before the name', "export A='1'\n", 'A', `${format} at line 1`],
  ['white space before =', "A ='1'\n", 'A', `${format}: whitespace before '=' is not allowed at line 1`],
  ['white space behind =', "A= '1'\n", 'A', `${format}: value must be enclosed in single quotes at line 1`],
  ['no quotes', "A='1'\nB=2\n", 'B', `${format}: value must be enclosed in single quotes at line 2`],
  ['double quotes', 'A="1"\n', 'A', `${format}: value must be enclosed in single quotes at line 1`],
  ['two strings', "A='1''2'\n", 'A', `${format}: unexpected content after closing quote at line 1`],
  ['words behind the quote', "A='1'2\n", 'A', `${format}: unexpected content after closing quote at line 1`],
  ['a # that is part of the word', "A='1'#2\n", 'A', `${format}: unexpected content after closing quote at line 1`],
  ['an escaped quote', "A='it\\'s'\n", 'A', `${format}: unexpected content after closing quote at line 1`],
  [
    'a quote that closes in another line',
    "A='1\nB='2'\n",
    'B',
    `${format}: unexpected content after closing quote at line 1`,
  ],
  ['a quote that is not closed', "B='1'\nA='1\n", 'A', `${format}: the single quote is not closed at line 2`],
])('is wrong: %s', (_name, text, key, expected) => {
  expect(value(text, key)).toBe(expected);
});

test('a file of a megabyte of lines is read', () => {
  const text = `${"A='1'\n".repeat(170_000)}B='2'\n`;
  expect(value(text, 'B')).toBe('2');
});

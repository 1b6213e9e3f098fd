import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeCriLine } from '../../../src/daemon/cri-line.ts';
import { createLogFormatter, type LogFormat } from '../../../src/daemon/log-formatter.ts';

const time = '2026-05-01T10:00:00.000000000Z';
const later = '2026-05-01T10:00:05.000000000Z';

function format(text: string | readonly Buffer[], options: LogFormat = { timestamps: false }): string {
  const formatter = createLogFormatter(options);
  const chunks = typeof text === 'string' ? [Buffer.from(text)] : text;
  const output = chunks.flatMap((chunk) => [...formatter.format(chunk)].map((piece) => Buffer.from(piece)));
  return Buffer.concat([...output, ...formatter.finish()]).toString();
}

describe('CRI line', () => {
  test.each([
    [`${time} stdout F hello world`, 'stdout', false, 'hello world'],
    [`${time} stderr P begun `, 'stderr', true, 'begun '],
    [`${time} stdout F `, 'stdout', false, ''],
    [`${time} stdout F`, 'stdout', false, ''],
    [`${time} stdout P:tag x`, 'stdout', true, 'x'],
    [`${time} stdout F  two spaces`, 'stdout', false, ' two spaces'],
  ])('%j is understood', (line, stream, partial, text) => {
    const decoded = decodeCriLine(Buffer.from(line));
    expect(decoded && { ...decoded, text: decoded.text.toString() }).toEqual({
      timestamp: time,
      stream,
      partial,
      text,
    });
  });

  test.each(['', 'hello', `${time} stdout`, `${time} stdin F x`, `${time} stdout X x`, ' stdout F x'])(
    '%j is none',
    (line) => {
      expect(decodeCriLine(Buffer.from(line))).toBeUndefined();
    },
  );
});

describe('log formatter', () => {
  test.each([
    ['whole lines', `${time} stdout F a\n${time} stderr F b\n`, 'a\nb\n'],
    ['an empty line', `${time} stdout F \n`, '\n'],
    ['parts of a line', `${time} stdout P a\n${time} stdout P b\n${time} stdout F c\n`, 'abc\n'],
    [
      'parts of two lines in turn',
      `${time} stdout P a\n${time} stderr P x\n${time} stdout F b\n${time} stderr F y\n`,
      'ab\nxy\n',
    ],
    ['a line that is never finished', `${time} stdout F a\n${time} stdout P b\n`, 'a\nb\n'],
    ['a line that is not CRI', `junk\n${time} stdout F a\n`, 'junk\na\n'],
    ['an entry torn at the end', `${time} stdout F a\n${time} std`, `a\n${time} std\n`],
  ])('gives %s', (_what, text, expected) => {
    expect(format(text)).toBe(expected);
  });

  test('puts the time of its first part before each line', () => {
    const text = `${time} stdout P a\n${later} stdout F b\n${later} stderr F c\n`;
    expect(format(text, { timestamps: true })).toBe(`${time} ab\n${later} c\n`);
  });

  test('leaves out what is older', () => {
    const text = `${time} stdout F old\n${later} stdout F new\n`;
    expect(format(text, { timestamps: false, sinceMs: Date.parse(later) })).toBe('new\n');
    expect(format(text, { timestamps: false, sinceMs: Date.parse(later) + 1 })).toBe('');
  });

  test('passes an endless line on instead of keeping it', () => {
    const formatter = createLogFormatter({ timestamps: true });
    const part = Buffer.from(`${time} stdout P ${'x'.repeat(16 * 1024)}\n`);
    let written = 0;
    for (let count = 0; count < 200; count += 1) for (const piece of formatter.format(part)) written += piece.length;
    expect(written).toBeGreaterThan(2 * 1024 * 1024);
    const other = Buffer.concat([...formatter.format(Buffer.from(`${time} stderr F other\n`))]);
    expect(other.toString()).toBe(`\n${time} other\n`);
    const end = Buffer.concat([...formatter.format(Buffer.from(`${time} stdout F !\n`))]).toString();
    expect(end).toMatch(/^x*!\n$/);
  });

  test('gives every line back, however it was split into parts and the bytes into chunks', () => {
    const line = fc.record({
      stream: fc.constantFrom('stdout', 'stderr'),
      parts: fc.array(
        fc.string().filter((s) => !s.includes('\n')),
        { minLength: 1, maxLength: 4 },
      ),
    });
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.integer({ min: 1, max: 50 })), (lines, cuts) => {
        const file = lines
          .flatMap(({ stream, parts }) =>
            parts.map((part, index) => `${time} ${stream} ${index === parts.length - 1 ? 'F' : 'P'} ${part}\n`),
          )
          .join('');
        const bytes = Buffer.from(file);
        const chunks: Buffer[] = [];
        let at = 0;
        for (const cut of cuts) {
          chunks.push(bytes.subarray(at, at + cut));
          at += cut;
        }
        chunks.push(bytes.subarray(at));
        expect(format(chunks)).toBe(lines.map(({ parts }) => `${parts.join('')}\n`).join(''));
      }),
    );
  });
});

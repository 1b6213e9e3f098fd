/** Python's `text % {…}` with named values, as far as supervisord's configuration uses it. Pure. */
import { err, ok, type Result } from '../util/result.ts';

const pattern = /%(?:\(([^)]*)\)([#0\- +]*)(\d*)(?:\.(\d+))?[hlL]?([diouxXsra])|(%)|)/g;

/** Each `%(name)s` filled in by `lookup`, `%%` a plain `%`. The error says what Python would refuse. */
export function expandPercent(
  text: string,
  lookup: (name: string, conversion: string) => string | undefined,
): Result<string, string> {
  let problem: string | undefined;
  const expanded = text.replace(pattern, (_whole, name, flags, width, _precision, type, percent) => {
    if (percent !== undefined) return '%';
    if (name === undefined) {
      problem ??= 'a lone % (a plain one is written %%)';
      return '';
    }
    const value = lookup(name, `${flags}${width}${type}`);
    if (value === undefined) problem ??= `%(${name})${type} is not known`;
    return formatValue(value ?? '', flags, Number(width), type);
  });
  return problem === undefined ? ok(expanded) : err(problem);
}

/** `%02d`, `%5s`, `%-5s`, `%x` … of a value given as text. */
function formatValue(value: string, flags: string, width: number, type: string): string {
  const isNumber = /^-?\d+$/.test(value);
  const base = { x: 16, X: 16, o: 8 }[type];
  const digits = base === undefined || !isNumber ? value : Number(value).toString(base);
  const shown = type === 'X' ? digits.toUpperCase() : digits;
  if (flags.includes('-')) return shown.padEnd(width);
  return shown.padStart(width, flags.includes('0') && type !== 's' && isNumber ? '0' : ' ');
}

/** What an unquoted YAML word means. Kubernetes reads YAML 1.1 (go-yaml v2): `yes` is true, `012` is ten, `1e3` is a thousand. */

const words = new Map<string, boolean | number | null>();
for (const word of ['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON']) words.set(word, true);
for (const word of ['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF']) words.set(word, false);
for (const word of ['', '~', 'null', 'Null', 'NULL']) words.set(word, null);
for (const word of ['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF']) words.set(word, Number.POSITIVE_INFINITY);
for (const word of ['-.inf', '-.Inf', '-.INF']) words.set(word, Number.NEGATIVE_INFINITY);
for (const word of ['.nan', '.NaN', '.NAN']) words.set(word, Number.NaN);

const integerPattern = /^([-+]?)(0[xX][\da-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9]\d*)$/;
const floatPattern = /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/;

export type ScalarValue = string | number | boolean | null;

/** The value of a plain (unquoted) scalar; whatever is no bool, null or number is a string. Whole numbers beyond 2^53 lose digits. */
export function resolvePlainScalar(source: string): ScalarValue {
  const word = words.get(source);
  if (word !== undefined) return word;
  if (!/^[-+.\d]/.test(source)) return source;
  return resolveNumber(source.replaceAll('_', '')) ?? source;
}

function resolveNumber(text: string): number | undefined {
  const match = integerPattern.exec(text);
  if (match !== null) return (match[1] === '-' ? -1 : 1) * readInteger(match[2] ?? '') + 0;
  return floatPattern.test(text) ? Number(text) : undefined;
}

function readInteger(digits: string): number {
  if (/^0[oO]?[0-7]+$/.test(digits)) return Number.parseInt(digits.replace(/^0[oO]?/, ''), 8);
  return Number(digits);
}

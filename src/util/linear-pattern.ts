/** What keeps a JavaScript regular expression from being matched in linear time by V8's engine without backtracking. */

/** V8: experimental.cc, kMaxReplicationFactor */
const maxReplication = 16;

type Token = readonly [text: string, ...groups: string[]];
/** Escapes and classes whole, so that what they hold is not taken for syntax. */
const token = /\\(?:k<|[1-9]|.)|\[(?:\\.|[^\]\\])*\]|\((?:\?(?:<?[=!]|:|<[^>]*>))?|\{(\d+)(?:(,)(\d*))?\}|[\s\S]/g;

/**
 * What in a valid expression (without flags) is in the way, for a sentence `it uses …`; undefined: nothing known.
 * A repetition counts as often as V8 would write it out: `x{5}` 5, `x+` 2, `x*` 1; nested ones multiply.
 */
export function whyNotLinear(pattern: string): string | undefined {
  const tokens = [...pattern.matchAll(token)] as unknown as Token[];
  const named = tokens.map(([text]) => namedObstacle(text)).find((found) => found !== undefined);
  if (named !== undefined) return named;
  const times = longestReplication(tokens);
  return times > maxReplication ? `a repetition that is written out more than ${maxReplication} times` : undefined;
}

/** The most that anything in it is repeated. */
function longestReplication(tokens: readonly Token[]): number {
  // of the groups that are open, outermost first: the most that anything in them is repeated
  const open = [1];
  let atom = 1;
  for (const found of tokens) {
    const times = replicationOf(found);
    if (times !== undefined) atom *= times;
    else atom = found[0] === ')' ? (open.pop() ?? 1) : 1;
    open.push(Math.max(open.pop() ?? 1, atom));
    if (found[0].startsWith('(')) open.push(1);
  }
  return Math.max(...open);
}

function namedObstacle(text: string): string | undefined {
  if (/^\(\?<?[=!]/.test(text)) return text.startsWith('(?<') ? 'a look-behind' : 'a look-ahead';
  return /^\\(?:k<|[1-9])/.test(text) ? 'a back reference' : undefined;
}

/** Of a quantifier; undefined for everything else. */
function replicationOf([text, min, comma, max]: Token): number | undefined {
  if (text === '+') return 2;
  if (text === '*' || text === '?') return 1;
  if (min === undefined) return undefined;
  if (comma === undefined) return Number(min);
  return max === '' || max === undefined ? Number(min) + 1 : Number(max);
}

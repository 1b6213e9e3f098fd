/** Durations as people write them: `100ms`, `10s`, `5m`, `1h`, `1h30m`, `1.5s` (Go's time.ParseDuration without ns and us). */

const unitMs = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const wholePattern = /^(?:\d{1,15}(?:\.\d{1,9})?(?:ms|s|m|h))+$/;
const fineWholePattern = /^(?:\d{1,15}(?:\.\d{1,9})?(?:us|ms|s|m|h))+$/;
const partPattern = /(\d+(?:\.\d+)?)(us|ms|s|m|h)/g;

/** Milliseconds, rounded; undefined when the text is no duration or exceeds Number.MAX_SAFE_INTEGER. A plain `0` is one; a leading `-` negates. */
export function parseDuration(text: string): number | undefined {
  const negative = text.startsWith('-');
  const body = negative ? text.slice(1) : text;
  if (body === '0') return 0;
  if (body.length > 64 || !wholePattern.test(body)) return undefined;
  const ms = Math.round(totalMs(body));
  if (!Number.isSafeInteger(ms)) return undefined;
  return negative && ms !== 0 ? -ms : ms;
}

/** The same in microseconds, `500us` too; never negative. */
export function parseMicroseconds(text: string): number | undefined {
  if (text === '0') return 0;
  if (text.length > 64 || !fineWholePattern.test(text)) return undefined;
  const us = Math.round(totalMs(text) * 1000);
  return Number.isSafeInteger(us) ? us : undefined;
}

function totalMs(text: string): number {
  let total = 0;
  for (const [, amount, unit] of text.matchAll(partPattern))
    total += Number(amount) * unitMs[unit as keyof typeof unitMs];
  return total;
}

/** The shortest exact text that parseDuration reads back: 90000 → `1m30s`, 0 → `0s`; fractions of a millisecond are rounded away. */
export function formatDuration(ms: number): string {
  let rest = Math.round(Math.abs(ms));
  if (rest === 0) return '0s';
  let text = '';
  for (const unit of ['h', 'm', 's', 'ms'] as const) {
    const amount = Math.floor(rest / unitMs[unit]);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * unitMs[unit];
  }
  return ms < 0 ? `-${text}` : text;
}

/** From one frame to the next with as few bytes as lines allow. */
import type { TerminalSize } from './model.ts';
import { textWidth } from './view-text.ts';

/** Mode 2026 has the terminal show a frame at once; those that do not know it pass it over. */
const [begin, end] = ['\u001b[?2026h', '\u001b[?2026l'];

/** Codes that print the lines that differ; empty when none does. What `before` lacks is taken for an empty line. */
export function changedLines(before: readonly string[], after: readonly string[], size: TerminalSize): string {
  const lines = Array.from({ length: Math.min(size.rows, Math.max(before.length, after.length)) }, (_, row) => {
    const text = after[row] ?? '';
    if (text === (before[row] ?? '')) return '';
    // A full line has nothing behind it to erase; the cursor stands on its last character.
    return `\u001b[${row + 1};1H${text}${textWidth(text) < size.columns ? '\u001b[0m\u001b[K' : ''}`;
  });
  const changes = lines.join('');
  return changes === '' ? '' : `${begin}${changes}${end}`;
}

/** Program output → CRI log lines `<time> <stream> <F|P> <text>` (kubelet pkg/kubelet/kuberuntime/logs): one timestamp a chunk, no line torn. */
import { type LogSink, timestamp } from './log-file.ts';
import { type OutputStream, partBytes } from './log-pump.ts';

const newline = 0x0a;
const partialTag = 0x50; // P
/** The tag's place before the end of the head. */
const tagOffset = 2;

// Shared by all pumps of this process: used only within one call.
const output = Buffer.allocUnsafeSlow(1 << 20);
const outputReserve = partBytes + 128;

/**
 * Appends bytes[0..end) to the log; returns how many bytes were used: what is left is a line begun, not longer than a part.
 * bytes[end] must be writable.
 */
export function encodeCriLines(bytes: Buffer, end: number, stream: OutputStream, log: LogSink): number {
  const head = Buffer.from(`${timestamp()} ${stream} F `, 'latin1');
  let used = 0;
  let filled = 0;
  let lines = 0;
  bytes[end] = newline; // the search must not run on into an older chunk
  while (used < end) {
    const found = bytes.indexOf(newline, used);
    const isFull = found < end && found - used <= partBytes;
    if (!isFull && end - used <= partBytes) break;
    const textEnd = isFull ? found : used + partBytes;
    head.copy(output, filled);
    filled += head.length;
    if (!isFull) output[filled - tagOffset] = partialTag;
    filled += bytes.copy(output, filled, used, textEnd);
    output[filled++] = newline;
    lines++;
    used = textEnd + Number(isFull);
    if (filled > output.length - outputReserve) {
      log.append(output, filled, lines);
      filled = 0;
      lines = 0;
    }
  }
  if (filled > 0) log.append(output, filled, lines);
  return used;
}

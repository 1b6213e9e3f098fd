/** JSON lines: one JSON value per `\n`-ended line, UTF-8. What podd, zygote and podinit speak to each other. */

/** Longest line accepted by default, 16 MiB: the API's body limit, and far above any launch plan. */
export const maxLineBytes = 16 * 1024 * 1024;

const newline = 0x0a;

/** One value as a line with its newline; JSON never contains a raw newline itself. */
export function encodeLine(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

/**
 * Cuts a byte stream into lines, given without their newline; empty lines are passed over. Chunks may be reused by the caller.
 * Throws when a line grows over `maxBytes` (the stream cannot be trusted any more: end it); what `onLine` throws goes to the caller too.
 */
export function createLineSplitter(
  onLine: (line: string) => void,
  maxBytes: number = maxLineBytes,
): (chunk: Buffer) => void {
  let pieces: Buffer[] = [];
  let pendingBytes = 0;
  const checkLength = (bytes: number): void => {
    if (bytes <= maxBytes) return;
    pieces = [];
    pendingBytes = 0;
    throw new Error(`line of more than ${maxBytes} bytes`);
  };
  const takeLine = (end: Buffer): string => {
    checkLength(pendingBytes + end.length);
    if (pieces.length === 0) return end.toString('utf8');
    const line = Buffer.concat([...pieces, end]).toString('utf8');
    pieces = [];
    pendingBytes = 0;
    return line;
  };
  return (chunk) => {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const line = takeLine(chunk.subarray(start, end));
      start = end + 1;
      if (line !== '') onLine(line);
    }
    if (start === chunk.length) return;
    checkLength(pendingBytes + chunk.length - start);
    pieces.push(Buffer.from(chunk.subarray(start)));
    pendingBytes += chunk.length - start;
  };
}

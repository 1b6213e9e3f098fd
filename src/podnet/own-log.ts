/** podnet's log is standard error, a file that podd opened to append to. */
import { fstatSync, ftruncateSync, writeSync } from 'node:fs';

const standardError = 2;
const mostBytes = 256 * 1024;

/** One line. The file begins anew when it is full: it lies in memory, and nobody else turns it over. */
export function logLine(message: string): void {
  try {
    const stat = fstatSync(standardError);
    if (stat.isFile() && stat.size > mostBytes) ftruncateSync(standardError, 0);
    writeSync(standardError, `${new Date().toISOString()} ${message.replaceAll(/\n\s*/g, ' | ')}\n`);
  } catch {
    // no space, or nobody reads it: names go on being served
  }
}

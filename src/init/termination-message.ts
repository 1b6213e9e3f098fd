/** A container's last words, as the kubelet makes them of its file and its log (kuberuntime getTerminationMessage). Pure. */
import type { TerminationMessageSpec } from '../model/lifecycle-spec.ts';
import type { ContainerEnd } from './machine.ts';

/** MaxContainerTerminationMessageLength, -LogLength and -LogLines. */
export const maxMessageBytes = 4096;
const maxLogBytes = 2048;
const maxLogLines = 80;

/** The end with its message: what podinit has to say, then what the container said. `logEnd` is only asked for where it counts. */
export function withLastWords(
  end: ContainerEnd,
  policy: TerminationMessageSpec['policy'],
  file: string,
  logEnd: () => string,
): ContainerEnd {
  const isFallback = file === '' && policy === 'FallbackToLogsOnError' && end.exitCode !== 0;
  const words = isFallback ? logEnd() : file;
  if (words === '') return end;
  return { ...end, message: end.message === undefined ? words : `${end.message}: ${words}` };
}

/** The last lines of a CRI log whose end this is; the first line may be torn. */
export function lastLines(log: Buffer): string {
  const lines = log
    .toString('utf8')
    .split('\n')
    .slice(-maxLogLines - 1, -1);
  const text = Buffer.from(lines.map(contentOf).join(''));
  return text.subarray(Math.max(0, text.length - maxLogBytes)).toString('utf8');
}

/** `<time> <stream> <F|P> <text>`: a part goes on in the next line. */
function contentOf(line: string): string {
  const found = /^\S+ (?:stdout|stderr) ([FP]) (.*)$/s.exec(line);
  return found === null ? '' : `${found[2]}${found[1] === 'F' ? '\n' : ''}`;
}

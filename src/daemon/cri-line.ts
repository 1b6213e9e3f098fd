/** Kubernetes' CRI log format: `<RFC3339Nano> <stdout|stderr> <F|P>[:tag…] <text>\n` (kubelet pkg/kubelet/kuberuntime/logs). */

export interface CriLine {
  /** as written */
  readonly timestamp: string;
  readonly stream: 'stdout' | 'stderr';
  /** the line goes on in the next entry of the same stream */
  readonly partial: boolean;
  readonly text: Buffer;
}

const space = 0x20;
const tagP = 0x50;
const tagF = 0x46;
// Longest head before the text: a time stamp with nanoseconds and offset (35), stream (6), tags, three spaces.
export const criHeadBytes = 128;

/** One line without its newline; undefined when it is not of the format. `text` shares the line's memory. */
export function decodeCriLine(line: Buffer): CriLine | undefined {
  const afterTime = line.indexOf(space);
  const afterStream = line.indexOf(space, afterTime + 1);
  if (afterTime <= 0 || afterStream === -1) return undefined;
  const tag = line[afterStream + 1];
  const stream = line.toString('latin1', afterTime + 1, afterStream);
  if ((stream !== 'stdout' && stream !== 'stderr') || (tag !== tagP && tag !== tagF)) return undefined;
  const afterTag = line.indexOf(space, afterStream + 1);
  return {
    timestamp: line.toString('latin1', 0, afterTime),
    stream,
    partial: tag === tagP,
    text: afterTag === -1 ? line.subarray(line.length) : line.subarray(afterTag + 1),
  };
}

/** Whether the line whose first bytes are `head` leaves its text open; lines that are not of the format end themselves. */
export function isPartial(head: Buffer): boolean {
  return decodeCriLine(head)?.partial ?? false;
}

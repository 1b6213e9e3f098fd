import { formatProgramRef, type ProgramRef } from '../model/program-name.ts';
import type { Client } from './client.ts';
import { podPath } from './pod-paths.ts';

/** How much of a log says why a program failed, as a rule. */
const tailLines = 10;

export interface LogOwner {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** absent: all of the container's */
  readonly program?: Required<ProgramRef>;
}

/** The last lines that a program printed, without terminal escapes; none when there is no log: this only adds to a failure's reason. */
export async function tailOfLog(
  client: Client,
  { namespace, pod, container, program }: LogOwner,
): Promise<readonly string[]> {
  const one = program === undefined ? { prefix: 'auto' } : { program: formatProgramRef(program), prefix: 'never' };
  const query = { container, ...one, tailLines };
  try {
    const response = await client.stream(podPath(namespace, pod, 'log', query));
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const lines = Buffer.concat(chunks).toString('utf8').replaceAll('\u001b', '^[').split('\n');
    return lines.filter((line) => line.trim() !== '').slice(-tailLines);
  } catch {
    return [];
  }
}

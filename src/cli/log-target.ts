/** `POD[/CONTAINER[/PROGRAM[:INSTANCE]]]` where podd knows the programs best, removed ones too: logs and attach. */
import type { PodObject } from '../protocol/objects.ts';
import { closestWord } from '../util/closest-word.ts';
import { PodError } from '../util/pod-error.ts';
import type { Client } from './client.ts';
import { defaultContainer } from './default-container.ts';
import type { Io } from './io.ts';
import { podPath } from './pod-paths.ts';
import { everyContainer, specContainers } from './pod-row.ts';
import { parseTarget } from './program-target.ts';
import { UsageError } from './usage-error.ts';

export interface LogTarget {
  readonly pod: string;
  /** undefined: which one is not decided yet */
  readonly container: string | undefined;
  /** as written; undefined: all */
  readonly program: string | undefined;
}

/** `container`: named besides the target, which is then POD or POD/PROGRAM. Throws UsageError, PodError and ApiError NotFound. */
export async function findLogTarget(
  client: Client,
  namespace: string,
  word: string,
  container: string | undefined,
): Promise<LogTarget> {
  const { pod, parts } = parseTarget(word);
  const [first, second] = parts;
  if (container !== undefined && second !== undefined) throw new UsageError('the container is given twice');
  if (container !== undefined) return { pod, container, program: first };
  if (first === undefined || second !== undefined) return { pod, container: first, program: second };
  const object = await client.json<PodObject>('GET', podPath(namespace, pod));
  const names = everyContainer(object).map(({ name }) => String(name));
  if (names.includes(first)) return { pod, container: first, program: undefined };
  const [only = '', ...others] = specContainers(object).map(({ name }) => String(name));
  if (others.length === 0) return { pod, container: only, program: first };
  const guess = closestWord(first, names);
  throw new PodError('NotFound', `pod ${pod} has no container "${first}"`, {
    hint: `${guess === undefined ? '' : `did you mean ${guess}? `}containers of ${pod}: ${names.join(', ')}`,
  });
}

/** The container named, else the pod's default one. */
export async function containerOf(client: Client, namespace: string, target: LogTarget, io: Io): Promise<string> {
  if (target.container !== undefined) return target.container;
  return defaultContainer(await client.json<PodObject>('GET', podPath(namespace, target.pod)), io);
}

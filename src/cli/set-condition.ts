/** `set condition`: the condition that a readiness gate of a pod waits for. */
import type { PodObject } from '../protocol/objects.ts';
import type { Client } from './client.ts';
import type { Io } from './io.ts';
import { podPath } from './pod-paths.ts';
import { parseTarget } from './program-target.ts';
import { UsageError } from './usage-error.ts';

const statuses = ['True', 'False', 'Unknown'] as const;
const form = 'podctl set condition web example.com/warm=True';

interface GivenCondition {
  readonly type: string;
  readonly status: (typeof statuses)[number];
  readonly reason?: string;
  readonly message?: string;
}

/** `words`: pods, then TYPE=STATUS for each condition. */
export async function setConditions(
  client: Client,
  namespace: string,
  words: readonly string[],
  { about, io }: { readonly about: Pick<GivenCondition, 'reason' | 'message'>; readonly io: Io },
): Promise<number> {
  const conditions = words.filter((word) => word.includes('=')).map((word) => ({ ...parseCondition(word), ...about }));
  const pods = words.filter((word) => !word.includes('=')).map((word) => parseTarget(word).pod);
  if (pods.length === 0) throw new UsageError('a condition of what?', form);
  if (conditions.length === 0) throw new UsageError('which condition?', form);
  for (const pod of pods) {
    await client.json<PodObject>('PATCH', podPath(namespace, pod, 'status'), { status: { conditions } });
    for (const { type, status } of conditions) io.out(`pod/${pod}: condition ${type} is ${status}\n`);
  }
  return 0;
}

function parseCondition(word: string): Pick<GivenCondition, 'type' | 'status'> {
  const at = word.lastIndexOf('=');
  const type = word.slice(0, at);
  const status = statuses.find((one) => one.toLowerCase() === word.slice(at + 1).toLowerCase());
  if (type === '' || status === undefined) {
    throw new UsageError(`"${word}" is not TYPE=STATUS`, `statuses are ${statuses.join(', ')}: ${form}`);
  }
  return { type, status };
}

import { hostname } from 'node:os';
import type { PodObject } from '../../protocol/api.ts';
import { ApiError } from '../api-error.ts';
import type { Client } from '../client.ts';
import { commonFlags, defineCommand } from '../command.ts';
import { connectPodd } from '../connect-podd.ts';
import { describePod } from '../describe-pod.ts';
import { podPath, podsPath } from '../pod-paths.ts';
import { readPodEvents } from '../read-pod-events.ts';
import { formatRefusal } from '../report-error.ts';
import { parsePodArgs } from '../resource-args.ts';
import { checkNamespace } from '../scope.ts';
import { UsageError } from '../usage-error.ts';

export const command = defineCommand({
  usage: ['describe pod NAME… [flags]', 'describe pod/NAME… [flags]', 'describe pods [-l SELECTOR]'],
  about: 'Print all about pods for people: containers with state, last state and limits, conditions, events.',
  flags: { namespace: commonFlags.namespace, selector: commonFlags.selector },
  complete: 'resources',
  examples: [{ text: 'why does it not start?', line: 'podctl describe pod web' }],
  run: async ({ flags, args, io }) => {
    const names = parsePodArgs(args);
    if (names.length > 0 && flags.selector !== undefined)
      throw new UsageError('names and a selector cannot be given together');
    const namespace = checkNamespace(flags.namespace);
    const client = connectPodd(io.env);
    const { pods, refused } = await findPods(client, namespace, names, flags.selector);
    const texts = await Promise.all(
      pods.map(async (pod) => describePod(pod, await readPodEvents(client, pod), io.now(), hostname())),
    );
    if (texts.length > 0) io.out(texts.join('\n\n'));
    if (pods.length === 0 && refused.length === 0) io.err(`No resources found in ${namespace} namespace.\n`);
    for (const error of refused) io.err(`${formatRefusal(error.status)}\n`);
    return refused.length === 0 ? 0 : 1;
  },
});

interface Found {
  readonly pods: readonly PodObject[];
  readonly refused: readonly ApiError[];
}

async function findPods(
  client: Client,
  namespace: string,
  names: readonly string[],
  selector: string | undefined,
): Promise<Found> {
  if (names.length === 0) {
    const path = podsPath(namespace, { labelSelector: selector });
    return { pods: (await client.json<{ readonly items: readonly PodObject[] }>('GET', path)).items, refused: [] };
  }
  const answers = await Promise.allSettled(
    names.map((name) => client.json<PodObject>('GET', podPath(namespace, name))),
  );
  const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [refusalOf(answer.reason)] : []));
  return { pods: answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : [])), refused };
}

function refusalOf(reason: unknown): ApiError {
  if (reason instanceof ApiError) return reason;
  throw reason;
}

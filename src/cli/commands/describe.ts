import { hostname } from 'node:os';
import type { DataObject, PodObject } from '../../protocol/objects.ts';
import { ApiError } from '../api-error.ts';
import type { Client } from '../client.ts';
import { commonFlags, defineCommand } from '../command.ts';
import { connectPodd } from '../connect-podd.ts';
import { describeData } from '../describe-data.ts';
import { describePod } from '../describe-pod.ts';
import { findPodLink } from '../find-pod-link.ts';
import { dataPath, podPath, podsPath } from '../pod-paths.ts';
import { readEventsOf } from '../read-events-of.ts';
import { readSurroundings } from '../read-surroundings.ts';
import { formatRefusal } from '../report-error.ts';
import { dataKindOf, parseManyArgs, type ResourceKind } from '../resource-args.ts';
import { checkNamespace } from '../scope.ts';
import { UsageError } from '../usage-error.ts';

export const command = defineCommand({
  usage: ['describe KIND NAME… [flags]', 'describe KIND/NAME… [flags]', 'describe KIND [-l SELECTOR]'],
  about: `Print all about pods for people: containers with state, last state and limits, conditions, events.
Of a Service it prints who stands behind it, and which pods do not and why; of a workload how its pods are; of a claim who uses it; of a ConfigMap the contents, of a Secret the sizes and never the values.`,
  flags: { namespace: commonFlags.namespace, selector: commonFlags.selector },
  complete: 'resources',
  examples: [{ text: 'why does it not start?', line: 'podctl describe pod web' }],
  run: async ({ flags, args, io }) => {
    const groups = parseManyArgs(args);
    if (groups.some(({ kind }) => kind === 'events'))
      throw new UsageError('events are described with what they happened to', 'podctl get events');
    if (groups.some(({ kind }) => kind === 'endpoints'))
      throw new UsageError('endpoints are described with their Service', 'podctl describe service NAME');
    if (groups.some(({ names }) => names.length > 0) && flags.selector !== undefined)
      throw new UsageError('names and a selector cannot be given together');
    const namespace = checkNamespace(flags.namespace);
    const client = connectPodd(io.env);
    const found = await Promise.all(
      groups.map(({ kind, names }) => {
        const [all, one] = pathsOf(kind, namespace, flags.selector);
        return findObjects(client, all, names.map(one));
      }),
    );
    const objects = found.flatMap((some) => some.objects);
    const refused = found.flatMap((some) => some.refused);
    const texts = await Promise.all(objects.map((object) => describe(client, object, io.now())));
    if (texts.length > 0) io.out(texts.join('\n\n'));
    if (objects.length === 0 && refused.length === 0) io.err(`No resources found in ${namespace} namespace.\n`);
    for (const error of refused) io.err(`${formatRefusal(error.status)}\n`);
    return refused.length === 0 ? 0 : 1;
  },
});

function pathsOf(
  kind: ResourceKind,
  namespace: string,
  labelSelector: string | undefined,
): readonly [all: string, one: (name: string) => string] {
  const data = dataKindOf(kind);
  if (data === undefined) return [podsPath(namespace, { labelSelector }), (name) => podPath(namespace, name)];
  return [dataPath(data, namespace, undefined, { labelSelector }), (name) => dataPath(data, namespace, name)];
}

type Described = PodObject | DataObject;

async function describe(client: Client, object: Described, nowMs: number): Promise<string> {
  if (object.kind !== 'Pod') return describeData(object, { ...(await readSurroundings(client, object)), nowMs });
  const link = findPodLink(object.metadata.uid);
  return describePod(object, await readEventsOf(client, object), { nowMs, node: hostname(), link });
}

interface Found {
  readonly objects: readonly Described[];
  readonly refused: readonly ApiError[];
}

async function findObjects(client: Client, all: string, named: readonly string[]): Promise<Found> {
  if (named.length === 0) {
    return { objects: (await client.json<{ readonly items: readonly Described[] }>('GET', all)).items, refused: [] };
  }
  const answers = await Promise.allSettled(named.map((path) => client.json<Described>('GET', path)));
  const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [refusalOf(answer.reason)] : []));
  return { objects: answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : [])), refused };
}

function refusalOf(reason: unknown): ApiError {
  if (reason instanceof ApiError) return reason;
  throw reason;
}

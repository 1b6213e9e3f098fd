import type { EventObject } from '../../protocol/objects.ts';
import type { Client } from '../client.ts';
import { commonFlags, defineCommand } from '../command.ts';
import { connectPodd } from '../connect-podd.ts';
import { followList } from '../follow-list.ts';
import { parseOutputFormat } from '../output-format.ts';
import { eventsPath } from '../pod-paths.ts';
import { formatEventAge } from '../pod-row.ts';
import { parsePodName } from '../resource-args.ts';
import { createRowPrinter, type RowPrinter } from '../row-printer.ts';
import { namespaceOf, rejectArgs } from '../scope.ts';

export const command = defineCommand({
  usage: ['events [--for pod/NAME] [flags]'],
  about: 'Print what happened to pods, oldest first.',
  flags: {
    namespace: commonFlags.namespace,
    'all-namespaces': { kind: 'switch', short: 'A', help: 'of all namespaces' },
    for: { kind: 'text', value: 'pod/NAME', help: 'only of this pod' },
    types: { kind: 'text', value: 'TYPE', choices: ['Normal', 'Warning'], help: 'only of this type' },
    output: { kind: 'text', short: 'o', value: 'FORMAT', help: 'json, yaml or name' },
    watch: { kind: 'switch', short: 'w', help: 'go on with what happens until Ctrl-C' },
    'no-headers': { kind: 'switch', help: 'the table without its first line' },
  },
  examples: [
    { text: 'what happened to one pod, and goes on happening', line: 'podctl events --for pod/web -w' },
    { text: 'everything that went wrong', line: 'podctl events -A --types Warning' },
  ],
  run: async ({ flags, args, io }) => {
    rejectArgs(args, 'podctl events --for pod/NAME');
    const namespace = namespaceOf(flags);
    const showNamespace = namespace === undefined;
    const headers = [...(showNamespace ? ['NAMESPACE'] : []), 'LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'];
    const printer = createRowPrinter<EventObject>(io, parseOutputFormat(flags.output), {
      headers: flags['no-headers'] ? undefined : headers,
      columns: headers.length,
      row: (event) => longRow(event, io.now(), showNamespace),
    });
    const fieldSelector = selectorOf(flags.for === undefined ? undefined : parsePodName(flags.for), flags.types);
    const pathOf = (query: Readonly<Record<string, string | boolean>>) =>
      eventsPath(namespace, { fieldSelector, ...query });
    const client = connectPodd(io.env);
    if (flags.watch) return await watchEvents(client, pathOf, printer);
    const { items } = await client.json<{ readonly items: readonly EventObject[] }>('GET', pathOf({}));
    if (items.length > 0 || !printer.isTable) await printer.print(byTime(items), true);
    else io.err(showNamespace ? 'No events found.\n' : `No events found in ${namespace} namespace.\n`);
    return 0;
  },
});

function longRow(event: EventObject, nowMs: number, showNamespace: boolean): string[] {
  const { kind, name, namespace } = event.involvedObject;
  const cells = [formatEventAge(event, nowMs), event.type, event.reason, `${kind}/${name}`, event.message.trim()];
  return [...(showNamespace ? [namespace] : []), ...cells];
}

function selectorOf(pod: string | undefined, type: string | undefined): string | undefined {
  const terms = [
    ...(pod === undefined ? [] : [`involvedObject.name=${pod}`]),
    ...(type === undefined ? [] : [`type=${type}`]),
  ];
  return terms.length === 0 ? undefined : terms.join(',');
}

function byTime(events: readonly EventObject[]): EventObject[] {
  return [...events].sort((a, b) => Date.parse(a.lastTimestamp) - Date.parse(b.lastTimestamp));
}

async function watchEvents(
  client: Client,
  pathOf: (query: Readonly<Record<string, string | boolean>>) => string,
  printer: RowPrinter<EventObject>,
): Promise<number> {
  const printed = new Set<string>();
  const isNews = ({ metadata }: EventObject): boolean => {
    const key = `${metadata.namespace}/${metadata.name}@${metadata.resourceVersion}`;
    return !printed.has(key) && printed.add(key) !== undefined;
  };
  for await (const step of followList<EventObject>(client, pathOf, new AbortController().signal)) {
    if ('event' in step && step.event.type === 'DELETED') continue;
    const news = ('list' in step ? byTime(step.list) : [step.event.object]).filter(isNews);
    for (const event of printer.isTable ? [news] : news.map((one) => [one])) await printer.print(event, false);
  }
  return 0;
}

import { hostname } from 'node:os';
import type { DataKind } from '../../model/object-manifest.ts';
import type { DataObject, EndpointsObject, EventObject, PodObject } from '../../protocol/objects.ts';
import { ApiError } from '../api-error.ts';
import type { Client } from '../client.ts';
import { commonFlags, defineCommand, type FlagValues, type Invocation } from '../command.ts';
import { connectPodd } from '../connect-podd.ts';
import { dataHeaders, dataRow } from '../data-row.ts';
import { endpointHeaders, endpointRow } from '../endpoint-row.ts';
import { followList } from '../follow-list.ts';
import type { Io } from '../io.ts';
import { type OutputFormat, parseOutputFormat } from '../output-format.ts';
import { dataPath, endpointsPath, eventsPath, podPath } from '../pod-paths.ts';
import { eventHeaders, eventRow, podHeaders, podRow } from '../pod-row.ts';
import { formatRefusal } from '../report-error.ts';
import { dataKindOf, parseResourceArgs } from '../resource-args.ts';
import { createRowPrinter, type RowPrinter } from '../row-printer.ts';
import { namespaceOf } from '../scope.ts';
import { UsageError } from '../usage-error.ts';
import { pathIn } from '../wait-for-pods.ts';

const flagTable = {
  ...{ namespace: commonFlags.namespace, selector: commonFlags.selector },
  'all-namespaces': { kind: 'switch', short: 'A', help: 'of all namespaces' },
  output: { kind: 'text', short: 'o', value: 'FORMAT', help: "wide, json, yaml, name or jsonpath='{…}'" },
  watch: { kind: 'switch', short: 'w', help: 'after the list, print what changes until Ctrl-C' },
  'no-headers': { kind: 'switch', help: 'the table without its first line' },
  'show-labels': { kind: 'switch', help: 'labels as the last column' },
  'ignore-not-found': { kind: 'switch', help: 'a name that does not exist is no failure' },
} as const;

type Flags = FlagValues<typeof flagTable>;

export const command = defineCommand({
  usage: [
    'get pods|services|configmaps|secrets|networkpolicies|endpoints|events [NAME…] [flags]',
    'get pod/NAME… [flags]',
  ],
  about:
    'List pods (po), services (svc), configmaps (cm), secrets, networkpolicies (netpol), endpoints (ep) or events (ev): a table as kubectl prints it, or the whole objects (of Secrets with their values).',
  flags: flagTable,
  complete: 'resources',
  examples: [
    { text: 'all pods of namespace default', line: 'podctl get pods' },
    { text: 'one pod as YAML', line: 'podctl get pod web -o yaml' },
    { text: 'every pod with a label, as it changes', line: 'podctl get pods -A -l app=shop -w' },
    { text: 'one field', line: "podctl get pod web -o jsonpath='{.status.phase}'" },
  ],
  run: async (invocation) => {
    const { kind, names } = parseResourceArgs(invocation.args);
    const format = parseOutputFormat(invocation.flags.output);
    const { selector } = invocation.flags;
    if (selector !== undefined && names.length > 0)
      throw new UsageError('names and a selector cannot be given together');
    const client = connectPodd(invocation.io.env);
    if (kind === 'events') return await getEvents(client, names, format, invocation);
    const { flags, io } = invocation;
    const scope = { namespace: namespaceOf(flags), labelSelector: selector, names };
    if (kind === 'endpoints') {
      if (flags.watch) throw new UsageError('endpoints are computed: they cannot be watched', 'podctl get pods -w');
      const pathOf = pathIn(scope, (namespace, query) => endpointsPath(namespace, undefined, query));
      const endpoints = { pathOf, pathTo: endpointsPath, printer: endpointPrinter(format, flags, io) };
      return await getObjects<EndpointsObject>(client, names, endpoints, invocation);
    }
    const data = dataKindOf(kind);
    if (data === undefined) {
      const pods = { pathOf: pathIn(scope), pathTo: podPath, printer: podPrinter(format, flags, io) };
      return await getObjects<PodObject>(client, names, pods, invocation);
    }
    const pathOf = pathIn(scope, (namespace, query) => dataPath(data, namespace, undefined, query));
    const pathTo = (namespace: string, name: string) => dataPath(data, namespace, name);
    const objects = { pathOf, pathTo, printer: dataPrinter(data, format, flags, io) };
    return await getObjects<DataObject>(client, names, objects, invocation);
  },
});

/** Pods, ConfigMaps and Secrets alike: `pathOf` of the list, `pathTo` one by its name. */
interface Resource<T> {
  readonly pathOf: (query: Query) => string;
  readonly pathTo: (namespace: string, name: string) => string;
  readonly printer: RowPrinter<T>;
}

type Query = Readonly<Record<string, string | boolean>>;

async function getObjects<T extends Versioned>(
  client: Client,
  names: readonly string[],
  { pathOf, pathTo, printer }: Resource<T>,
  { flags, io }: Invocation<typeof flagTable>,
): Promise<number> {
  const namespace = namespaceOf(flags);
  if (names.length > 0 && namespace === undefined)
    throw new UsageError('an object cannot be got by name across all namespaces');
  if (flags.watch) return await watch<T>(client, pathOf, printer, ({ metadata }) => isNamed(names, metadata.name));
  if (names.length > 0) {
    const paths = names.map((name) => pathTo(namespace ?? 'default', name));
    return await getNamed(client, paths, { printer, flags, io });
  }
  const { items } = await client.json<{ readonly items: readonly T[] }>('GET', pathOf({}));
  return await printList(printer, items, { io, flags, isList: true });
}

function isNamed(names: readonly string[], name: string): boolean {
  return names.length === 0 || names.includes(name);
}

interface Printing<T> {
  readonly printer: RowPrinter<T>;
  readonly flags: Flags;
  readonly io: Io;
}

async function getNamed<T>(
  client: Client,
  paths: readonly string[],
  { printer, flags, io }: Printing<T>,
): Promise<number> {
  const answers = await Promise.all(paths.map((path) => getOrRefusal<T>(client, path)));
  const found = answers.flatMap((answer) => (answer instanceof ApiError ? [] : [answer]));
  const refused = answers.filter((answer) => answer instanceof ApiError);
  if (found.length > 0) await printer.print(found, paths.length > 1);
  const failures = refused.filter((error) => !(error.isNotFound && flags['ignore-not-found']));
  for (const error of failures) io.err(`${formatRefusal(error.status)}\n`);
  return failures.length === 0 ? 0 : 1;
}

async function getOrRefusal<T>(client: Client, path: string): Promise<T | ApiError> {
  try {
    return await client.json<T>('GET', path);
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

async function getEvents(
  client: Client,
  names: readonly string[],
  format: OutputFormat,
  { flags, io }: Invocation<typeof flagTable>,
): Promise<number> {
  const namespace = namespaceOf(flags);
  const showNamespace = namespace === undefined;
  const printer = createRowPrinter<EventObject>(io, format, {
    headers: flags['no-headers'] ? undefined : eventHeaders(showNamespace),
    columns: showNamespace ? 6 : 5,
    row: (event) => eventRow(event, io.now(), showNamespace),
  });
  const pathOf = (query: Readonly<Record<string, string | boolean>>) => eventsPath(namespace, query);
  if (flags.watch)
    return await watch<EventObject>(client, pathOf, printer, (event) => isNamed(names, event.metadata.name));
  const { items } = await client.json<{ readonly items: readonly EventObject[] }>('GET', pathOf({}));
  return await printList(
    printer,
    items.filter((event) => isNamed(names, event.metadata.name)),
    { io, flags, isList: true },
  );
}

function podPrinter(format: OutputFormat, flags: Flags, io: Io): RowPrinter<PodObject> {
  const options = {
    showNamespace: flags['all-namespaces'] === true,
    wide: format.kind === 'table' && format.wide,
    showLabels: flags['show-labels'] === true,
    node: hostname(),
  };
  const headers = podHeaders(options);
  return createRowPrinter(io, format, {
    headers: flags['no-headers'] ? undefined : headers,
    columns: headers.length,
    row: (pod) => podRow(pod, { ...options, nowMs: io.now() }),
  });
}

function endpointPrinter(format: OutputFormat, flags: Flags, io: Io): RowPrinter<EndpointsObject> {
  const showNamespace = flags['all-namespaces'] === true;
  const headers = endpointHeaders(showNamespace);
  return createRowPrinter(io, format, {
    headers: flags['no-headers'] ? undefined : headers,
    columns: headers.length,
    row: (object) => endpointRow(object, io.now(), showNamespace),
  });
}

function dataPrinter(kind: DataKind, format: OutputFormat, flags: Flags, io: Io): RowPrinter<DataObject> {
  const wide = format.kind === 'table' && format.wide;
  const options = {
    ...{ showNamespace: flags['all-namespaces'] === true, wide, showLabels: flags['show-labels'] === true },
  };
  const headers = dataHeaders(kind, options);
  return createRowPrinter(io, format, {
    headers: flags['no-headers'] ? undefined : headers,
    columns: headers.length,
    row: (object) => dataRow(object, { ...options, nowMs: io.now() }),
  });
}

interface ListOptions {
  readonly io: Io;
  readonly flags: Flags;
  readonly isList: boolean;
}

async function printList<T>(
  printer: RowPrinter<T>,
  items: readonly T[],
  { io, flags, isList }: ListOptions,
): Promise<number> {
  if (items.length === 0 && printer.isTable) {
    const namespace = namespaceOf(flags);
    io.err(namespace === undefined ? 'No resources found\n' : `No resources found in ${namespace} namespace.\n`);
    return 0;
  }
  await printer.print(items, isList);
  return 0;
}

interface Versioned {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string | undefined;
    readonly resourceVersion: string;
  };
}

/** Prints the list, then each object when it changes, until Ctrl-C. */
async function watch<T extends Versioned>(
  client: Client,
  pathOf: (query: Readonly<Record<string, string | boolean>>) => string,
  printer: RowPrinter<T>,
  isWanted: (object: T) => boolean,
): Promise<number> {
  const printed = new Map<string, string>();
  const isNews = ({ metadata }: T): boolean => {
    const key = `${metadata.namespace}/${metadata.name}`;
    if (printed.get(key) === metadata.resourceVersion) return false;
    printed.set(key, metadata.resourceVersion);
    return true;
  };
  for await (const step of followList<T>(client, pathOf, new AbortController().signal)) {
    const objects = ('list' in step ? step.list : [step.event.object]).filter(isWanted);
    const news = objects.filter((object) => isNews(object) || ('event' in step && step.event.type === 'DELETED'));
    if (printer.isTable) await printer.print(news, false);
    else for (const object of news) await printer.print([object], false);
  }
  return 0;
}

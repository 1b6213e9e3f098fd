import { hostname } from 'node:os';
import { isClusterScoped } from '../../model/object-kinds.ts';
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
import { formatObjects, type OutputFormat, parseOutputFormat } from '../output-format.ts';
import { dataPath, endpointsPath, eventsPath, podPath } from '../pod-paths.ts';
import { eventHeaders, eventRow, podHeaders, podRow } from '../pod-row.ts';
import { formatRefusal } from '../report-error.ts';
import { dataKindOf, parseManyArgs, type ResourceArgs, type ResourceKind, singularOf } from '../resource-args.ts';
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
  usage: ['get KIND[,KIND…] [NAME…] [flags]', 'get KIND/NAME… [flags]', 'get all [flags]'],
  about:
    'List objects: a table as kubectl prints it, or the whole objects (of Secrets with their values). Kinds are pods (po), services (svc), configmaps (cm), secrets, deployments (deploy), replicasets (rs), statefulsets (sts), daemonsets (ds), jobs, cronjobs (cj), persistentvolumeclaims (pvc), namespaces (ns), networkpolicies (netpol), endpoints (ep) and events (ev); all: what runs and what makes it run.',
  flags: flagTable,
  complete: 'resources',
  examples: [
    { text: 'all pods of namespace default', line: 'podctl get pods' },
    { text: 'one pod as YAML', line: 'podctl get pod web -o yaml' },
    { text: 'every pod with a label, as it changes', line: 'podctl get pods -A -l app=shop -w' },
    { text: 'a deployment, what it made, and what leads to it', line: 'podctl get deploy,rs,pods,svc -l app=shop' },
    { text: 'one field', line: "podctl get pod web -o jsonpath='{.status.phase}'" },
  ],
  run: async (invocation) => {
    const groups = parseManyArgs(invocation.args);
    const format = parseOutputFormat(invocation.flags.output);
    const { flags, io } = invocation;
    const [first] = groups;
    if (flags.selector !== undefined && groups.some(({ names }) => names.length > 0))
      throw new UsageError('names and a selector cannot be given together');
    const client = connectPodd(io.env);
    if (groups.length > 1) return await getMany(client, groups, format, invocation);
    const { kind = 'pods', names = [] } = first ?? {};
    if (kind === 'events') return await getEvents(client, names, format, invocation);
    if (kind === 'endpoints' && flags.watch)
      throw new UsageError('endpoints are computed: they cannot be watched', 'podctl get pods -w');
    return await getObjects(client, names, resourceFor(kind, names, format, invocation), invocation);
  },
});

/** Of all but events; `isOneOfMany`: its kind stands before each name. */
function resourceFor(
  kind: ResourceKind,
  names: readonly string[],
  format: OutputFormat,
  { flags, io }: Invocation<typeof flagTable>,
  isOneOfMany = false,
): Resource<Shown> {
  const scope = { namespace: namespaceOf(flags), labelSelector: flags.selector, names };
  const label = isOneOfMany ? `${singularOf(kind)}/` : '';
  if (kind === 'endpoints') {
    const pathOf = pathIn(scope, (namespace, query) => endpointsPath(namespace, undefined, query));
    return { pathOf, pathTo: endpointsPath, printer: endpointPrinter(format, flags, io, label) } as Resource<Shown>;
  }
  const data = dataKindOf(kind);
  if (data === undefined)
    return { pathOf: pathIn(scope), pathTo: podPath, printer: podPrinter(format, flags, io, label) } as Resource<Shown>;
  const pathOf = pathIn(scope, (namespace, query) => dataPath(data, namespace, undefined, query));
  const pathTo = (namespace: string, name: string) => dataPath(data, namespace, name);
  return { pathOf, pathTo, printer: dataPrinter(data, format, flags, io, label) } as Resource<Shown>;
}

type Shown = PodObject | DataObject | EndpointsObject;

/** Tables one below the other, or one list of all objects. */
async function getMany(
  client: Client,
  groups: readonly ResourceArgs[],
  format: OutputFormat,
  invocation: Invocation<typeof flagTable>,
): Promise<number> {
  const { flags, io } = invocation;
  if (flags.watch) throw new UsageError('one kind at a time can be watched');
  if (groups.some(({ kind }) => kind === 'events')) throw new UsageError('events are shown by themselves');
  const found = await Promise.all(
    groups.map(async ({ kind, names }) => {
      const resource = resourceFor(kind, names, format, invocation, true);
      return { ...(await findAll(client, names, resource, flags)), printer: resource.printer };
    }),
  );
  const some = found.filter(({ objects }) => objects.length > 0);
  const failures = found.flatMap(({ failed }) => failed);
  if (format.kind !== 'table')
    io.out(
      await formatObjects(
        format,
        some.flatMap(({ objects }) => objects),
        true,
      ),
    );
  for (const [index, { printer, objects }] of format.kind === 'table' ? some.entries() : []) {
    if (index > 0) io.out('\n');
    await printer.print(objects, true);
  }
  for (const error of failures) io.err(`${formatRefusal(error.status)}\n`);
  if (format.kind === 'table' && some.length === 0 && failures.length === 0) io.err(`${nothingFound(flags)}\n`);
  return failures.length === 0 ? 0 : 1;
}

interface FoundObjects<T> {
  readonly objects: readonly T[];
  readonly failed: readonly ApiError[];
}

async function findAll<T>(
  client: Client,
  names: readonly string[],
  { pathOf, pathTo }: Resource<T>,
  flags: Flags,
): Promise<FoundObjects<T>> {
  if (names.length === 0)
    return { objects: (await client.json<{ readonly items: readonly T[] }>('GET', pathOf({}))).items, failed: [] };
  const namespace = namespaceOf(flags) ?? 'default';
  const answers = await Promise.all(names.map((name) => getOrRefusal<T>(client, pathTo(namespace, name))));
  const refused = answers.filter((answer) => answer instanceof ApiError);
  return {
    objects: answers.flatMap((answer) => (answer instanceof ApiError ? [] : [answer])),
    failed: refused.filter((error) => !(error.isNotFound && flags['ignore-not-found'])),
  };
}

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
    const { objects, failed } = await findAll(client, names, { pathOf, pathTo, printer }, flags);
    if (objects.length > 0) await printer.print(objects, names.length > 1);
    for (const error of failed) io.err(`${formatRefusal(error.status)}\n`);
    return failed.length === 0 ? 0 : 1;
  }
  const { items } = await client.json<{ readonly items: readonly T[] }>('GET', pathOf({}));
  return await printList(printer, items, { io, flags, isList: true });
}

function isNamed(names: readonly string[], name: string): boolean {
  return names.length === 0 || names.includes(name);
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

function podPrinter(format: OutputFormat, flags: Flags, io: Io, label: string): RowPrinter<PodObject> {
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
    row: (pod) => labelled(podRow(pod, { ...options, nowMs: io.now() }), label, options.showNamespace),
  });
}

/** `pod/web` where several kinds are shown; the name stands first, or behind the namespace. */
const labelled = (row: readonly string[], label: string, showNamespace: boolean): readonly string[] =>
  row.map((cell, index) => (index === (showNamespace ? 1 : 0) ? `${label}${cell}` : cell));

function endpointPrinter(format: OutputFormat, flags: Flags, io: Io, label: string): RowPrinter<EndpointsObject> {
  const showNamespace = flags['all-namespaces'] === true;
  const headers = endpointHeaders(showNamespace);
  return createRowPrinter(io, format, {
    headers: flags['no-headers'] ? undefined : headers,
    columns: headers.length,
    row: (object) => labelled(endpointRow(object, io.now(), showNamespace), label, showNamespace),
  });
}

function dataPrinter(
  kind: DataKind,
  format: OutputFormat,
  flags: Flags,
  io: Io,
  label: string,
): RowPrinter<DataObject> {
  const wide = format.kind === 'table' && format.wide;
  const showNamespace = flags['all-namespaces'] === true && !isClusterScoped(kind);
  const options = { showNamespace, wide, showLabels: flags['show-labels'] === true };
  const headers = dataHeaders(kind, options);
  return createRowPrinter(io, format, {
    headers: flags['no-headers'] ? undefined : headers,
    columns: headers.length,
    row: (object) => labelled(dataRow(object, { ...options, nowMs: io.now() }), label, options.showNamespace),
  });
}

function nothingFound(flags: Flags): string {
  const namespace = namespaceOf(flags);
  return namespace === undefined ? 'No resources found' : `No resources found in ${namespace} namespace.`;
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
    io.err(`${nothingFound(flags)}\n`);
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

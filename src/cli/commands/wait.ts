import { namesOf } from '../../model/object-kinds.ts';
import type { DataKind } from '../../model/object-manifest.ts';
import type { DataObject, PodObject } from '../../protocol/objects.ts';
import { PodError } from '../../util/pod-error.ts';
import type { Client } from '../client.ts';
import { commonFlags, defineCommand, type FlagValues } from '../command.ts';
import { connectPodd } from '../connect-podd.ts';
import type { Io } from '../io.ts';
import { explainNotReady } from '../not-ready.ts';
import { dataPath, podPath } from '../pod-paths.ts';
import { dataKindOf, parseResourceArgs, resourceOf } from '../resource-args.ts';
import { checkNamespace, namespaceOf } from '../scope.ts';
import { UsageError } from '../usage-error.ts';
import { type PodScope, pathIn, waitForObjects } from '../wait-for-pods.ts';
import { waitForPrograms } from '../wait-for-programs.ts';
import { meetsGoal, parseProgramGoal, parseWaitGoal, type WaitGoal } from '../wait-goal.ts';

const defaultTimeoutMs = 30_000;

const flagTable = {
  ...{ namespace: commonFlags.namespace, selector: commonFlags.selector },
  'all-namespaces': { kind: 'switch', short: 'A', help: 'pods of all namespaces' },
  all: { kind: 'switch', help: 'every pod of the namespace' },
  for: {
    kind: 'text',
    value: 'WHAT',
    suggestions: [
      'ready',
      'running',
      'paused',
      'stopped',
      'state=',
      'condition=Ready',
      'delete',
      'create',
      'jsonpath=',
    ],
    help: 'ready, running, paused, stopped, state=STATE; of pods also condition=TYPE[=VALUE], delete, create, jsonpath={.PATH}[=VALUE]',
  },
  timeout: { kind: 'duration', help: 'give up after this (default 30s); 0 looks once, negative waits a week' },
} as const;

export const command = defineCommand({
  usage: [
    'wait --for=WHAT pod/NAME… [flags]',
    'wait --for=WHAT pods (-l SELECTOR | --all) [flags]',
    'wait --for=condition=TYPE[=VALUE]|delete|create|jsonpath=… KIND/NAME… [flags]',
    'wait --for=ready|running|paused|stopped|state=STATE POD[/CONTAINER[/PROGRAM[:INSTANCE]]]… [flags]',
  ],
  about: `Wait until pods, other objects or programs are as asked for. Exit code 1 when the time is over first.
ready: its readiness holds; of a container or pod, that of all in it. running: RUNNING; of a container or pod, that it runs.
paused: by podctl pause; of a container or pod, all its programs. stopped: STOPPED, EXITED or FATAL; of a container or pod, that it
does not run. state=STATE: all its programs are in this state.
A program that is FATAL ends a wait for ready or running at once, with exit code 1.`,
  flags: flagTable,
  complete: 'programs',
  completeFirst: ['pods', 'pod/'],
  examples: [
    { text: 'until a pod is ready', line: 'podctl wait --for=condition=Ready pod/web --timeout 1m' },
    { text: 'until a program is ready', line: 'podctl wait --for=ready web/app/db' },
    { text: 'until a batch program has ended', line: 'podctl wait --for=state=EXITED web/app/migrate --timeout 10m' },
    { text: 'until a job is done', line: 'podctl wait --for=condition=Complete job/import --timeout 10m' },
    { text: 'until all of an application are gone', line: 'podctl wait --for=delete pods -l app=shop' },
    { text: 'until a field has a value', line: "podctl wait --for=jsonpath='{.status.phase}'=Running pod/web" },
  ],
  run: async ({ flags, args, io }) => {
    if (flags.for === undefined)
      throw new UsageError(
        'wait for what?',
        '--for=ready, --for=condition=Ready, --for=delete or --for=jsonpath={.status.phase}=Running',
      );
    const client = connectPodd(io.env);
    const timeoutMs = flags.timeout ?? defaultTimeoutMs;
    const programGoal = parseProgramGoal(flags.for);
    if (programGoal !== undefined && !namesOthers(args)) {
      const words = await programWords(client, args, flags);
      return await waitForPrograms(client, { ...words, goal: programGoal, timeoutMs, io });
    }
    const goal = parseWaitGoal(flags.for);
    const scope = scopeOf(args, flags);
    if (goal.kind !== 'create' && goal.kind !== 'delete') await requireNamed(client, scope);
    return await waitFor(client, scope, goal, timeoutMs, io);
  },
});

/** Targets as they stand; `pods web db` names each; by selector and with --all those that are there now. */
async function programWords(
  client: Client,
  args: readonly string[],
  flags: FlagValues<typeof flagTable>,
): Promise<{ readonly namespace: string; readonly words: readonly string[] }> {
  const [first = '', ...others] = args;
  const isKind = /^(pods?|po)$/.test(first);
  if (!isKind && args.length > 0 && flags.selector === undefined && !flags.all) {
    return { namespace: checkNamespace(flags.namespace), words: args };
  }
  const scope = scopeOf(args, flags);
  if (scope.namespace === undefined) throw new UsageError('programs are waited for in one namespace at a time');
  if (others.length > 0) return { namespace: scope.namespace, words: others };
  const { items } = await client.json<{ readonly items: readonly PodObject[] }>('GET', pathIn(scope)({}));
  if (items.length === 0) throw new PodError('NotFound', 'no matching resources found');
  return { namespace: scope.namespace, words: items.map(({ metadata }) => metadata.name) };
}

interface WaitScope extends PodScope {
  /** absent: pods */
  readonly kind?: DataKind;
}

/** Objects of another kind than pods; what cannot be read as a kind is meant for programs. */
function namesOthers([first = '']: readonly string[]): boolean {
  const resource = resourceOf(first.replace(/\/.*$/, ''));
  return resource !== undefined && resource !== 'pods';
}

function scopeOf(args: readonly string[], flags: FlagValues<typeof flagTable>): WaitScope {
  const { kind: resource, names } = parseResourceArgs(args.length === 0 ? ['pods'] : args);
  if (resource === 'events' || resource === 'endpoints') throw new UsageError(`${resource} are not waited for`);
  const kind = dataKindOf(resource);
  const ways = [names.length > 0, flags.selector !== undefined, flags.all === true].filter(Boolean).length;
  if (ways === 0) throw new UsageError(`which ${resource}?`, 'name them (pod/web), or give -l SELECTOR or --all');
  if (names.length > 0 && ways > 1) throw new UsageError('names cannot be given together with -l or --all');
  const namespace = namespaceOf(flags);
  if (names.length > 0 && namespace === undefined) throw new UsageError('a pod cannot be named across all namespaces');
  return { namespace, names, labelSelector: flags.selector, ...(kind === undefined ? {} : { kind }) };
}

type Waited = PodObject | DataObject;

const pathsOf = (scope: WaitScope): ReturnType<typeof pathIn> => {
  const { kind } = scope;
  return kind === undefined
    ? pathIn(scope)
    : pathIn(scope, (namespace, query) => dataPath(kind, namespace, undefined, query));
};

// As kubectl: what does not exist cannot become ready, and a typing mistake should not wait for the timeout.
async function requireNamed(client: Client, { names = [], namespace = 'default', kind }: WaitScope): Promise<void> {
  const pathTo = (name: string): string =>
    kind === undefined ? podPath(namespace, name) : dataPath(kind, namespace, name);
  await Promise.all(names.map((name) => client.json('GET', pathTo(name))));
}

async function waitFor(client: Client, scope: WaitScope, goal: WaitGoal, timeoutMs: number, io: Io): Promise<number> {
  const met = new Set<string>();
  let waiting: readonly Waited[] = [];
  const word = scope.kind === undefined ? 'pod' : namesOf(scope.kind).singular;
  const announce = (name: string) => {
    if (!met.has(name)) io.out(`${word}/${name} condition met\n`);
    met.add(name);
  };
  const targets = new Map<string, string>();
  const isDone = await waitForObjects<Waited, true>(client, pathsOf(scope), timeoutMs, (all) => {
    const pods = all.filter(({ metadata }) => !scope.names?.length || scope.names.includes(metadata.name));
    if (goal.kind === 'delete') return deletionDone(pods, { scope, targets, announce });
    waiting = pods.filter((pod) => !meetsGoal(goal, pod));
    for (const pod of pods) if (!waiting.includes(pod)) announce(pod.metadata.name);
    return isComplete(pods, waiting, scope) ? true : undefined;
  });
  if (isDone) return 0;
  return reportTimeout(io, goal, { waiting, scope, met, targets });
}

function isComplete(pods: readonly Waited[], waiting: readonly Waited[], scope: PodScope): boolean {
  const wanted = Math.max(1, scope.names?.length ?? 0);
  return waiting.length === 0 && pods.length >= wanted;
}

interface Deletion {
  readonly scope: PodScope;
  /** uid → name of the pods that were there at first */
  readonly targets: Map<string, string>;
  readonly announce: (name: string) => void;
}

/** The pods that were there when the wait began are gone; later ones of the same name are others. */
function deletionDone(pods: readonly Waited[], { scope, targets, announce }: Deletion): true | undefined {
  if (targets.size === 0 && pods.length > 0) for (const { metadata } of pods) targets.set(metadata.uid, metadata.name);
  if (targets.size === 0) for (const name of scope.names ?? []) announce(name);
  const present = new Set(pods.map(({ metadata }) => metadata.uid));
  for (const [uid, name] of targets) if (!present.has(uid)) announce(name);
  return [...targets.keys()].every((uid) => !present.has(uid)) ? true : undefined;
}

interface Unmet {
  readonly waiting: readonly Waited[];
  readonly scope: WaitScope;
  readonly met: ReadonlySet<string>;
  readonly targets: ReadonlyMap<string, string>;
}

function reportTimeout(io: Io, goal: WaitGoal, { waiting, scope, met, targets }: Unmet): number {
  const names =
    goal.kind === 'delete'
      ? [...targets.values()]
      : [...(scope.names ?? []), ...waiting.map((pod) => pod.metadata.name)];
  const resource = scope.kind === undefined ? 'pods' : namesOf(scope.kind).resource;
  const unmet = [...new Set(names)].filter((name) => !met.has(name));
  if (unmet.length === 0) io.err('error: no matching resources found\n');
  for (const name of unmet) {
    io.err(`error: timed out waiting for the condition on ${resource}/${name}\n`);
    const pod = waiting.find(({ metadata }) => metadata.name === name);
    if (pod?.kind === 'Pod') for (const line of explainNotReady(pod)) io.err(`  ${line}\n`);
  }
  return 1;
}

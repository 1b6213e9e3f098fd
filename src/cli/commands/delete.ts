import { namespaceFor } from '../../model/object-kinds.ts';
import type { ObjectKind } from '../../model/object-manifest.ts';
import type { DataList, PodList, PodObject } from '../../protocol/objects.ts';
import { ApiError } from '../api-error.ts';
import type { Client } from '../client.ts';
import { commonFlags, defineCommand, type FlagValues, manifestFlags } from '../command.ts';
import { connectPodd } from '../connect-podd.ts';
import { DeletionWatch } from '../deletion-watch.ts';
import type { Io } from '../io.ts';
import { dataPath, podPath, podsPath } from '../pod-paths.ts';
import { formatRefusal } from '../report-error.ts';
import { dataKindOf, parseResourceArgs } from '../resource-args.ts';
import { checkNamespace, namespaceOf, rejectArgs } from '../scope.ts';
import { UsageError } from '../usage-error.ts';

const flagTable = {
  ...manifestFlags,
  selector: commonFlags.selector,
  all: { kind: 'switch', help: 'every one of the namespace' },
  'all-namespaces': { kind: 'switch', short: 'A', help: 'with --all or -l: of all namespaces' },
  'grace-period': { kind: 'number', help: "seconds between TERM and KILL, instead of the pod's own; 0 kills at once" },
  now: { kind: 'switch', help: 'the same as --grace-period=1' },
  force: { kind: 'switch', help: 'the same as --grace-period=0' },
  wait: { kind: 'switch', help: 'return when the pods are gone (default true; --wait=false does not)' },
  timeout: { kind: 'duration', help: 'longest time to wait; 0 (default) as long as it takes' },
  'ignore-not-found': { kind: 'switch', help: 'one that does not exist is no failure' },
  output: { kind: 'text', short: 'o', value: 'FORMAT', choices: ['name'], help: 'print only KIND/NAME' },
} as const;

type Flags = FlagValues<typeof flagTable>;

export const command = defineCommand({
  usage: [
    'delete pod|service|configmap|secret|networkpolicy NAME… [flags]',
    'delete -f FILE… [flags]',
    'delete pods (--all | -l SELECTOR) [flags]',
  ],
  about: `Stop pods (TERM, then KILL after their grace period) and remove them, or remove services, configmaps, secrets and networkpolicies.
Pods that use a removed configmap or secret run on; what needs it waits for it at its next start.`,
  flags: flagTable,
  complete: 'resources',
  examples: [
    { text: 'one pod, by name', line: 'podctl delete pod web' },
    { text: 'the pods of a manifest', line: 'podctl delete -f web.yaml' },
    { text: 'every pod, now', line: 'podctl delete pods --all --now' },
  ],
  run: async ({ flags, args, io }) => {
    const targets = await findTargets(flags, args, io);
    if (targets === undefined) return 2;
    const client = connectPodd(io.env);
    if (!concernsPods(targets)) return await deleteData(client, targets, flags, io);
    const watch = await DeletionWatch.open(client, targets.namespace);
    const { pods, failed } = await deletePods(client, targets, flags, io);
    const code = Math.max(failed ? 1 : 0, await deleteData(client, targets, flags, io));
    if (flags.wait === false) return code;
    const left = await watch.waitUntilGone(pods, flags.timeout ? flags.timeout : -1);
    for (const { metadata } of left) io.err(`error: timed out waiting for pod "${metadata.name}" to be gone\n`);
    return left.length > 0 ? 1 : code;
  },
});

type Targets =
  | { readonly kind: 'names'; readonly namespace: string | undefined; readonly objects: readonly ObjectTarget[] }
  | SelectedTargets;

interface ObjectTarget {
  readonly kind: ObjectKind;
  readonly namespace: string;
  readonly name: string;
}

interface SelectedTargets {
  readonly kind: 'selected';
  readonly of: ObjectKind;
  readonly namespace: string | undefined;
  readonly selector: string | undefined;
}

const concernsPods = (targets: Targets): boolean =>
  targets.kind === 'selected' ? targets.of === 'Pod' : targets.objects.some(({ kind }) => kind === 'Pod');

async function findTargets(flags: Flags, args: readonly string[], io: Io): Promise<Targets | undefined> {
  const isSelected = flags.all === true || flags.selector !== undefined;
  if (flags.filename !== undefined) {
    rejectArgs(args, 'give either -f FILE or names');
    if (isSelected) throw new UsageError('-f cannot be given together with --all or -l');
    return await targetsOfFiles(flags.filename, flags, io);
  }
  if (args.length === 0)
    throw new UsageError('which pods?', 'podctl delete pod NAME, delete -f FILE, or delete pods --all');
  const { kind: resource, names } = parseResourceArgs(args);
  if (resource === 'events') throw new UsageError('events are not deleted, they are forgotten');
  if (resource === 'endpoints') throw new UsageError('endpoints go with their Service', 'podctl delete service NAME');
  const kind = dataKindOf(resource) ?? 'Pod';
  if (names.length > 0 === isSelected) {
    throw new UsageError(
      isSelected ? 'names cannot be given together with --all or -l' : `which ${resource}?`,
      'name them, or give -l SELECTOR or --all',
    );
  }
  if (isSelected) return { kind: 'selected', of: kind, namespace: namespaceOf(flags), selector: flags.selector };
  const namespace = checkNamespace(flags.namespace);
  return { kind: 'names', namespace, objects: names.map((name) => ({ kind, namespace, name })) };
}

async function targetsOfFiles(files: readonly string[], flags: Flags, io: Io): Promise<Targets | undefined> {
  const { loadManifests } = await import('../load-manifests.ts');
  const loaded = await loadManifests(files, { ...flags, namesOnly: true }, io);
  if (loaded === undefined) return undefined;
  const objects = loaded.manifests.map(({ kind, metadata }) => ({
    ...{ kind, namespace: namespaceFor(kind, metadata.namespace) },
    name: metadata.name,
  }));
  const namespaces = new Set(objects.map(({ namespace }) => namespace));
  return { kind: 'names', namespace: namespaces.size === 1 ? [...namespaces][0] : undefined, objects };
}

interface Deleted {
  readonly pods: readonly PodObject[];
  readonly failed: boolean;
}

async function deletePods(client: Client, targets: Targets, flags: Flags, io: Io): Promise<Deleted> {
  const gracePeriodSeconds = graceSeconds(flags);
  if (targets.kind === 'selected') {
    const path = podsPath(targets.namespace, { labelSelector: targets.selector, gracePeriodSeconds });
    const { items } = await client.json<PodList>('DELETE', path);
    for (const pod of items) announce(pod, flags, io);
    if (items.length === 0) io.err('No resources found\n');
    return { pods: items, failed: false };
  }
  const names = targets.objects.filter(({ kind }) => kind === 'Pod');
  const answers = await Promise.allSettled(
    names.map(({ namespace, name }) =>
      client.json<PodObject>('DELETE', podPath(namespace, name, undefined, { gracePeriodSeconds })),
    ),
  );
  return announceAnswers(answers, flags, io);
}

/** ConfigMaps and Secrets are gone at once. */
async function deleteData(client: Client, targets: Targets, flags: Flags, io: Io): Promise<0 | 1> {
  if (targets.kind === 'selected') {
    if (targets.of === 'Pod') return 0;
    const path = dataPath(targets.of, targets.namespace, undefined, { labelSelector: targets.selector });
    const { items } = await client.json<DataList>('DELETE', path);
    for (const object of items) announce(object, flags, io);
    if (items.length === 0) io.err('No resources found\n');
    return 0;
  }
  const asked = targets.objects.flatMap(({ kind, namespace, name }) => {
    const path = kind === 'Pod' ? undefined : dataPath(kind, namespace, name);
    return path === undefined ? [] : [client.json('DELETE', path).then(() => ({ kind, metadata: { name } }))];
  });
  return announceAnswers(await Promise.allSettled(asked), flags, io).failed ? 1 : 0;
}

interface Announced {
  readonly kind: ObjectKind;
  readonly metadata: { readonly name: string };
}

function announceAnswers<T extends Announced>(
  answers: readonly PromiseSettledResult<T>[],
  flags: Flags,
  io: Io,
): { readonly pods: readonly T[]; readonly failed: boolean } {
  const pods: T[] = [];
  let failed = false;
  for (const answer of answers) {
    if (answer.status === 'fulfilled') {
      pods.push(answer.value);
      announce(answer.value, flags, io);
    } else if (!(answer.reason instanceof ApiError)) throw answer.reason;
    else if (!(answer.reason.isNotFound && flags['ignore-not-found'])) {
      io.err(`${formatRefusal(answer.reason.status)}\n`);
      failed = true;
    }
  }
  return { pods, failed };
}

function announce({ kind, metadata }: Announced, flags: Flags, io: Io): void {
  const word = kind.toLowerCase();
  io.out(flags.output === 'name' ? `${word}/${metadata.name}\n` : `${word} "${metadata.name}" deleted\n`);
}

function graceSeconds(flags: Flags): number | undefined {
  const given = [flags['grace-period'] !== undefined, flags.now === true, flags.force === true].filter(Boolean).length;
  if (given > 1) throw new UsageError('--grace-period, --now and --force say the same thing: give one');
  if (flags.now) return 1;
  if (flags.force) return 0;
  const seconds = flags['grace-period'];
  // kubectl's -1 means: the pod's own.
  return seconds === undefined || seconds < 0 ? undefined : seconds;
}

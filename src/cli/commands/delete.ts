import { namespaceFor } from '../../model/object-kinds.ts';
import type { DataKey, ObjectKind } from '../../model/object-manifest.ts';
import { type Propagation, propagations } from '../../protocol/api.ts';
import type { DataList, DataObject, PodList, PodObject } from '../../protocol/objects.ts';
import { ApiError } from '../api-error.ts';
import type { Client } from '../client.ts';
import { commonFlags, defineCommand, type FlagValues, manifestFlags } from '../command.ts';
import { connectPodd } from '../connect-podd.ts';
import { DeletionWatch } from '../deletion-watch.ts';
import type { Io } from '../io.ts';
import { dataPath, podPath, podsPath } from '../pod-paths.ts';
import { formatRefusal } from '../report-error.ts';
import { dataKindOf, parseManyArgs, type ResourceKind } from '../resource-args.ts';
import { checkNamespace, namespaceOf, rejectArgs } from '../scope.ts';
import { UsageError } from '../usage-error.ts';
import { pathIn, waitForObjects } from '../wait-for-pods.ts';

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
  cascade: {
    kind: 'text',
    value: 'HOW',
    choices: ['background', 'foreground', 'orphan'],
    help: 'what an object made goes after it (background, the default), before it (foreground), or stays (orphan)',
  },
  output: { kind: 'text', short: 'o', value: 'FORMAT', choices: ['name'], help: 'print only KIND/NAME' },
} as const;

type Flags = FlagValues<typeof flagTable>;

export const command = defineCommand({
  usage: [
    'delete KIND NAME… [flags]',
    'delete KIND/NAME… [flags]',
    'delete -f FILE… [flags]',
    'delete KIND[,KIND…] (--all | -l SELECTOR) [flags]',
  ],
  about: `Stop pods (TERM, then KILL after their grace period) and remove them, or remove other objects. What a deployment, job or other
workload made goes with it, and all that is in a namespace goes before it.
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
    const left = await watch.waitUntilGone(pods, timeoutOf(flags));
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
  readonly of: readonly ObjectKind[];
  readonly namespace: string | undefined;
  readonly selector: string | undefined;
}

const concernsPods = (targets: Targets): boolean =>
  targets.kind === 'selected' ? targets.of.includes('Pod') : targets.objects.some(({ kind }) => kind === 'Pod');

async function findTargets(flags: Flags, args: readonly string[], io: Io): Promise<Targets | undefined> {
  const isSelected = flags.all === true || flags.selector !== undefined;
  if (flags.filename !== undefined) {
    rejectArgs(args, 'give either -f FILE or names');
    if (isSelected) throw new UsageError('-f cannot be given together with --all or -l');
    return await targetsOfFiles(flags.filename, flags, io);
  }
  if (args.length === 0)
    throw new UsageError('which pods?', 'podctl delete pod NAME, delete -f FILE, or delete pods --all');
  const groups = parseManyArgs(args);
  const kinds = groups.map(({ kind }) => deletableKind(kind));
  const hasNames = groups.some(({ names }) => names.length > 0);
  if (hasNames === isSelected) {
    throw new UsageError(
      isSelected ? 'names cannot be given together with --all or -l' : `which ${groups[0]?.kind ?? 'pods'}?`,
      'name them, or give -l SELECTOR or --all',
    );
  }
  if (isSelected) return { kind: 'selected', of: kinds, namespace: namespaceOf(flags), selector: flags.selector };
  const namespace = checkNamespace(flags.namespace);
  const objects = groups.flatMap(({ names }, index) =>
    names.map((name) => ({ kind: kinds[index] ?? 'Pod', namespace, name })),
  );
  return { kind: 'names', namespace, objects };
}

function deletableKind(resource: ResourceKind): ObjectKind {
  if (resource === 'events') throw new UsageError('events are not deleted, they are forgotten');
  if (resource === 'endpoints') throw new UsageError('endpoints go with their Service', 'podctl delete service NAME');
  return dataKindOf(resource) ?? 'Pod';
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
    if (!targets.of.includes('Pod')) return { pods: [], failed: false };
    const path = podsPath(targets.namespace, { labelSelector: targets.selector, gracePeriodSeconds });
    const { items } = await client.json<PodList>('DELETE', path);
    for (const pod of items) announce(pod, flags, io);
    if (items.length === 0 && targets.of.length === 1) io.err('No resources found\n');
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

/** Most are gone at once; what is not is waited for. Namespaces come last: all that is in one goes with it. */
async function deleteData(client: Client, targets: Targets, flags: Flags, io: Io): Promise<0 | 1> {
  const propagationPolicy = propagationOf(flags);
  if (targets.kind === 'selected') return await deleteSelected(client, targets, flags, io);
  const objects = targets.objects.flatMap(({ kind, ...place }) => (kind === 'Pod' ? [] : [{ kind, ...place }]));
  const isLast = ({ kind }: DataKey): boolean => kind === 'Namespace';
  let failed = false;
  for (const some of [objects.filter((object) => !isLast(object)), objects.filter(isLast)]) {
    const asked = some.map(async (key) => {
      const path = dataPath(key.kind, key.namespace, key.name, { propagationPolicy });
      const answer = await client.json<Partial<DataObject>>('DELETE', path);
      const uid = answer.metadata?.deletionTimestamp === undefined ? undefined : answer.metadata.uid;
      return { kind: key.kind, metadata: { name: key.name }, key, uid };
    });
    const outcome = announceAnswers(await Promise.allSettled(asked), flags, io);
    const left = flags.wait === false ? [] : outcome.pods;
    const isGone = await Promise.all(left.map(({ key, uid }) => untilGone(client, key, uid, flags, io)));
    failed ||= outcome.failed || isGone.includes(false);
  }
  return failed ? 1 : 0;
}

async function deleteSelected(client: Client, targets: SelectedTargets, flags: Flags, io: Io): Promise<0 | 1> {
  const kinds = targets.of.flatMap((kind) => (kind === 'Pod' ? [] : [kind]));
  const query = { labelSelector: targets.selector, propagationPolicy: propagationOf(flags) };
  const deleted: DataObject[] = [];
  for (const kind of kinds) {
    const path = dataPath(kind, targets.namespace, undefined, query);
    deleted.push(...(await client.json<DataList>('DELETE', path)).items);
  }
  for (const object of deleted) announce(object, flags, io);
  if (deleted.length === 0 && kinds.length > 0 && kinds.length === targets.of.length) io.err('No resources found\n');
  if (flags.wait === false) return 0;
  const isGone = await Promise.all(
    deleted.map(({ kind, metadata: { namespace = '', name, uid } }) =>
      untilGone(client, { kind, namespace, name }, uid, flags, io),
    ),
  );
  return isGone.includes(false) ? 1 : 0;
}

/** False, and said, when it takes too long; at once true of what is gone (`uid` undefined). */
async function untilGone(
  client: Client,
  { kind, namespace, name }: DataKey,
  uid: string | undefined,
  flags: Flags,
  io: Io,
): Promise<boolean> {
  if (uid === undefined) return true;
  const pathOf = pathIn({ namespace, names: [name] }, (place, query) => dataPath(kind, place, undefined, query));
  const isGone = await waitForObjects<DataObject, true>(client, pathOf, timeoutOf(flags), (objects) =>
    objects.every(({ metadata }) => metadata.uid !== uid) ? true : undefined,
  );
  if (isGone) return true;
  io.err(`error: timed out waiting for ${kind.toLowerCase()} "${name}" to be gone\n`);
  return false;
}

const timeoutOf = ({ timeout }: Flags): number => (timeout ? timeout : -1);

/** metav1.DeletionPropagation */
function propagationOf({ cascade }: Flags): Propagation | undefined {
  return propagations.find((word) => word.toLowerCase() === cascade);
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

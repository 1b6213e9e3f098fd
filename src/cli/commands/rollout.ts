import { kindNames } from '../../model/object-kinds.ts';
import type { DataKey } from '../../model/object-manifest.ts';
import type { WorkloadKind } from '../../model/workload.ts';
import { restartedAtAnnotation } from '../../model/workload-spec.ts';
import type { AppObject, RevisionObject } from '../../protocol/objects.ts';
import { PodError } from '../../util/pod-error.ts';
import { awaitRollout } from '../await-rollout.ts';
import { changeObject } from '../change-object.ts';
import type { Client } from '../client.ts';
import { commonFlags, defineCommand, type FlagValues } from '../command.ts';
import { connectPodd } from '../connect-podd.ts';
import type { Io } from '../io.ts';
import { dataPath } from '../pod-paths.ts';
import { reportError } from '../report-error.ts';
import { requireVerb } from '../require-verb.ts';
import { findRevision, type Revision, revisionsOf, rolledBack } from '../rollout-history.ts';
import { checkNamespace } from '../scope.ts';
import { alignColumns } from '../tab-columns.ts';
import { formatWorkload, parseWorkloads, type WorkloadTarget } from '../workload-target.ts';

const flagTable = {
  namespace: commonFlags.namespace,
  timeout: { kind: 'duration', help: 'status: give up after this (default: never)' },
  watch: { kind: 'switch', short: 'w', help: 'status: wait for the end (default); --watch=false looks once' },
  'to-revision': { kind: 'number', help: 'undo: go back to this one (default: the one before)' },
  revision: { kind: 'number', help: 'history: the pod template of this one; status: fail when another is rolled out' },
} as const;

type Flags = FlagValues<typeof flagTable>;

/** One workload, and what is asked of it. */
interface Asked {
  readonly client: Client;
  readonly target: WorkloadTarget;
  readonly key: DataKey<WorkloadKind>;
  readonly flags: Flags;
  readonly io: Io;
}

interface Verb {
  readonly kinds: readonly WorkloadKind[];
  /** resolves to the exit code */
  readonly run: (asked: Asked) => Promise<number>;
}

const updated: readonly WorkloadKind[] = ['Deployment', 'DaemonSet', 'StatefulSet'];
const deployments: readonly WorkloadKind[] = ['Deployment'];

const verbNames = ['status', 'history', 'undo', 'restart', 'pause', 'resume'] as const;
const verbs: Readonly<Record<(typeof verbNames)[number], Verb>> = {
  status: { kinds: updated, run: printStatus },
  history: { kinds: updated, run: printHistory },
  undo: { kinds: updated, run: undo },
  restart: { kinds: updated, run: restart },
  pause: { kinds: deployments, run: (asked) => setPaused(asked, true) },
  resume: { kinds: deployments, run: (asked) => setPaused(asked, false) },
};
const form = 'podctl rollout status deployment/NAME';

export const command = defineCommand({
  usage: [
    'rollout status KIND/NAME [--timeout DURATION] [--watch=false] [--revision N]',
    'rollout history KIND/NAME [--revision N]',
    'rollout undo KIND/NAME [--to-revision N]',
    'rollout restart|pause|resume KIND/NAME…',
  ],
  about: `How the pods of a Deployment, DaemonSet or StatefulSet are replaced by those of another template.
  status   follow it to its end; exit code 1 when it fails or takes too long
  history  the revisions that can be gone back to
  undo     go back to the revision before, or to --to-revision
  restart  replace all pods by new ones of the same template, as the strategy says
  pause    let changes of the template wait
  resume   go on`,
  flags: flagTable,
  complete: 'resources',
  subcommands: verbNames,
  examples: [
    { text: 'wait for the new version', line: 'podctl rollout status deployment/web --timeout 2m' },
    { text: 'back to the one before', line: 'podctl rollout undo deployment/web' },
    { text: 'new pods of the same version', line: 'podctl rollout restart deployment/web' },
  ],
  run: async ({ flags, args: [word, ...args], io }) => {
    const name = requireVerb(word, verbNames, { missing: 'what?', form: `rollout ${verbNames.join('|')}` });
    const verb = verbs[name];
    const targets = parseWorkloads(args, verb.kinds, form.replace('status', name));
    const namespace = checkNamespace(flags.namespace);
    const client = connectPodd(io.env);
    let code = 0;
    for (const target of targets) {
      try {
        code = Math.max(code, await verb.run({ client, target, key: { ...target, namespace }, flags, io }));
      } catch (error) {
        code = Math.max(code, reportError(error, io));
      }
    }
    return code;
  },
});

async function printStatus({ client, key, flags, io }: Asked): Promise<number> {
  const looksOnce = flags.watch === false;
  const timeoutMs = looksOnce ? 0 : (flags.timeout ?? -1);
  const tell = (message: string): void => io.out(`${message}\n`);
  // One that is not there is told of by podd; one that goes meanwhile is another thing.
  await client.json('GET', dataPath(key.kind, key.namespace, key.name));
  const { isDone, message } = await awaitRollout(client, key, { timeoutMs, revision: flags.revision ?? 0 }, tell);
  if (isDone) tell(message);
  else if (!looksOnce) io.err(`error: ${message}\n`);
  return isDone || looksOnce ? 0 : 1;
}

async function readRevisions(client: Client, key: DataKey<WorkloadKind>): Promise<readonly Revision[]> {
  const owner = await client.json<AppObject>('GET', dataPath(key.kind, key.namespace, key.name));
  const path = dataPath(key.kind === 'Deployment' ? 'ReplicaSet' : 'ControllerRevision', key.namespace);
  const { items } = await client.json<{ readonly items: readonly (AppObject | RevisionObject)[] }>('GET', path);
  return revisionsOf(owner, items);
}

const ownerWords = ({ kind, name }: WorkloadTarget): string => `${kindNames[kind].singular} "${name}"`;

async function printHistory({ client, target, key, flags, io }: Asked): Promise<number> {
  const revisions = await readRevisions(client, key);
  if (flags.revision !== undefined) {
    const { template } = findRevision(ownerWords(target), revisions, flags.revision);
    const { stringify } = await import('yaml');
    io.out(`${formatWorkload(target)} with revision #${flags.revision}\n${stringify({ template })}`);
    return 0;
  }
  const rows = revisions.map(({ number, changeCause }) => `${number}\t${changeCause ?? '<none>'}`);
  const lines = alignColumns(['REVISION\tCHANGE-CAUSE', ...rows], { minWidth: 0, padding: 3 });
  io.out(`${formatWorkload(target)}\n${lines.map((line) => `${line.trimEnd()}\n`).join('')}`);
  return 0;
}

async function undo({ client, target, key, flags, io }: Asked): Promise<number> {
  const revision = findRevision(ownerWords(target), await readRevisions(client, key), flags['to-revision'] ?? 0);
  let isChanged = false;
  await changeObject(client, key, (object) => {
    const changed = rolledBack(object, revision);
    isChanged = changed !== undefined;
    return changed;
  });
  const outcome = isChanged
    ? 'rolled back'
    : `skipped rollback (current template already matches revision ${revision.number})`;
  io.out(`${formatWorkload(target)} ${outcome}\n`);
  return 0;
}

async function restart({ client, target, key, io }: Asked): Promise<number> {
  const restartedAt = new Date(io.now()).toISOString();
  await changeObject(client, key, (object) => {
    const { spec } = object;
    if (spec.paused === true) {
      throw new PodError('Conflict', `${formatWorkload(target)} is paused: it cannot be restarted`, {
        hint: `podctl rollout resume ${formatWorkload(target)}`,
      });
    }
    const template = spec.template as { readonly metadata?: { readonly annotations?: object } };
    const annotations = { ...template.metadata?.annotations, [restartedAtAnnotation]: restartedAt };
    const changed = { ...template, metadata: { ...template.metadata, annotations } };
    return { ...object, spec: { ...spec, template: changed } };
  });
  io.out(`${formatWorkload(target)} restarted\n`);
  return 0;
}

async function setPaused({ client, target, key, io }: Asked, paused: boolean): Promise<number> {
  await changeObject(client, key, (object) => {
    if ((object.spec.paused === true) === paused)
      throw new PodError('Conflict', `${formatWorkload(target)} is ${paused ? 'already' : 'not'} paused`);
    const { paused: _was, ...spec } = object.spec;
    return { ...object, spec: { ...spec, ...(paused ? { paused } : {}) } };
  });
  io.out(`${formatWorkload(target)} ${paused ? 'paused' : 'resumed'}\n`);
  return 0;
}

/** Applies one of Kubernetes' example documents to an instance, waits for what it promises, and deletes all of it. */
import { existsSync, rmdirSync, rmSync } from 'node:fs';
import { stringify } from 'yaml';
import { dataPath, podPath, podsPath } from '../../../src/cli/pod-paths.ts';
import { dataKinds } from '../../../src/model/object-kinds.ts';
import type { DataKind } from '../../../src/model/object-manifest.ts';
import type { PodObject } from '../../../src/protocol/objects.ts';
import type { Instance } from '../instance.ts';
import { waitFor } from '../wait-for.ts';
import type { CorpusDocument } from './corpus.ts';
import { type Outcome, ready } from './wants.ts';

/** Where it is looked for. */
export interface Run {
  readonly instance: Instance;
  readonly namespace: string;
  /** by name, for `with` */
  readonly corpus: ReadonlyMap<string, CorpusDocument>;
}

/** Some promise what comes after minutes: a probe fails, a minute begins, three replicas become ready one after the other. */
const promiseMs = 180_000;

/** Rejects with what was last seen when the promise is not kept in time; also when it is not deleted. */
export async function runDocument(document: CorpusDocument, run: Run): Promise<void> {
  const { warns, prints, shows, wants = ready, files } = document.plan;
  const made = (files?.makes ?? []).filter((path) => !existsSync(path));
  try {
    const warnings = await apply(document, run);
    if (warns?.test(warnings) === false) throw new Error(`does not warn of ${warns}:\n${warnings}`);
    await until(
      run,
      wants.what,
      () => look(document, run),
      (outcome) => outcome !== undefined && wants.holds(outcome),
    );
    if (prints !== undefined)
      await until(
        run,
        `prints ${prints}`,
        () => printed(run),
        (text) => prints.test(text),
      );
    if (shows !== undefined)
      await until(
        run,
        `shows ${shows[1]}`,
        () => shown(shows[0], run),
        (text) => shows[1].test(text),
      );
  } finally {
    await clear(run);
    for (const path of files?.writes ?? []) rmSync(path, { force: true });
    for (const path of made) if (existsSync(path)) rmdirSync(path);
  }
}

async function until<T>(run: Run, what: string, see: () => Promise<T>, holds: (seen: T) => boolean): Promise<void> {
  let last: T | undefined;
  const check = async (): Promise<boolean> => {
    last = await see();
    return holds(last);
  };
  try {
    await waitFor(what, check, promiseMs, 100);
  } catch (error) {
    const events = await run.instance.podctl(['events', '-n', run.namespace]);
    const seen = typeof last === 'string' ? last : JSON.stringify(last, undefined, 1);
    throw new Error(`${String(error)}; last seen:\n${seen}\n${events.stdout}`, { cause: error });
  }
}

/** What it needs first; resolves with the warnings. Names of namespaces that a document gives hold. */
async function apply({ text, plan, manifest }: CorpusDocument, { instance, namespace, corpus }: Run): Promise<string> {
  const others = (plan.with ?? []).map((name) => corpus.get(name)?.text ?? '');
  const made = (plan.made ?? []).map((object) => stringify(object));
  const stdin = [...made, ...others, text].join('\n---\n');
  const place = manifest?.kind === 'Namespace' ? [] : ['-n', namespace];
  const result = await instance.podctl(['apply', '-f', '-', ...place], { stdin });
  if (result.exitCode !== 0) throw new Error(`apply ended with ${result.exitCode}: ${result.stderr}${result.stdout}`);
  return result.stderr;
}

async function look({ manifest }: CorpusDocument, run: Run): Promise<Outcome | undefined> {
  if (manifest === undefined) return undefined;
  const { instance, namespace } = run;
  const { kind, metadata } = manifest;
  const path = kind === 'Pod' ? podPath(namespace, metadata.name) : dataPath(kind, namespace, metadata.name);
  const reply = await instance.api('GET', path);
  return reply.status === 200 ? { object: reply.body as Outcome['object'], pods: await podsOf(run) } : undefined;
}

async function podsOf({ instance, namespace }: Run): Promise<readonly PodObject[]> {
  const { items } = (await instance.api('GET', podsPath(namespace))).body as { readonly items: readonly PodObject[] };
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/** All that its containers have printed, also before a restart. */
async function printed(run: Run): Promise<string> {
  const pods = await podsOf(run);
  const logs = pods.flatMap(({ metadata, status }) =>
    [...(status.initContainerStatuses ?? []), ...status.containerStatuses].flatMap(({ name, restartCount }) =>
      (restartCount > 0 ? [true, false] : [false]).map((previous) =>
        run.instance.api('GET', podPath(run.namespace, metadata.name, 'log', { container: name, previous })),
      ),
    ),
  );
  return (await Promise.all(logs)).map(({ status, body }) => (status === 200 ? String(body) : '')).join('\n');
}

async function shown(script: string, run: Run): Promise<string> {
  const [pod] = await podsOf(run);
  if (pod === undefined) return '';
  const { instance, namespace } = run;
  const { stdout, stderr } = await instance.podctl([
    'exec',
    pod.metadata.name,
    '-n',
    namespace,
    '--',
    'sh',
    '-c',
    script,
  ]);
  return stdout + stderr;
}

/** What makes pods goes first, then the pods without their grace, then what they used. */
async function clear(run: Run): Promise<void> {
  const { instance, namespace } = run;
  const remove = async (kinds: readonly DataKind[]): Promise<void> => {
    for (const kind of kinds) {
      const list = (await instance.api('GET', dataPath(kind, namespace))).body as {
        readonly items?: readonly PodObject[];
      };
      for (const { metadata } of list.items ?? [])
        await instance.api('DELETE', dataPath(kind, namespace, metadata.name));
    }
  };
  await remove(dataKinds.filter((kind) => makers.has(kind)));
  const arePodsGone = async (): Promise<boolean> => {
    const { items } = (await instance.api('GET', podsPath(namespace))).body as { readonly items: readonly PodObject[] };
    for (const { metadata } of items)
      await instance.api('DELETE', podPath(namespace, metadata.name, undefined, { gracePeriodSeconds: 0 }));
    return items.length === 0;
  };
  await waitFor(`the pods of ${namespace} are gone`, arePodsGone, 60_000, 100);
  await remove(dataKinds.filter((kind) => !makers.has(kind) && kind !== 'Namespace'));
}

const makers: ReadonlySet<string> = new Set(['CronJob', 'Job', 'Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet']);

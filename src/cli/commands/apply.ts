import type { ApplyResult, PodObject } from '../../protocol/api.ts';
import type { Client } from '../client.ts';
import { commonFlags, defineCommand, manifestFlags } from '../command.ts';
import { connectPodd } from '../connect-podd.ts';
import type { Io } from '../io.ts';
import { explainNotReady, fatalPrograms, type Readiness, readinessOf, summariseProgress } from '../not-ready.ts';
import { printResults, requestApply } from '../request-apply.ts';
import { rejectArgs } from '../scope.ts';
import { UsageError } from '../usage-error.ts';
import { waitForPods } from '../wait-for-pods.ts';

const defaultTimeoutMs = 60_000;

export const command = defineCommand({
  usage: ['apply -f FILE|DIR|- [-f …] [flags]'],
  about: `Create the pods of manifests, or change those that exist with the least that has to happen.
For each pod it prints created, configured (and what that cost) or unchanged; for each changed field the old and the new value, what it cost –
in place, signal, reload, restart of a program or container, recreation of the pod – and why; and for each program that is touched what
happens to it: start, stop, restart, or change in place. All others run on.
Nothing is applied when any manifest is wrong (exit code 2).`,
  flags: {
    ...manifestFlags,
    wait: { kind: 'switch', help: 'wait until the pods are ready (or have succeeded)' },
    cascade: { kind: 'switch', help: 'restart also what depends on a restarted program, whatever the manifest says' },
    timeout: { kind: 'duration', help: 'longest time to wait with --wait (default 60s)' },
    'dry-run': { kind: 'switch', help: 'say what would happen, change nothing' },
    output: commonFlags.results,
  },
  examples: [
    { text: 'run it and wait until it is ready', line: 'podctl apply -f web.yaml --wait' },
    { text: 'what would change?', line: 'podctl apply -f web.yaml --dry-run' },
    { text: 'a changed program, and all that depends on it', line: 'podctl apply -f web.yaml --cascade' },
    { text: 'from standard input', line: 'cat web.yaml | podctl apply -f -' },
  ],
  run: async ({ flags, args, io }) => {
    rejectArgs(args, 'podctl apply -f FILE');
    if (flags.filename === undefined) throw new UsageError('which manifests?', 'podctl apply -f FILE');
    const { loadManifests } = await import('../load-manifests.ts');
    const loaded = await loadManifests(flags.filename, flags, io);
    if (loaded === undefined) return 2;
    const dryRun = flags['dry-run'] === true;
    const client = connectPodd(io.env);
    const beganMs = io.now();
    const cascade = flags.cascade ? { cascade: true } : {};
    const results = await requestApply(client, { manifests: loaded.manifests, dryRun, ...cascade });
    const mode = dryRun ? 'dry-run' : 'apply';
    printResults(results, { io, mode, format: flags.output, warned: loaded.warned });
    if (!flags.wait || dryRun) return 0;
    return await waitUntilReady(client, results, { timeoutMs: flags.timeout ?? defaultTimeoutMs, beganMs, io });
  },
});

interface Waiting {
  readonly timeoutMs: number;
  /** wall clock when the apply was sent */
  readonly beganMs: number;
  readonly io: Io;
}

async function waitUntilReady(
  client: Client,
  results: readonly ApplyResult[],
  { timeoutMs, beganMs, io }: Waiting,
): Promise<number> {
  const wanted = new Set(results.map(({ namespace, name }) => `${namespace}/${name}`));
  if (wanted.size === 0) return 0;
  const namespaces = new Set(results.map(({ namespace }) => namespace));
  const namespace = namespaces.size === 1 ? [...namespaces][0] : undefined;
  const names = namespace === undefined ? [] : results.map(({ name }) => name);
  const progress = createProgress(io);
  let latest: readonly PodObject[] = [];
  const outcome = await waitForPods(client, { namespace, names }, timeoutMs, (pods) => {
    latest = pods.filter(({ metadata }) => wanted.has(`${metadata.namespace}/${metadata.name}`));
    for (const pod of latest) progress(pod);
    const verdicts = latest.map((pod) => verdictOf(pod, results, beganMs));
    if (verdicts.includes('failed')) return 'failed';
    return latest.length === wanted.size && verdicts.every((verdict) => verdict === 'ready') ? 'ready' : undefined;
  });
  if (outcome === 'ready') return 0;
  reportNotReady(results, latest, outcome === 'failed' ? 'failed' : `not ready after ${timeoutMs / 1000}s`, io);
  return 1;
}

/** A program that is FATAL ends the wait, unless this very apply is about to start it again and podd tells of its end before. */
function verdictOf(pod: PodObject, results: readonly ApplyResult[], beganMs: number): Readiness {
  const verdict = readinessOf(pod);
  if (verdict !== 'waiting') return verdict;
  const { namespace, name } = pod.metadata;
  const result = results.find((candidate) => candidate.namespace === namespace && candidate.name === name);
  const isHopeless = fatalPrograms(pod).some(({ container, program }) => {
    const isTouched =
      result?.cost === 'restart-container' ||
      result?.cost === 'recreate-pod' ||
      result?.programs.some((effect) => effect.container === container && effect.program === program.label);
    return !isTouched || Date.parse(program.lastExit?.at ?? '') >= beganMs;
  });
  return isHopeless ? 'failed' : 'waiting';
}

/** One line on standard error whenever a pod's progress changes. */
function createProgress(io: Io): (pod: PodObject) => void {
  const shown = new Map<string, string>();
  return (pod) => {
    const line = `pod/${pod.metadata.name}: ${summariseProgress(pod)}\n`;
    if (shown.get(pod.metadata.uid) === line) return;
    shown.set(pod.metadata.uid, line);
    io.err(line);
  };
}

function reportNotReady(results: readonly ApplyResult[], pods: readonly PodObject[], why: string, io: Io): void {
  for (const { namespace, name } of results) {
    const pod = pods.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
    if (pod === undefined) io.err(`error: pod/${name}: it does not exist (any more)\n`);
    else if (readinessOf(pod) !== 'ready') reportPod(pod, why, io);
  }
}

function reportPod(pod: PodObject, why: string, io: Io): void {
  const { name, namespace, deletionTimestamp } = pod.metadata;
  io.err(`error: pod/${name}: ${deletionTimestamp === undefined ? why : 'is being deleted'}\n`);
  for (const line of explainNotReady(pod)) io.err(`  ${line}\n`);
  io.err(`hint: podctl describe pod ${name}${namespace === 'default' ? '' : ` -n ${namespace}`}\n`);
}

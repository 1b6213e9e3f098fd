/** Waits until what was applied is ready, as `apply --wait` does. */
import type { ApplyResult } from '../protocol/api.ts';
import type { PodObject } from '../protocol/objects.ts';
import type { Client } from './client.ts';
import type { Io } from './io.ts';
import { explainNotReady, fatalPrograms, type Readiness, readinessOf, summariseProgress } from './not-ready.ts';
import { waitForPods } from './wait-for-pods.ts';

export interface ReadyWaiting {
  readonly timeoutMs: number;
  /** wall clock when the apply was sent */
  readonly beganMs: number;
  readonly io: Io;
}

/** Of pods; 1, with the reasons printed, when one has failed or is not ready in time. Progress goes to standard error. */
export async function waitUntilReady(
  client: Client,
  applied: readonly ApplyResult[],
  { timeoutMs, beganMs, io }: ReadyWaiting,
): Promise<number> {
  const results = applied.filter(({ kind }) => kind === 'Pod');
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

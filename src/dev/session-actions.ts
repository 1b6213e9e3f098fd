/** The actions of a session's rules: when they are due, and what is told of them. */

import type { Client } from '../cli/client.ts';
import type { DevRule } from '../model/dev-rule.ts';
import type { ProgramSpec } from '../model/pod-spec.ts';
import { allStatuses } from '../model/pod-status.ts';
import type { PodObject } from '../protocol/objects.ts';
import { formatError, hintOf } from '../util/pod-error.ts';
import { createActionQueue, type DevAction } from './action-queue.ts';
import type { SessionManifests } from './load-session.ts';
import type { DevNotice } from './notice.ts';
import { performAction } from './perform-action.ts';
import type { ActionOutcome, ContainerName } from './restart-programs.ts';
import { placedId, rulesInPods } from './template-rules.ts';

export interface ActionsOptions {
  readonly client: Client;
  readonly tell: (notice: DevNotice) => void;
  /** those that hold; undefined before the first apply */
  readonly manifests: () => SessionManifests | undefined;
  /** of the session, as they are now */
  readonly pods: () => readonly PodObject[];
  readonly nextChange: () => Promise<void>;
  /** The rule's action begins; the result is called at its end. */
  readonly acting: (rule: DevRule) => () => void;
  /** absolute paths of all files that a rule watches */
  readonly filesOf: (rule: DevRule) => readonly string[];
  /** no action begins before */
  readonly begun: Promise<void>;
}

export interface SessionActions {
  readonly add: (action: DevAction) => void;
  /** The rules as they are from now on. */
  readonly keep: (rules: readonly DevRule[]) => void;
  /** Restarts the programs of all containers. */
  readonly restartAll: () => void;
  /** The pods, or the rules, as they are now: a container that starts anew has nothing of what is synced into it. */
  readonly onPods: (pods: readonly PodObject[]) => void;
  /** Kills builds of this machine; resolves when nothing is under way. */
  readonly close: () => Promise<void>;
}

export function createSessionActions(options: ActionsOptions): SessionActions {
  const { manifests, tell, acting, begun } = options;
  const ending = new AbortController();
  /** by rule: what was last copied as a whole, and into which run of the container */
  const synced = new Map<string, string>();
  const perform = async (action: DevAction, superseded: AbortSignal): Promise<void> => {
    await begun;
    if (ending.signal.aborted) return;
    const { rule, changes } = action;
    const done = acting(rule);
    const beganMs = performance.now();
    tell({ kind: 'action-started', rule, changes });
    const { ok, ...outcome } = await attempt(options, ending.signal, { action, superseded });
    done();
    const elapsedMs = performance.now() - beganMs;
    if ('did' in outcome) tell({ kind: 'action-done', rule, changes, ...outcome, elapsedMs });
    else tell({ kind: 'action-failed', rule, changes, ...outcome, elapsedMs });
  };
  const queue = createActionQueue(perform);
  const add = (action: DevAction): void => {
    const rules = rulesInPods(action.rule, options.pods());
    const together = action.rule.maker === undefined ? {} : { together: {} };
    for (const rule of rules) queue.add({ ...action, rule, ...together });
  };
  return {
    add,
    keep: (rules) => queue.keep(rules.flatMap((rule) => rulesInPods(rule, options.pods()))),
    restartAll: () => {
      for (const rule of restartRules(manifests())) add({ rule, changes: [], whole: true });
    },
    onPods: (pods) => {
      const rules = (manifests()?.rules ?? []).flatMap((rule) => rulesInPods(rule, pods));
      forgetOthers(synced, new Set(rules.map(placedId)));
      for (const rule of rules) {
        const run = rule.action.startsWith('sync') ? runOf(rule, pods) : undefined;
        if (run === undefined) continue;
        const { paths, include, exclude, target } = rule;
        const what = JSON.stringify([run, paths, include, exclude, target]);
        if (synced.get(placedId(rule)) === what) continue;
        synced.set(placedId(rule), what);
        queue.add({ rule, changes: [], whole: true });
      }
    },
    close: async () => {
      ending.abort();
      await queue.close();
    },
  };
}

/** Pods of templates come and go as long as a session lasts. */
function forgetOthers(synced: Map<string, string>, kept: ReadonlySet<string>): void {
  for (const id of synced.keys()) if (!kept.has(id)) synced.delete(id);
}

interface Attempt {
  readonly action: DevAction;
  readonly superseded: AbortSignal;
}

/** Whatever goes wrong is an outcome. */
async function attempt(
  { client, manifests, nextChange, filesOf, tell }: ActionsOptions,
  ending: AbortSignal,
  { action, superseded }: Attempt,
): Promise<ActionOutcome> {
  const programOf = (name: string | undefined) => findProgram(manifests(), action.rule, name);
  const context = {
    ...{ client, ending, nextChange, filesOf },
    hasReadiness: (_at: ContainerName, program: string) => programOf(program)?.readiness !== undefined,
    workingDirOf: (rule: DevRule) => programOf(rule.program)?.workingDir,
    onOutput: (source: string, text: string) => tell({ kind: 'output', source, text }),
  };
  try {
    return await performAction(context, action, superseded);
  } catch (error) {
    const hint = hintOf(error);
    return { ok: false, why: formatError(error), ...(hint === undefined ? {} : { hint }) };
  }
}

function findProgram(
  manifests: SessionManifests | undefined,
  at: DevRule,
  name: string | undefined,
): ProgramSpec | undefined {
  const pod =
    at.maker === undefined
      ? manifests?.specs.find((spec) => spec.namespace === at.namespace && spec.name === at.pod)
      : manifests?.templates.get(at.maker);
  const container = pod?.containers.find((one) => one.name === at.container);
  return container?.programs.find((program) => program.name === name);
}

/** As if each container had a rule that restarts all of it. */
function restartRules(manifests: SessionManifests | undefined): readonly DevRule[] {
  const templates = [...(manifests?.templates ?? [])].map(([maker, spec]) => ({ maker, spec }));
  return [...(manifests?.specs ?? []).map((spec) => ({ spec })), ...templates].flatMap(({ spec, ...made }) =>
    spec.containers.map(({ name: container }): DevRule => {
      const nothing = { paths: [], include: [], exclude: [], debounceMs: 0, directory: '/', cascade: false };
      const { namespace, name: pod } = spec;
      const id = `${Object.values(made).join()}${namespace}/${pod}/${container}#all`;
      return { id, namespace, pod, container, action: 'restart', ...made, ...nothing };
    }),
  );
}

/** Another one after each start; undefined while the container does not run. */
function runOf({ namespace, pod, container }: ContainerName, pods: readonly PodObject[]): string | undefined {
  const found = pods.find(({ metadata }) => metadata.namespace === namespace && metadata.name === pod);
  const status = (found === undefined ? [] : allStatuses(found.status)).find(({ name }) => name === container);
  if (status === undefined || !('running' in status.state)) return undefined;
  return `${found?.metadata.uid} ${status.restartCount} ${status.state.running.startedAt}`;
}

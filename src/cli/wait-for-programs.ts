/** `podctl wait` for programs, containers and pods to be ready, running, stopped or in a state. */

import type { ProgramGroup, ProgramObject } from '../protocol/api.ts';
import { howItEnded } from '../util/how-it-ended.ts';
import type { Client } from './client.ts';
import { followChanges } from './follow-changes.ts';
import type { Io } from './io.ts';
import {
  formatTarget,
  type ProgramTarget,
  parseTarget,
  resolveTarget,
  selectGroups,
  type WrittenTarget,
} from './program-target.ts';
import { containerWord, explainState, isResting, stateWord } from './program-words.ts';
import { readGroups, readPodPrograms } from './read-programs.ts';
import type { ProgramGoal } from './wait-goal.ts';

export interface ProgramWait {
  readonly namespace: string;
  readonly words: readonly string[];
  readonly goal: ProgramGoal;
  /** 0 looks once, negative waits a week */
  readonly timeoutMs: number;
  readonly io: Io;
}

/** How a target stands. */
export type Standing =
  | { readonly kind: 'met' }
  | { readonly kind: 'waiting' | 'never'; readonly why: readonly string[] };

const askEveryMs = 500;
const weekMs = 7 * 24 * 3_600_000;

/** Exit code 1 when the time is over first, or a program that should become ready or run is FATAL. Throws what names nothing that is there. */
export async function waitForPrograms(client: Client, wait: ProgramWait): Promise<number> {
  const { namespace, words, timeoutMs, io } = wait;
  const written = words.map(parseTarget);
  const targets = await Promise.all(written.map((target) => findTarget(client, namespace, target)));
  const waiting: Waiting = {
    left: new Map(targets.map((target) => [formatTarget(target), target])),
    why: new Map(),
    code: 0,
  };
  const ended = new AbortController();
  const timer = setTimeout(() => ended.abort(), timeoutMs < 0 ? weekMs : Math.min(Math.max(timeoutMs, 1), weekMs));
  try {
    await look(client, waiting, wait);
    if (timeoutMs !== 0 && waiting.left.size > 0) await follow(client, waiting, wait, ended.signal);
  } finally {
    clearTimeout(timer);
    ended.abort();
  }
  for (const name of waiting.left.keys()) {
    io.err(`error: timed out waiting for ${name} to be ${goalWord(wait.goal)}\n`);
    for (const line of waiting.why.get(name) ?? []) io.err(`  ${line}\n`);
  }
  return waiting.left.size > 0 ? 1 : waiting.code;
}

interface Waiting {
  readonly left: Map<string, ProgramTarget>;
  readonly why: Map<string, readonly string[]>;
  code: number;
}

async function findTarget(client: Client, namespace: string, target: WrittenTarget): Promise<ProgramTarget> {
  return resolveTarget(target, await readPodPrograms(client, namespace, target.pod));
}

async function follow(client: Client, waiting: Waiting, wait: ProgramWait, signal: AbortSignal): Promise<void> {
  const names = [...new Set([...waiting.left.values()].map(({ pod }) => pod))];
  // A plain container's program is no part of its pod's status: it is asked for now and then too.
  const scope = { namespace: wait.namespace, names, everyMs: askEveryMs, signal };
  for await (const _change of followChanges(client, scope)) {
    await look(client, waiting, wait);
    if (waiting.left.size === 0) return;
  }
}

async function look(client: Client, waiting: Waiting, { namespace, goal, io }: ProgramWait): Promise<void> {
  const pods = [...new Set([...waiting.left.values()].map(({ pod }) => pod))];
  const groups = (await Promise.all(pods.map((pod) => readGroups(client, { namespace, pod })))).flat();
  for (const [name, target] of [...waiting.left]) {
    const standing = standingOf(goal, selectGroups(target, groups), { target, nowMs: io.now() });
    if (standing.kind === 'waiting') {
      waiting.why.set(name, standing.why);
      continue;
    }
    waiting.left.delete(name);
    if (standing.kind === 'met') io.out(`${name} condition met\n`);
    else {
      waiting.code = 1;
      io.err(
        `error: ${name} will not be ${goalWord(goal)} by itself\n${standing.why.map((line) => `  ${line}\n`).join('')}`,
      );
    }
  }
}

interface Looking {
  readonly target: ProgramTarget;
  readonly nowMs: number;
}

/** `groups`: the target's containers with only the programs that it means. Pure. */
export function standingOf(goal: ProgramGoal, groups: readonly ProgramGroup[], { target, nowMs }: Looking): Standing {
  const isOfPrograms = target.program !== undefined || goal.kind === 'state' || goal.kind === 'paused';
  const unmet = groups.flatMap((group) => (isOfPrograms ? unmetPrograms(goal, group) : unmetContainer(goal, group)));
  if (unmet.length === 0 && groups.length > 0) return { kind: 'met' };
  const why = unmet.map((thing) =>
    'container' in thing ? explainGroup(thing.container) : explainProgram(thing.program, nowMs),
  );
  const isHopeless =
    (goal.kind === 'ready' || goal.kind === 'running') &&
    unmet.some((thing) => 'program' in thing && thing.program.state === 'FATAL');
  return { kind: isHopeless ? 'never' : 'waiting', why };
}

type Unmet = { readonly container: ProgramGroup } | { readonly program: ProgramObject };

/** The container itself, or those of its programs that keep it from being ready. */
function unmetContainer(goal: ProgramGoal, group: ProgramGroup): readonly Unmet[] {
  const isRunning = group.state === 'running';
  if (goal.kind === 'stopped') return isRunning ? [{ container: group }] : [];
  if (goal.kind === 'running') return isRunning ? [] : [{ container: group }];
  if (group.ready || (group.state === 'terminated' && group.reason === 'Completed')) return [];
  const unready = group.programs.filter((program) => !program.ready && !isResting(program));
  return isRunning && unready.length > 0 ? unready.map((program) => ({ program })) : [{ container: group }];
}

function unmetPrograms(goal: ProgramGoal, group: ProgramGroup): readonly Unmet[] {
  if (group.programs.length === 0)
    return goal.kind === 'stopped' && group.state !== 'running' ? [] : [{ container: group }];
  return group.programs.filter((program) => !meets(goal, program)).map((program) => ({ program }));
}

function meets(goal: ProgramGoal, { state, ready, paused }: ProgramObject): boolean {
  switch (goal.kind) {
    case 'ready':
      return ready;
    case 'paused':
      return paused === true;
    case 'running':
      return state === 'RUNNING';
    case 'stopped':
      return state === 'STOPPED' || state === 'EXITED' || state === 'FATAL';
    case 'state':
      return state === goal.state;
  }
}

const goalWord = (goal: ProgramGoal): string => (goal.kind === 'state' ? goal.state : goal.kind);

const explainGroup = (group: ProgramGroup): string => `container ${group.container}: ${containerWord(group)}`;

function explainProgram(program: ProgramObject, nowMs: number): string {
  const { container, label, state, ready, lastExit, paused } = program;
  const end = lastExit === undefined || state === 'RUNNING' ? '' : howItEnded(lastExit);
  const why = explainState(program, nowMs) || end;
  const word = state === 'RUNNING' && !ready && paused !== true ? 'RUNNING, not ready' : stateWord(program);
  return `program ${container}/${label}: ${word}${why === '' ? '' : `: ${why}`}`;
}

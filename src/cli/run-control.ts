/** start, stop, restart, reload, signal, pause and resume: asks podd, then waits until it has happened and says so, target by target. */
import type { ControlRequest, ControlResponse, ProgramGroup } from '../protocol/api.ts';
import { PodError } from '../util/pod-error.ts';
import { isApiNotFound } from './api-error.ts';
import { type AwaitedMove, awaitMoves, type Tell } from './await-moves.ts';
import type { Client } from './client.ts';
import { connectPodd } from './connect-podd.ts';
import type { ControlGoal } from './control-goal.ts';
import type { Io } from './io.ts';
import { podActionPath } from './pod-paths.ts';
import {
  formatTarget,
  type PodPrograms,
  type ProgramTarget,
  parseTarget,
  resolveTarget,
  type WrittenTarget,
} from './program-target.ts';
import { readPodPrograms } from './read-programs.ts';
import { reportError } from './report-error.ts';
import { checkNamespace } from './scope.ts';
import { UsageError } from './usage-error.ts';
import { formatWorkload, splitWorkload, workloadHint } from './workload-target.ts';

export interface ControlCommand {
  readonly request: Pick<ControlRequest, 'verb' | 'signal' | 'cascade'>;
  /** `restarted`: it has happened; `restarting`: it is under way */
  readonly words: { readonly done: string; readonly doing: string };
  /** absent: there is nothing to wait for, or it is not wanted */
  readonly goal?: ControlGoal | undefined;
  readonly timeoutMs: number;
  readonly namespace: string | undefined;
  readonly targets: readonly string[];
  readonly output?: 'json' | 'name' | undefined;
  readonly io: Io;
}

/** Exit code 1 when one target failed; the others are done all the same. Throws UsageError on targets that cannot be read. */
export async function runControl(command: ControlCommand): Promise<number> {
  const { io, targets, request, goal, timeoutMs, words } = command;
  if (targets.length === 0) {
    throw new UsageError(`${request.verb} what?`, `podctl ${request.verb} POD[/CONTAINER[/PROGRAM]]`);
  }
  const written = targets.map(parseTarget);
  const namespace = checkNamespace(command.namespace);
  const client = connectPodd(io.env);
  const resolve = resolver(client, namespace);
  const { tell, finish } = teller(command);
  const found = await collect(written, async (target) => [await resolve(target)], io);
  const asking = { client, namespace, command, tell };
  const moves = await collect(mergeTargets(found.items), (ask) => sendRequest(asking, ask), io);
  const code = Math.max(found.code, moves.code);
  const options = { namespace, timeoutMs, doneWord: words.done, tell, io };
  const isOver = goal === undefined || moves.items.length === 0;
  const waited = isOver ? 0 : await awaitMoves(client, moves.items, { ...options, goal });
  finish();
  return Math.max(code, waited);
}

/** A line per target when it is known; as JSON all at the end. */
function teller({ output, io }: ControlCommand): { readonly tell: Tell; readonly finish: () => void } {
  const results: { readonly name: string; readonly outcome: string }[] = [];
  const tell: Tell = (name, outcome) => {
    results.push({ name, outcome });
    if (output !== 'json') io.out(output === 'name' ? `${name}\n` : `${name} ${outcome}\n`);
  };
  return {
    tell,
    finish: () => {
      if (output === 'json') io.out(`${JSON.stringify({ results }, undefined, 2)}\n`);
    },
  };
}

/** All that the steps give, one after the other; what fails is printed and keeps no other back. */
async function collect<T, R>(
  steps: readonly T[],
  run: (step: T) => Promise<readonly R[]>,
  io: Io,
): Promise<{ readonly items: readonly R[]; readonly code: number }> {
  const items: R[] = [];
  let code = 0;
  for (const step of steps) {
    try {
      items.push(...(await run(step)));
    } catch (error) {
      code = Math.max(code, reportError(error, io));
    }
  }
  return { items, code };
}

interface Found {
  readonly target: ProgramTarget;
  /** the pod's containers before the request */
  readonly groups: readonly ProgramGroup[];
}

/** Each pod is read once. */
function resolver(client: Client, namespace: string): (target: WrittenTarget) => Promise<Found> {
  const pods = new Map<string, Promise<PodPrograms>>();
  return async (target) => {
    const reading = pods.get(target.pod) ?? readPodPrograms(client, namespace, target.pod);
    pods.set(target.pod, reading);
    const programs = await reading.catch((error: unknown) => {
      throw (isApiNotFound(error) && noPod(target)) || error;
    });
    return { target: resolveTarget(target, programs), groups: programs.groups };
  };
}

/** Of `deployment/web`: where it would be a pod and its container. */
function noPod({ pod, parts: [name] }: WrittenTarget): PodError | undefined {
  const workload = name === undefined ? undefined : splitWorkload(`${pod}/${name}`);
  return (
    workload && new PodError('NotFound', `${formatWorkload(workload)} is no pod`, { hint: workloadHint(workload) })
  );
}

interface Ask {
  readonly pod: string;
  readonly container?: string;
  readonly targets: readonly ProgramTarget[];
  readonly groups: readonly ProgramGroup[];
}

/** Programs of one container go in one request: podd then does them in dependency order. What is named twice is asked for once. */
export function mergeTargets(found: readonly Found[]): readonly Ask[] {
  const asks = new Map<string, Ask>();
  for (const { target, groups } of found) {
    const { pod, container, program } = target;
    const key = `${pod}/${container ?? ''}/${program === undefined ? '' : 'programs'}`;
    const targets = [...(asks.get(key)?.targets ?? []), target];
    const unique = [...new Map(targets.map((one) => [formatTarget(one), one])).values()];
    asks.set(key, { pod, ...(container === undefined ? {} : { container }), targets: unique, groups });
  }
  return [...asks.values()];
}

interface Asking {
  readonly client: Client;
  readonly namespace: string;
  readonly command: ControlCommand;
  readonly tell: Tell;
}

async function sendRequest({ client, namespace, command, tell }: Asking, ask: Ask): Promise<readonly AwaitedMove[]> {
  const { pod, container, groups } = ask;
  const programs = ask.targets.flatMap(({ program }) => (program === undefined ? [] : [program]));
  const request: ControlRequest = {
    ...command.request,
    ...(container === undefined ? {} : { container }),
    ...(programs.length === 0 ? {} : { targets: programs }),
  };
  const path = podActionPath(namespace, pod, 'control');
  const { affected } = await client.json<ControlResponse>('POST', path, request);
  const unchanged = ask.targets.filter((target) => !affected.some((name) => isWithin(name, target, groups)));
  for (const target of unchanged) tell(formatTarget(target), 'unchanged');
  const names = [...affected, ...alsoAwaited(command.goal, unchanged, groups)];
  if (command.goal === undefined) for (const name of affected) tell(`pod/${pod}/${name}`, command.words.doing);
  return names.map((name) => toMove(pod, name, { groups, isQuiet: !affected.includes(name) }));
}

/** A program that is starting, stopping or restarting already is `unchanged`, and still to be waited for. */
function alsoAwaited(
  goal: ControlGoal | undefined,
  unchanged: readonly ProgramTarget[],
  groups: readonly ProgramGroup[],
): readonly string[] {
  if (goal === undefined) return [];
  return unchanged.flatMap((target) =>
    target.program === undefined ? [] : labelsOf(target, groups).map((label) => `${target.container}/${label}`),
  );
}

function labelsOf({ container, program }: ProgramTarget, groups: readonly ProgramGroup[]): readonly string[] {
  const programs = groups.find((group) => group.container === container)?.programs ?? [];
  return programs
    .filter((one) => one.program === program?.program && (program.instance ?? one.instance) === one.instance)
    .map(({ label }) => label);
}

/** `affected` names a container, or a container and a label. */
function isWithin(name: string, target: ProgramTarget, groups: readonly ProgramGroup[]): boolean {
  const [container, label] = name.split('/');
  if (target.container === undefined) return true;
  if (container !== target.container) return false;
  if (target.program === undefined || label === undefined) return true;
  const { program, instance } = target.program;
  // An instance that podd did not show before, as that of a container which did not run.
  const isOther = instance === undefined && label.replace(/:\d+$/, '') === program;
  return isOther || labelsOf(target, groups).includes(label);
}

function toMove(
  pod: string,
  name: string,
  { groups, isQuiet }: { readonly groups: readonly ProgramGroup[]; readonly isQuiet: boolean },
): AwaitedMove {
  const [container = '', label] = name.split('/');
  const before = groups.find((group) => group.container === container);
  return {
    name: `pod/${pod}/${name}`,
    pod,
    moved: { container, ...(label === undefined ? {} : { label }) },
    before,
    isQuiet,
  };
}

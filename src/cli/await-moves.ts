/** Waits until what podd was asked for has happened. */
import type { ProgramGroup, ProgramObject } from '../protocol/api.ts';
import type { Client } from './client.ts';
import { type ControlGoal, isStuck, judgeMoved, type Moved, type Verdict } from './control-goal.ts';
import { followChanges } from './follow-changes.ts';
import type { Io } from './io.ts';
import { readGroupsIfThere } from './read-programs.ts';
import { tailOfLog } from './tail-of-log.ts';

export interface AwaitedMove {
  /** `pod/web/app/worker:1` */
  readonly name: string;
  readonly pod: string;
  readonly moved: Moved;
  readonly before: ProgramGroup | undefined;
  /** said already that it is unchanged: only its failure is news */
  readonly isQuiet: boolean;
}

/** What has become of a target: `pod/web/app restarted`. */
export type Tell = (name: string, outcome: string) => void;

export interface MoveOptions {
  readonly namespace: string;
  readonly goal: ControlGoal;
  /** negative: a week */
  readonly timeoutMs: number;
  readonly doneWord: string;
  readonly tell: Tell;
  readonly io: Io;
}

/** A plain container's program is no part of its pod's status: it is asked for this often. */
const askEveryMs = 500;
/** What takes no longer needs no progress. */
const progressAfterMs = 1000;
/** By then podd has heard what became of the request: what is stuck stays so. */
const stuckAfterMs = 1000;
const weekMs = 7 * 24 * 3_600_000;

/** Prints each move when it has happened; 1 when one failed, its pod went away, or the time is over. */
export async function awaitMoves(client: Client, moves: readonly AwaitedMove[], options: MoveOptions): Promise<number> {
  const { io, timeoutMs } = options;
  const waiting: Waiting = {
    left: new Map(moves.map((move) => [move.name, move])),
    code: 0,
    standing: new Map(),
    said: new Map(),
  };
  const ended = new AbortController();
  const limitMs = timeoutMs < 0 ? weekMs : Math.min(timeoutMs, weekMs);
  const timer = setTimeout(() => ended.abort(), limitMs);
  const tellOnInterrupt = (): void =>
    io.err(`${[...waiting.left.keys()].join(', ')}: still under way; only the wait ended\n`);
  process.prependListener('SIGINT', tellOnInterrupt);
  const beganMs = performance.now();
  try {
    const names = [...new Set(moves.map(({ pod }) => pod))];
    const scope = { namespace: options.namespace, names, everyMs: askEveryMs, signal: ended.signal };
    for await (const _change of followChanges(client, scope)) {
      await look(client, waiting, options, performance.now() - beganMs);
      if (waiting.left.size === 0) return waiting.code;
    }
    return await reportLate(waiting, options);
  } finally {
    process.removeListener('SIGINT', tellOnInterrupt);
    clearTimeout(timer);
    ended.abort();
  }
}

interface Waiting {
  readonly left: Map<string, AwaitedMove>;
  /** how each stood at the last look */
  readonly standing: Map<string, string>;
  /** what was shown of that */
  readonly said: Map<string, string>;
  code: number;
}

async function look(client: Client, waiting: Waiting, options: MoveOptions, sinceMs: number): Promise<void> {
  const open: Judged[] = [];
  for (const pod of new Set([...waiting.left.values()].map((move) => move.pod))) {
    const groups = await readGroupsIfThere(client, options.namespace, pod);
    for (const move of [...waiting.left.values()].filter((candidate) => candidate.pod === pod)) {
      const verdict = judge(move, groups, options.goal, options.io.now());
      if (verdict.kind !== 'waiting') await finish(client, move, verdict, { waiting, options });
      else {
        showProgress(move, verdict.why, waiting, { io: options.io, sinceMs });
        open.push({ move, verdict });
      }
    }
  }
  // As long as another one moves, it may be the one that they wait for.
  if (sinceMs < stuckAfterMs || !open.every(({ verdict }) => isStuck(options.goal, verdict))) return;
  for (const { move, verdict } of open)
    await finish(client, move, { ...verdict, kind: 'failed' }, { waiting, options });
}

interface Judged {
  readonly move: AwaitedMove;
  readonly verdict: Extract<Verdict, { readonly kind: 'waiting' }>;
}

interface Finishing {
  readonly waiting: Waiting;
  readonly options: MoveOptions;
}

async function finish(
  client: Client,
  move: AwaitedMove,
  verdict: Exclude<Verdict, { readonly kind: 'waiting' }>,
  { waiting, options }: Finishing,
): Promise<void> {
  waiting.left.delete(move.name);
  if (verdict.kind === 'done') {
    if (!move.isQuiet) options.tell(move.name, options.doneWord);
    return;
  }
  waiting.code = 1;
  await reportFailure(client, move, verdict, options);
}

function judge(
  { moved, before }: AwaitedMove,
  groups: readonly ProgramGroup[] | undefined,
  goal: ControlGoal,
  nowMs: number,
): Verdict {
  if (groups === undefined)
    return goal.verb === 'stop' ? { kind: 'done' } : { kind: 'failed', why: 'the pod was deleted' };
  return judgeMoved(
    goal,
    moved,
    before,
    groups.find(({ container }) => container === moved.container),
    nowMs,
  );
}

interface Progress {
  readonly io: Io;
  readonly sinceMs: number;
}

function showProgress(
  { name }: AwaitedMove,
  why: string,
  { said, standing }: Waiting,
  { io, sinceMs }: Progress,
): void {
  standing.set(name, why);
  if (io.columns === undefined || sinceMs < progressAfterMs || said.get(name) === why) return;
  said.set(name, why);
  io.err(`${name}: ${why}\n`);
}

async function reportFailure(
  client: Client,
  move: AwaitedMove,
  { why, program }: { readonly why: string; readonly program?: ProgramObject },
  { io, namespace }: MoveOptions,
): Promise<void> {
  io.err(`error: ${move.name}: ${why}\n`);
  const { container } = move.moved;
  const lines = await tailOfLog(client, {
    namespace,
    pod: move.pod,
    container,
    ...(program === undefined ? {} : { program }),
  });
  if (lines.length > 0) io.err(`its last output:\n${lines.map((line) => `  ${line}\n`).join('')}`);
  io.err(`hint: podctl why ${hintName(move, namespace)}\n`);
}

async function reportLate(waiting: Waiting, { io, namespace, timeoutMs, goal }: MoveOptions): Promise<number> {
  const wanted = goal.verb === 'start' || goal.verb === 'restart' ? goal.until : past[goal.verb];
  for (const move of waiting.left.values()) {
    io.err(`error: ${move.name}: not ${wanted} after ${timeoutMs / 1000}s${stands(waiting, move)}\n`);
    io.err(`hint: podctl why ${hintName(move, namespace)}\n`);
  }
  return waiting.left.size > 0 ? 1 : waiting.code;
}

const past = { stop: 'stopped', pause: 'paused', resume: 'resumed' } as const;

function stands({ standing }: Waiting, { name }: AwaitedMove): string {
  const why = standing.get(name);
  return why === undefined ? '' : `: ${why}`;
}

const hintName = ({ name }: AwaitedMove, namespace: string): string =>
  `${name.replace(/^pod\//, '')}${namespace === 'default' ? '' : ` -n ${namespace}`}`;

/**
 * Listens for what the kernel's memory controller tells of one running container, and makes events of it:
 *
 *   bell ──▶ look: more kills? ──yes──▶ OOMKilling, on record; listen again
 *              │ no                        (v1 rings before it kills; memory.high and memory.max ring this bell too)
 *              └──▶ silence, looks after 20, 80, 320 and 1280 ms, then listen again
 */
import type { Alarm, MemoryAlarms } from '../cgroup/alarms.ts';
import type { OomVictim } from '../cgroup/oom-victims.ts';
import { cgroupName } from '../cgroup/paths.ts';
import {
  type KillCounts,
  type NewKills,
  newKills,
  readKills,
  readMemoryHigh,
  toldWith,
} from '../cgroup/read-memory-counts.ts';
import { execLeaf } from '../init/process-tree.ts';
import type { CgroupLayout } from '../model/cgroup.ts';
import type { ProgramState } from '../protocol/init.ts';
import { readToldKills, writeToldKills } from '../store/told-kills.ts';
import { memoryHighMessage, oomMessage } from './alarm-words.ts';
import type { Instance } from './instance.ts';
import type { Clock } from './reconciler-deps.ts';

export interface WatchDeps {
  readonly layout: CgroupLayout;
  readonly clock: Clock;
  readonly memoryAlarms: MemoryAlarms;
  /** whom the OOM killer took in this cgroup since the last call, as far as the kernel's log says */
  readonly takeVictims: (cgroup: string) => readonly OomVictim[];
  readonly tell: (reason: string, message: string) => void;
  /** processes of this program were killed, `kills` of its leaf up to now */
  readonly onKilled: (program: ProgramState, kills: number) => void;
}

const looksAfterMs = [20, 80, 320, 1280] as const;
/** One event a minute about what goes on. */
export const tellAgainMs = 60_000;

/** `app`: the container's, relative to a hierarchy. */
export class KillWatch {
  readonly #instance: Instance;
  readonly #app: string;
  readonly #deps: WatchDeps;
  #told: KillCounts;
  #high: number;
  #highToldMs = Number.NEGATIVE_INFINITY;
  #alarm: Alarm | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(instance: Instance, app: string, deps: WatchDeps) {
    this.#instance = instance;
    this.#app = app;
    this.#deps = deps;
    this.#told = readToldKills(instance.runDir);
    this.#high = readMemoryHigh(deps.layout, app);
  }

  /** Listens, on v1 also to these leaves (directory names) that have limits of their own; tells what happened before. */
  arm(limitedLeaves: readonly string[]): void {
    this.close();
    const leaves = limitedLeaves.map((leaf) => `${this.#app}/${leaf}`);
    this.#alarm = this.#deps.memoryAlarms.open(this.#app, leaves, () => setImmediate(() => this.#lookAgain(0)));
    this.look();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#alarm?.close();
    this.#alarm = undefined;
  }

  /** Tells what is new; true when there were kills. */
  look(): boolean {
    const { layout } = this.#deps;
    this.#lookAtHigh();
    const now = readKills(layout, this.#app, [...this.#instance.leaves, execLeaf]);
    const news = newKills(this.#told, now);
    if (news.length === 0) return false;
    this.#told = toldWith(layout, this.#told, now, news);
    for (const kills of news) this.#tell(kills, now);
    // Told first: a podd that is killed in between tells it twice rather than never.
    writeToldKills(this.#instance.runDir, this.#told);
    return true;
  }

  #lookAgain(step: number): void {
    const alarm = this.#alarm;
    const afterMs = looksAfterMs[step];
    if (alarm === undefined) return;
    clearTimeout(this.#timer);
    alarm.pause();
    if (!this.look() && afterMs !== undefined) {
      this.#timer = setTimeout(() => this.#lookAgain(step + 1), afterMs).unref();
      return;
    }
    alarm.resume();
    // In between nothing rang.
    this.look();
  }

  #lookAtHigh(): void {
    const { layout, clock, tell } = this.#deps;
    const high = readMemoryHigh(layout, this.#app);
    const isMore = high > this.#high;
    this.#high = high;
    const nowMs = clock.monotonicMs();
    const resources = this.#instance.spec()?.resources;
    if (!isMore || resources === undefined || nowMs - this.#highToldMs < tellAgainMs) return;
    this.#highToldMs = nowMs;
    tell('MemoryThrottling', memoryHighMessage(this.#instance.container, resources));
  }

  #tell({ leaf, kills }: NewKills, now: KillCounts): void {
    const { takeVictims, tell, onKilled } = this.#deps;
    const names = takeVictims(leaf === undefined ? this.#app : `${this.#app}/${leaf}`).map(({ name }) => name);
    const program = this.#instance.view().programs?.find(({ name }) => cgroupName(name) === leaf);
    const label = this.#instance.spec()?.isPlain ? undefined : program?.label;
    const owner = leaf === execLeaf ? 'exec sessions' : label === undefined ? undefined : `program ${label}`;
    tell('OOMKilling', oomMessage(this.#instance.container, owner, kills, names));
    if (program !== undefined && leaf !== undefined) onKilled(program, now.leaves[leaf] ?? 0);
  }
}

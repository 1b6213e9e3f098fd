/** The tree of `podctl ps` as rows of words: pod, containers, programs. */
import type { ProgramGroup, ProgramObject } from '../protocol/api.ts';
import { formatAge } from './age.ts';
import { isPlainGroup } from './program-target.ts';
import {
  containerWord,
  explainState,
  formatBytes,
  formatContainerExit,
  formatCpuShare,
  formatLastExit,
  formatUptime,
  isPausedGroup,
  isResting,
  stateWord,
} from './program-words.ts';

/** How a state looks on a terminal. */
export type Tone = 'good' | 'busy' | 'bad' | 'quiet' | 'plain';

export interface PsRow {
  /** 0 pod, 1 container, 2 program */
  readonly depth: number;
  readonly namespace: string;
  readonly name: string;
  readonly tone: Tone;
  readonly state: string;
  readonly ready: string;
  /** on the host */
  readonly pid: string;
  /** in the container */
  readonly innerPid: string;
  readonly uptime: string;
  readonly restarts: string;
  readonly cpu: string;
  readonly memory: string;
  readonly processes: string;
  readonly lastExit: string;
  readonly message: string;
}

const empty = {
  ...{ state: '', ready: '', pid: '', innerPid: '', uptime: '', restarts: '' },
  ...{ cpu: '', memory: '', processes: '', lastExit: '', message: '' },
};

/** One row per pod, container and program; a container of a plain command is its program, in one row. */
export function psRows(groups: readonly ProgramGroup[], nowMs: number): readonly PsRow[] {
  return [...byPod(groups).values()].flatMap((containers) => [
    podRow(containers),
    ...containers.flatMap((group) => containerRows(group, nowMs)),
  ]);
}

/** Containers of one pod together, in the order in which pods come. */
export function byPod(groups: readonly ProgramGroup[]): ReadonlyMap<string, readonly ProgramGroup[]> {
  const pods = new Map<string, ProgramGroup[]>();
  for (const group of groups) {
    const key = `${group.namespace}/${group.pod}`;
    pods.set(key, [...(pods.get(key) ?? []), group]);
  }
  return pods;
}

function podRow(groups: readonly ProgramGroup[]): PsRow {
  const [first] = groups;
  const ready = groups.filter((group) => group.ready).length;
  return {
    ...empty,
    ...{ depth: 0, namespace: first?.namespace ?? '', name: first?.pod ?? '', tone: 'plain' },
    ready: `${ready}/${groups.length}`,
  };
}

function containerRows(group: ProgramGroup, nowMs: number): readonly PsRow[] {
  const { namespace, container: name, programs } = group;
  const [only] = programs;
  if (isPlainGroup(group) && only !== undefined && group.state === 'running') {
    const restarts = String(group.restarts + only.restarts);
    const lastExit = only.lastExit === undefined ? formatContainerExit(group, nowMs) : formatLastExit(only, nowMs);
    return [{ ...programRow(only, nowMs), depth: 1, name, restarts, lastExit }];
  }
  const row: PsRow = {
    ...empty,
    ...{ depth: 1, namespace, name, tone: toneOfContainer(group), state: containerWord(group) },
    ready: isPlainGroup(group) ? yesNo(group.ready) : readyShare(programs),
    uptime: group.state === 'running' ? ageOf(group.startedAt, nowMs) : '-',
    restarts: String(group.restarts),
    lastExit: group.lastExit === undefined ? '' : formatContainerExit(group, nowMs),
    message: group.message ?? '',
  };
  return [row, ...(isPlainGroup(group) ? [] : programs.map((program) => programRow(program, nowMs)))];
}

function programRow(program: ProgramObject, nowMs: number): PsRow {
  return {
    depth: 2,
    namespace: program.namespace,
    name: program.label,
    tone: toneOf(program),
    state: stateWord(program),
    ready: isResting(program) ? '-' : yesNo(program.ready),
    pid: numberOr(program.hostPid),
    innerPid: numberOr(program.pid),
    uptime: formatUptime(program),
    restarts: String(program.restarts),
    cpu: formatCpuShare(program.cpuMs, program.uptimeMs),
    memory: formatBytes(program.processes === 0 ? undefined : program.memoryBytes),
    processes: numberOr(program.processes),
    lastExit: formatLastExit(program, nowMs),
    message: explainState(program, nowMs),
  };
}

/** Good is what needs no look: running and ready; quiet is at rest as it should be. */
export function toneOf(program: ProgramObject): Tone {
  if (isResting(program) || stateWord(program) === 'PAUSED') return 'quiet';
  if (program.state === 'FATAL' || program.state === 'EXITED') return 'bad';
  return program.state === 'RUNNING' && program.ready ? 'good' : 'busy';
}

function toneOfContainer(group: ProgramGroup): Tone {
  const { state, reason = '', ready } = group;
  if (isPausedGroup(group)) return 'quiet';
  if (state === 'running') return ready ? 'good' : 'busy';
  if (reason === 'Completed' || reason === 'Stopped') return 'quiet';
  return state === 'terminated' || /Err|BackOff|Kill|Cannot|Fail/.test(reason) ? 'bad' : 'busy';
}

/** Of those that are to be ready: what is at rest as it should be holds nothing back. */
function readyShare(programs: readonly ProgramObject[]): string {
  const wanted = programs.filter((program) => program.ready || !isResting(program));
  return `${wanted.filter(({ ready }) => ready).length}/${wanted.length}`;
}

function ageOf(startedAt: string | undefined, nowMs: number): string {
  return startedAt === undefined ? '-' : formatAge(Math.max(0, nowMs - Date.parse(startedAt)));
}

const yesNo = (value: boolean): string => (value ? 'yes' : 'no');
const numberOr = (value: number | undefined): string => (value === undefined ? '-' : String(value));

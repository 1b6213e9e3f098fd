/** The effect `killAll`: KILL every process of the container, again and again until its PID 1 has no child left. */
import { currentPid, trySignal } from '../linux/process.ts';
import type { ProcessTree } from './process-tree.ts';

const SIGKILL = 9;
/** Between two rounds, where a fork can slip through. */
const againMs = 5;
const slowestMs = 200;

/** Returns what ends it. */
export function startKillLoop(tree: ProcessTree, afterRound: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const round = (nextMs: number): void => {
    tree.killAll();
    // also what a privileged container moved out of its cgroups; who joined this pid namespace ends with it anyway
    if (currentPid() === 1) trySignal(-1, SIGKILL);
    afterRound();
    if (!isOver) timer = setTimeout(() => round(Math.min(2 * nextMs, slowestMs)), nextMs);
  };
  round(againMs);
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

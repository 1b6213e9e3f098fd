/** oom_score_adj of podinit itself. */
import { writeFileSync } from 'node:fs';

/** Lowering needs CAP_SYS_RESOURCE, proc_pid_oom_score_adj(5): refused, podinit keeps the score it has. */
export function writeOomScoreAdj(score: number): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', String(score));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
  }
}

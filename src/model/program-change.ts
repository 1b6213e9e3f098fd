/** What a new plan of a running program costs. Pure; podd announces by it, podinit acts by it. */
import { sameJson } from '../util/same-json.ts';
import type { ProgramExecPlan, ProgramPlan } from './launch-plan.ts';

/** `in-place`: taken over without touching the process (restart rules, probes, stop, logs …). */
export type ProgramChange = 'none' | 'in-place' | 'restart';

export function programChange(from: ProgramPlan, to: ProgramPlan): ProgramChange {
  if (!sameExec(from.exec, to.exec) || notifyWay(from) !== notifyWay(to)) return 'restart';
  return sameJson({ ...from, exec: null }, { ...to, exec: null }) ? 'none' : 'in-place';
}

/** The order of variables, which no manifest field shows, means nothing to a process. */
function sameExec(from: ProgramExecPlan, to: ProgramExecPlan): boolean {
  if (sameJson(from, to)) return true;
  const sorted = (exec: ProgramExecPlan) => ({ ...exec, envp: [...exec.envp].sort() });
  return from.envp.length === to.envp.length && sameJson(sorted(from), sorted(to));
}

/** The ways of readiness that the process is told of at its start: by an environment variable or an fd. */
function notifyWay({ readiness }: ProgramPlan): string {
  if (readiness?.kind === 'notifyFd') return `fd ${readiness.fd}`;
  return readiness?.kind === 'notify' ? 'notify' : '';
}

/** What a new plan of a running program costs. Pure; podd announces by it, podinit acts by it. */
import { sameJson } from '../util/same-json.ts';
import type { ProgramPlan } from './launch-plan.ts';

/** `in-place`: taken over without touching the process (restart rules, probes, stop, logs …). */
export type ProgramChange = 'none' | 'in-place' | 'restart';

export function programChange(from: ProgramPlan, to: ProgramPlan): ProgramChange {
  if (sameJson(from, to)) return 'none';
  return sameJson(from.exec, to.exec) && notifyWay(from) === notifyWay(to) ? 'in-place' : 'restart';
}

/** The ways of readiness that the process is told of at its start: by an environment variable or an fd. */
function notifyWay({ readiness }: ProgramPlan): string {
  if (readiness?.kind === 'notifyFd') return `fd ${readiness.fd}`;
  return readiness?.kind === 'notify' ? 'notify' : '';
}

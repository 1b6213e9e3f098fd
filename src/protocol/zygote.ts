/** podd ↔ zygote: JSON lines over the zygote's fd 3. EOF on podd's side means: zygote and every child in flight are past their init.json. */
import type { LaunchPlan } from '../model/launch-plan.ts';

export type ZygoteRequest =
  | { readonly op: 'launch'; readonly seq: number; readonly plan: LaunchPlan }
  /** close the namespaces held for this pod uid */
  | { readonly op: 'drop'; readonly key: string }
  /** fork one child that allocates, collects, uses a timer and a socket */
  | { readonly op: 'selftest'; readonly seq: number };

export type ZygoteReply =
  /** warm; its own pid, which is not the one podd spawned */
  | { readonly op: 'ready'; readonly pid: number }
  | { readonly op: 'launched'; readonly seq: number; readonly pid: number }
  | { readonly op: 'refused'; readonly seq: number; readonly message: string }
  | { readonly op: 'selftested'; readonly seq: number; readonly ok: boolean; readonly message: string }
  /** raw wait status, wait(2) */
  | { readonly op: 'exited'; readonly pid: number; readonly status: number };

/** podd ↔ zygote: JSON lines over the zygote's fd 3. EOF on podd's side means: zygote and every child in flight are past their init.json. */
import type { CgroupPlacement, LaunchPlan, MemoryPlan, NamespaceSource } from '../model/launch-plan.ts';

/** What the fork itself needs of a LaunchPlan; the rest may follow while the child is being made. */
export type PreparePlan = Pick<LaunchPlan, 'runDir' | 'sandbox' | 'memory' | 'timeOffsets' | 'procView'> & {
  readonly pidNamespace: NamespaceSource;
  readonly layout: CgroupPlacement['layout'];
};

export type ZygoteRequest =
  /** make sandbox, socket and child, which waits for its plan; no answer */
  | { readonly op: 'prepare'; readonly seq: number; readonly prepare: PreparePlan }
  /** the plan for the child prepared under this seq; answered by launched or refused */
  | { readonly op: 'launch'; readonly seq: number; readonly plan: LaunchPlan }
  /** the child prepared under this seq gets no plan: it exits; no answer */
  | { readonly op: 'abandon'; readonly seq: number }
  /** close the namespaces held for this pod uid, that of its volumes in memory too */
  | { readonly op: 'drop'; readonly key: string; readonly keepsMemory?: true }
  /** hold the volumes in memory of a pod whose containers run; no answer */
  | { readonly op: 'memory'; readonly memory: MemoryPlan }
  /** a file in one of a pod's volumes in memory; answered by read */
  | {
      readonly op: 'read';
      readonly seq: number;
      readonly key: string;
      readonly volume: string;
      readonly path: string;
    }
  /** fork one child that allocates, collects, uses a timer and a socket */
  | { readonly op: 'selftest'; readonly seq: number };

export type ZygoteReply =
  /** warm; its own pid, which is not the one podd spawned */
  | { readonly op: 'ready'; readonly pid: number }
  | { readonly op: 'launched'; readonly seq: number; readonly pid: number }
  | { readonly op: 'refused'; readonly seq: number; readonly message: string }
  | { readonly op: 'selftested'; readonly seq: number; readonly ok: boolean; readonly message: string }
  /** text absent: there is no such file; message: why it is not read */
  | { readonly op: 'read'; readonly seq: number; readonly text?: string; readonly message?: string }
  /** raw wait status, wait(2) */
  | { readonly op: 'exited'; readonly pid: number; readonly status: number };

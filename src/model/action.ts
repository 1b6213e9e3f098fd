/** One step of the reconciler. `decide` chooses them, `execute` has one executor per `action`; actions of one decision do not depend on each other. */

/** Name under which the PID 1 of a pod's shared pid namespace stands among the pod's containers; no container can be named so. */
export const podInitName = '_pod';

export type Action =
  /** start the PID 1 of the shared pid namespace */
  | { readonly action: 'startPodInit'; readonly attempt: number }
  | { readonly action: 'startContainer'; readonly container: string; readonly attempt: number }
  /** ask the init to end: TERM, KILL after graceMs */
  | {
      readonly action: 'stopContainer';
      readonly container: string;
      readonly id: string;
      readonly graceMs: number;
      readonly why: string;
      /** the pod is over: it is not to run again, whatever its policy says */
      readonly final?: true;
    }
  /** the init did not go in time: kill its whole cgroup */
  | { readonly action: 'killContainer'; readonly container: string; readonly id: string }
  /** after the exit: kill what is left, remove cgroup, layers and run directory */
  | { readonly action: 'removeContainer'; readonly container: string; readonly id: string }
  | { readonly action: 'updateResources'; readonly container: string; readonly id: string }
  /** the limits of the pod's own cgroup */
  | { readonly action: 'updatePodResources' }
  /** the bandwidth of its link */
  | { readonly action: 'limitLink' }
  /** hand the wanted programs to the init that runs, and what its volumes show now to both; `cascade`: what depends on a restarted one is restarted too */
  | {
      readonly action: 'updatePrograms';
      readonly container: string;
      readonly id: string;
      readonly cascade: boolean;
    }
  /** remove cgroup leaves of programs that are gone; directory names */
  | {
      readonly action: 'removeLeaves';
      readonly container: string;
      readonly id: string;
      readonly leaves: readonly string[];
    }
  /** let go of the pod's shared namespaces */
  | { readonly action: 'dropSandbox' }
  /** last of all: logs, layers, cgroup and record of the pod */
  | { readonly action: 'forgetPod' };

/** Names what an action is about; a failed action is held back under this key until its retry time. */
export function actionKey(action: Action): string {
  return 'container' in action ? `${action.action} ${action.container}` : action.action;
}

/** The plan of `_pod`, the PID 1 of a pod's shared pid namespace. Pure. */
import { podInitName } from '../model/action.ts';
import type { LaunchPlan } from '../model/launch-plan.ts';
import type { PodSpec } from '../model/pod-spec.ts';
import type { LaunchContext } from './launch-context.ts';
import { planCommon } from './plan-launch.ts';

/** It runs no program and writes no log: its root holds nothing but /proc, which it reaps and reads by. */
export function planPodInit(pod: PodSpec, context: LaunchContext): LaunchPlan {
  return {
    ...planCommon(pod, podInitName, context),
    role: 'pod',
    root: { kind: 'tmpfs', mode: 0o755 },
    sources: [],
    rootOps: [
      { op: 'mount', type: 'proc', path: '/proc', attributes: ['nosuid', 'nodev', 'noexec'], data: '' },
      { op: 'readonlyRoot' },
    ],
    capabilities: [],
    programs: [],
  };
}

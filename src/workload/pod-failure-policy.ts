/** What a Job's podFailurePolicy makes of a pod that failed (job/pod_failure_policy.go). Pure. */
import type { JobObject, PodFailureRule } from '../model/job-spec.ts';
import type { OwnedPod } from '../model/workload.ts';

export interface FailureJudgement {
  readonly action: PodFailureRule['action'];
  /** of FailJob: why */
  readonly message: string;
}

/** The first rule that fits; without one a failure counts. */
export function judgeFailure({ spec, namespace }: JobObject, pod: OwnedPod): FailureJudgement {
  const rules = spec.podFailurePolicy?.rules ?? [];
  for (const [position, rule] of rules.entries()) {
    const match = matchOf(rule, pod, `${namespace}/${pod.name}`);
    if (match === undefined) continue;
    return { action: rule.action, message: `${match} matching ${rule.action} rule at index ${position}` };
  }
  return { action: 'Count', message: '' };
}

function matchOf({ onExitCodes, onPodConditions }: PodFailureRule, pod: OwnedPod, where: string): string | undefined {
  if (onExitCodes !== undefined) {
    const { containerName, operator, values } = onExitCodes;
    const match = Object.entries(pod.exitCodes).find(
      ([name, code]) => code !== 0 && name === (containerName ?? name) && values.includes(code) === (operator === 'In'),
    );
    return match && `Container ${match[0]} for pod ${where} failed with exit code ${match[1]}`;
  }
  const condition = pod.conditions.find((one) =>
    onPodConditions?.some(({ type, status = 'True' }) => one.type === type && one.status === status),
  );
  return condition && `Pod ${where} has condition ${condition.type}`;
}

/** The second look at an apply's io limits: their devices are here. Reads, and writes nothing. */
import { lookUpDevices } from '../cgroup/look-up-devices.ts';
import { type FieldPath, type FieldProblem, fieldProblem } from '../manifest/field-problem.ts';
import { listOf } from '../manifest/listed-containers.ts';
import type { PodSpec } from '../model/pod-spec.ts';
import type { ResourceSpec } from '../model/resource-spec.ts';
import { formatError, hintOf } from '../util/pod-error.ts';
import { rejectBad, subjectOf } from './judge-manifests.ts';
import type { PlannedApply } from './plan-apply.ts';

/** Throws PodError `Invalid` when a pod that is to change limits a device that is not here, or is no disk. */
export function rejectDevices(pods: readonly PlannedApply[]): void {
  rejectBad(
    pods.flatMap(({ version: { manifest, spec }, step }) => {
      const problems = step === 'nothing' ? [] : problemsOf(spec);
      return problems.length === 0 ? [] : [{ subject: subjectOf(manifest), problems }];
    }),
  );
}

function problemsOf({ resources, containers }: PodSpec): FieldProblem[] {
  return [
    ...check(resources, ['spec', 'resources']),
    ...containers.flatMap((container) => {
      const list = listOf(container);
      const path = ['spec', list, containers.filter((other) => listOf(other) === list).indexOf(container)];
      return [
        ...check(container.resources, [...path, 'resources']),
        ...container.programs.flatMap((program, m) => check(program.resources, [...path, 'processes', m, 'resources'])),
      ];
    }),
  ];
}

function check(resources: ResourceSpec | undefined, path: FieldPath): FieldProblem[] {
  return (resources?.ioDevices ?? []).flatMap((device, n) => {
    try {
      lookUpDevices({ ioDevices: [device] });
      return [];
    } catch (error) {
      const hint = hintOf(error);
      return [fieldProblem([...path, 'io', 'devices', n], formatError(error), hint === undefined ? {} : { hint })];
    }
  });
}

/** Rules for the volumes that variables are read from (Kubernetes validateFileKeyRefVolumes). */
import { type FieldPath, invalid, type ProblemSink } from './field-problem.ts';
import { listedContainers } from './listed-containers.ts';
import { isEnvList } from './rules-env.ts';
import type { MountContext } from './rules-mounts.ts';
import type { LooseProcess, LooseSpec } from './schema.ts';

/** Each fileKeyRef names an emptyDir of the pod. */
export function checkEnvFileVolumes(spec: LooseSpec, context: MountContext, problems: ProblemSink): void {
  for (const { container, path } of listedContainers(spec)) {
    checkEnv(container.env, [...path, 'env'], context, problems);
    container.processes?.forEach((process, index) => {
      checkEnv(process?.env, [...path, 'processes', index, 'env'], context, problems);
    });
  }
}

function checkEnv(
  env: LooseProcess['env'],
  path: FieldPath,
  { names, isWhole }: MountContext,
  problems: ProblemSink,
): void {
  if (!isEnvList(env)) return;
  env.forEach((variable, index) => {
    const name = variable?.valueFrom?.fileKeyRef?.volumeName;
    const at = [...path, index, 'valueFrom', 'fileKeyRef', 'volumeName'];
    const source = name ? names.get(name) : undefined;
    if (name && source === undefined && isWhole) problems.error(at, `Not found: "${name}"`);
    if (source !== undefined && source !== 'emptyDir')
      problems.error(at, invalid(name, 'referenced volume must be of type emptyDir'));
  });
}

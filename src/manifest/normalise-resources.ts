/** Amounts of containers and programs in kernel-near units. */
import type { ResourceSpec } from '../model/pod-spec.ts';
import { parseQuantity, quantityMillis, quantityUnits } from '../util/quantity.ts';
import { defaultPidsLimit } from './limits.ts';
import type { ContainerInput, ProcessInput } from './schema.ts';

type Resources = Pick<NonNullable<ContainerInput['resources']>, 'limits' | 'requests'> | undefined;

/** Of a container. */
export function normaliseResources(resources: Resources): ResourceSpec {
  return { ...commonResources(resources), pidsLimit: defaultPidsLimit };
}

/** Of a program: limited by its container's where it has none of its own. */
export function normaliseProgramResources(resources: ProcessInput['resources']): ResourceSpec {
  const pids = amount(resources, 'limits', 'pids', quantityUnits);
  const weight = resources?.io?.weight;
  return {
    ...commonResources(resources),
    ...(pids ? { pidsLimit: pids } : {}),
    ...(weight === undefined ? {} : { ioWeight: weight }),
  };
}

/** Requests default to limits (Kubernetes SetDefaults_Pod); a zero means not limited, not requested. */
function commonResources(resources: Resources): ResourceSpec {
  const cpuLimit = amount(resources, 'limits', 'cpu', quantityMillis);
  const memoryLimit = amount(resources, 'limits', 'memory', quantityUnits);
  const cpuRequest = amount(resources, 'requests', 'cpu', quantityMillis) ?? cpuLimit;
  const memoryRequest = amount(resources, 'requests', 'memory', quantityUnits) ?? memoryLimit;
  return {
    ...(cpuLimit ? { cpuLimitMillis: cpuLimit } : {}),
    ...(cpuRequest ? { cpuRequestMillis: cpuRequest } : {}),
    ...(memoryLimit ? { memoryLimitBytes: memoryLimit } : {}),
    ...(memoryRequest ? { memoryRequestBytes: memoryRequest } : {}),
  };
}

function amount(
  resources: Resources,
  kind: 'limits' | 'requests',
  name: string,
  convert: (nano: bigint) => number,
): number | undefined {
  const written = resources?.[kind]?.[name];
  const nano = written === undefined ? undefined : parseQuantity(String(written));
  return nano === undefined ? undefined : convert(nano);
}

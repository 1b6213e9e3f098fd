/** Annotations that once said what a field says now: nothing reads them. Pure. */
import type { ProblemSink } from './field-problem.ts';
import { listedContainers } from './listed-containers.ts';
import type { LooseContainer, LoosePod } from './schema.ts';

const useSeccomp = 'non-functional in v1.27+; use the "seccompProfile" field instead';
const useSysctls = 'non-functional in v1.11+; use the "sysctls" field instead';
const useAppArmor = 'deprecated since v1.30; use the "appArmorProfile" field instead';
const ofPod = 'seccomp.security.alpha.kubernetes.io/pod';

/** Kubernetes' words (pkg/api/pod/warnings.go). */
const ofPods: Readonly<Record<string, string>> = {
  'scheduler.alpha.kubernetes.io/critical-pod': 'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls': useSysctls,
  'security.alpha.kubernetes.io/unsafe-sysctls': useSysctls,
  [ofPod]: useSeccomp,
};

/** By what stands before the container's name. */
const ofContainers: Readonly<Record<string, readonly [message: string, field: keyof Security]>> = {
  'container.seccomp.security.alpha.kubernetes.io': [useSeccomp, 'seccompProfile'],
  'container.apparmor.security.beta.kubernetes.io': [useAppArmor, 'appArmorProfile'],
};

type Security = NonNullable<LooseContainer['securityContext']>;

/** Warns of each at its key, unless the field is there too, as servers of those days wrote both. */
export function warnAnnotations({ metadata, spec }: LoosePod, problems: ProblemSink): void {
  for (const key of Object.keys(metadata?.annotations ?? {})) {
    const isSaid = key === ofPod && spec?.securityContext?.seccompProfile !== undefined;
    const message = Object.hasOwn(ofPods, key) && !isSaid ? ofPods[key] : wordsOfContainer(key, spec);
    if (message !== undefined) problems.warn(['metadata', 'annotations', key], message, { at: 'key' });
  }
}

function wordsOfContainer(key: string, spec: LoosePod['spec']): string | undefined {
  const [prefix = '', name] = key.split('/');
  const [message, field] = Object.hasOwn(ofContainers, prefix) ? (ofContainers[prefix] ?? []) : [];
  const found = listedContainers(spec ?? {}).find(({ container }) => container?.name === name);
  if (field === undefined || found === undefined) return undefined;
  return found.container?.securityContext?.[field] === undefined ? message : undefined;
}

/** Annotations that once said what a field says now: nothing reads them. Pure. */
import type { ProblemSink } from './field-problem.ts';
import { listedContainers } from './listed-containers.ts';
import type { LoosePod } from './schema.ts';

const useSysctls = 'non-functional in v1.11+; use the "sysctls" field instead';
const useSeccomp = 'non-functional in v1.27+; use the "seccompProfile" field instead';
const seccompOfPod = 'seccomp.security.alpha.kubernetes.io/pod';
const seccompOfContainer = 'container.seccomp.security.alpha.kubernetes.io/';

/** Kubernetes' words (pkg/api/pod/warnings.go). */
const withoutMeaning: ReadonlyMap<string, string> = new Map([
  ['scheduler.alpha.kubernetes.io/critical-pod', 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ['security.alpha.kubernetes.io/sysctls', useSysctls],
  ['security.alpha.kubernetes.io/unsafe-sysctls', useSysctls],
]);

/** Warns of each at its key. */
export function warnAnnotations({ metadata, spec }: LoosePod, problems: ProblemSink): void {
  for (const key of Object.keys(metadata?.annotations ?? {})) {
    const message = withoutMeaning.get(key) ?? (isLostSeccomp(key, spec) ? useSeccomp : undefined);
    if (message !== undefined) problems.warn(['metadata', 'annotations', key], message, { at: 'key' });
  }
}

/** Servers of those days wrote the field beside the annotation: then nothing is lost. */
function isLostSeccomp(key: string, spec: LoosePod['spec']): boolean {
  if (key === seccompOfPod) return spec?.securityContext?.seccompProfile === undefined;
  if (!key.startsWith(seccompOfContainer)) return false;
  const named = listedContainers(spec ?? {}).find(({ container }) => `${seccompOfContainer}${container?.name}` === key);
  return named !== undefined && named.container?.securityContext?.seccompProfile === undefined;
}

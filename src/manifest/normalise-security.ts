/** securityContext as wanted: what a container may. */
import { capabilityNames } from '../model/capability-names.ts';
import type { SecuritySpec } from '../model/pod-spec.ts';
import { planCapabilities } from './container-capabilities.ts';
import type { ContainerInput, LooseContainer, LooseSpec, PodInput } from './schema.ts';

type ContainerSecurity = ContainerInput['securityContext'];
type PodSecurity = PodInput['spec']['securityContext'];

/** The container's own words win over the pod's. */
export function normaliseSecurity(own: ContainerSecurity, pod: PodSecurity): SecuritySpec {
  const privileged = own?.privileged ?? false;
  const { add = [], drop = [] } = own?.capabilities ?? {};
  return {
    capabilities: privileged ? [...capabilityNames] : planCapabilities(add, drop),
    noNewPrivileges: own?.allowPrivilegeEscalation === false,
    readOnlyRootFilesystem: own?.readOnlyRootFilesystem ?? false,
    privileged,
    ...normaliseSeccomp(own?.seccompProfile ?? pod?.seccompProfile),
    ...(own?.procMount === 'Unmasked' ? { procMount: 'Unmasked' } : {}),
  };
}

/** What a container may whose manifest says nothing of it. */
export const defaultSecurity: SecuritySpec = normaliseSecurity(undefined, undefined);

/**
 * Why the container must not start as the user it would have, in the kubelet's words. Undefined also where an image not known yet says
 * who that is, and for `processes`, which are judged one by one.
 */
export function rootComplaint(
  container: Pick<LooseContainer, 'securityContext' | 'rootfs' | 'image' | 'processes'>,
  spec: Pick<LooseSpec, 'securityContext'>,
): string | undefined {
  const own = container.securityContext;
  const pod = spec.securityContext;
  if ((own?.runAsNonRoot ?? pod?.runAsNonRoot) !== true || container.processes !== undefined) return undefined;
  const user = own?.runAsUser ?? pod?.runAsUser;
  if (user === 0) return "container's runAsUser breaks non-root policy";
  const isKnown = container.rootfs !== undefined || container.image === 'host';
  return user === undefined && isKnown ? 'container has runAsNonRoot and image will run as root' : undefined;
}

/** RuntimeDefault is what is done without a word. */
function normaliseSeccomp(
  profile: { readonly type?: string | undefined; readonly localhostProfile?: string | undefined } | undefined,
): Pick<SecuritySpec, 'seccomp'> {
  if (profile?.type === 'Unconfined') return { seccomp: 'unconfined' };
  return profile?.type === 'Localhost' ? { seccomp: { localhost: profile.localhostProfile ?? '' } } : {};
}

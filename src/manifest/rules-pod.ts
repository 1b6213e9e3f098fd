/** Rules for a pod as a whole (Kubernetes ValidatePodSpec). */
import { parseDuration } from '../util/duration.ts';
import { checkBandwidth } from './bandwidth.ts';
import { duplicate, type FieldPath, forbidden, invalid, type ProblemSink, required } from './field-problem.ts';
import { isSidecar, listedContainers } from './listed-containers.ts';
import { qualifiedNameComplaint } from './name-rules.ts';
import { type ContainerContext, checkContainer } from './rules-container.ts';
import { checkDevRules } from './rules-dev.ts';
import { checkClaimsOfDevices } from './rules-device-claims.ts';
import { checkMetadata } from './rules-metadata.ts';
import { checkNamespaces } from './rules-namespaces.ts';
import { checkNesting } from './rules-nesting.ts';
import { checkPodAnnotations } from './rules-pod-annotations.ts';
import { checkPodNames } from './rules-pod-names.ts';
import { checkProcesses } from './rules-processes.ts';
import { checkAppArmorAnnotations } from './rules-profiles.ts';
import { checkResources } from './rules-resources.ts';
import { checkScheduling } from './rules-scheduling.ts';
import { checkPodSecurity } from './rules-security.ts';
import { checkSystem } from './rules-system.ts';
import { checkUsers } from './rules-users.ts';
import { checkDelay } from './rules-values.ts';
import { checkVolumes } from './rules-volumes.ts';
import type { LooseContainer, LoosePod, LooseSpec } from './schema.ts';

/** `isTemplate`: what the API server looks at in pods alone is left out. Everything Kubernetes' API server, or this machine, refuses beyond wrong types. Parts already found wrong are absent from `pod`. */
export function checkPod(pod: LoosePod, problems: ProblemSink, isTemplate = false): void {
  checkMetadata(pod.metadata, problems);
  checkBandwidth(pod, problems);
  const spec = pod.spec;
  if (spec === undefined) return;
  const isOurs = pod.apiVersion === 'podctl.dev/v1';
  checkContainers(spec, { isOurs, isTemplate }, problems);
  checkResources(spec.resources, { level: 'pod', isOurs }, ['spec', 'resources'], problems);
  checkNesting(spec, isOurs, problems);
  checkSharing(spec, problems);
  checkUsers(spec, problems);
  checkPodNames(pod, spec, problems);
  checkTimes(spec, problems);
  checkPodSecurity(spec, problems);
  checkAppArmorAnnotations(pod, problems);
  checkPodAnnotations(pod, problems);
  checkVolumes(pod, spec, problems);
  checkScheduling(spec, isTemplate, problems);
  checkSystem(spec, problems);
  checkClaimsOfDevices(spec, problems);
  if (spec.ephemeralContainers?.length) {
    const words = isTemplate ? 'ephemeral containers not allowed in pod template' : 'cannot be set on create';
    problems.error(['spec', 'ephemeralContainers'], forbidden(words), { at: 'key' });
  }
}

function checkContainers(
  spec: LooseSpec,
  kind: Pick<ContainerContext, 'isOurs' | 'isTemplate'>,
  problems: ProblemSink,
): void {
  if (spec.containers?.length === 0) problems.error(['spec', 'containers'], required());
  const seen = new Set<string>();
  const listed = listedContainers(spec);
  for (const { container, path, list } of listed)
    checkContainer(container, path, { ...kind, spec, isInit: list === 'initContainers' }, problems);
  // as Kubernetes, which looks at init containers last
  for (const wanted of ['containers', 'initContainers'])
    for (const { container, path, list } of listed)
      if (list === wanted) checkUnique(container.name, seen, [...path, 'name'], problems);
  checkHostPorts(spec, problems);
  checkNamespaces(spec, problems);
  checkProcesses(spec, problems);
  checkDevRules(spec, problems);
}

function checkUnique(name: string | undefined, seen: Set<string>, path: FieldPath, problems: ProblemSink): void {
  if (!name) return;
  if (seen.has(name)) problems.error(path, duplicate(name));
  seen.add(name);
}

/** No two containers may claim one port of the machine (checkHostPortConflicts). */
function checkHostPorts(spec: LooseSpec, problems: ProblemSink): void {
  const together = new Set<string>();
  for (const listed of listedContainers(spec)) {
    // An init container that ends has gone before the others come.
    const seen = listed.list === 'initContainers' && !isSidecar(listed) ? new Set<string>() : together;
    listed.container.ports?.forEach((port, index) => {
      const claim = hostPortClaim(port, spec.hostNetwork === true);
      if (claim === undefined) return;
      if (seen.has(claim)) {
        const at = [...listed.path, 'ports', index];
        const place = [...at, port?.hostPort ? 'hostPort' : 'containerPort'];
        problems.error(place, duplicate(claim), { told: [...at, 'hostPort'] });
      }
      seen.add(claim);
    });
  }
}

function hostPortClaim(port: NonNullable<LooseContainer['ports']>[number], hostNetwork: boolean): string | undefined {
  const hostPort = port?.hostPort || (hostNetwork ? port?.containerPort : undefined);
  return hostPort ? `${port?.protocol || 'TCP'}/${port?.hostIP ?? ''}/${hostPort}` : undefined;
}

function checkSharing(spec: LooseSpec, problems: ProblemSink): void {
  if (spec.shareProcessNamespace === true && spec.hostPID === true) {
    const message = invalid(true, 'ShareProcessNamespace and HostPID cannot both be enabled');
    problems.error(['spec', 'shareProcessNamespace'], message);
  }
}

function checkTimes(spec: LooseSpec, problems: ProblemSink): void {
  const grace = spec.terminationGracePeriodSeconds;
  if (grace !== undefined && grace < 0)
    problems.warn(['spec', 'terminationGracePeriodSeconds'], 'must not be negative; it counts as 1, as in Kubernetes');
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined && (deadline < 1 || deadline > 2_147_483_647)) {
    problems.error(['spec', 'activeDeadlineSeconds'], invalid(deadline, 'must be between 1 and 2147483647, inclusive'));
  }
  checkBackoff(spec.backoff, problems);
  checkReadinessGates(spec.readinessGates, problems);
}

/** Condition types are qualified names (ValidateReadinessGates). */
function checkReadinessGates(gates: LooseSpec['readinessGates'], problems: ProblemSink): void {
  gates?.forEach((gate, index) => {
    const path = ['spec', 'readinessGates', index, 'conditionType'];
    const complaint = gate?.conditionType === undefined ? undefined : qualifiedNameComplaint(gate.conditionType);
    if (complaint !== undefined) problems.error(path, invalid(gate?.conditionType, complaint));
    else if (gate !== undefined && !('conditionType' in gate))
      problems.error(path, invalid('', 'name part must be non-empty'));
  });
}

function checkBackoff(backoff: LooseSpec['backoff'], problems: ProblemSink): void {
  if (backoff === undefined) return;
  const path = ['spec', 'backoff'];
  for (const name of ['initial', 'max', 'resetAfter'] as const) checkDelay(backoff[name], [...path, name], problems);
  const { factor } = backoff;
  if (factor !== undefined && !(factor >= 1 && factor <= 100)) {
    problems.error([...path, 'factor'], invalid(factor, 'must be between 1 and 100, inclusive'));
  }
  const initial = parseDuration(backoff.initial ?? '10s') ?? 0;
  const max = parseDuration(backoff.max ?? '5m') ?? Number.POSITIVE_INFINITY;
  if (initial > max) {
    const name = backoff.max === undefined ? 'initial' : 'max';
    problems.error([...path, name], invalid(backoff[name], 'max must be greater than or equal to initial'), {
      hint: 'defaults: initial 10s, max 5m',
    });
  }
}

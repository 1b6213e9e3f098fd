/** Rules for a pod as a whole (Kubernetes ValidatePodSpec). */
import { parseDuration } from '../util/duration.ts';
import { checkBandwidth } from './bandwidth.ts';
import { duplicate, type FieldPath, forbidden, invalid, type ProblemSink, required } from './field-problem.ts';
import { isSidecar, listedContainers } from './listed-containers.ts';
import { qualifiedNameComplaint } from './name-rules.ts';
import { checkContainer } from './rules-container.ts';
import { checkDevRules } from './rules-dev.ts';
import { checkMetadata } from './rules-metadata.ts';
import { checkNamespaces } from './rules-namespaces.ts';
import { checkNesting } from './rules-nesting.ts';
import { checkPodNames } from './rules-pod-names.ts';
import { checkProcesses } from './rules-processes.ts';
import { checkAppArmorAnnotations } from './rules-profiles.ts';
import { checkResources } from './rules-resources.ts';
import { checkScheduling } from './rules-scheduling.ts';
import { checkPodSecurity } from './rules-security.ts';
import { checkUsers } from './rules-users.ts';
import { checkDelay } from './rules-values.ts';
import { checkVolumes } from './rules-volumes.ts';
import type { LooseContainer, LoosePod, LooseSpec } from './schema.ts';

/** Everything Kubernetes' API server, or this machine, refuses beyond wrong types. Parts already found wrong are absent from `pod`. */
export function checkPod(pod: LoosePod, problems: ProblemSink): void {
  checkMetadata(pod.metadata, problems);
  checkBandwidth(pod, problems);
  const spec = pod.spec;
  if (spec === undefined) return;
  const isOurs = pod.apiVersion === 'podctl.dev/v1';
  checkContainers(spec, isOurs, problems);
  checkResources(spec.resources, { level: 'pod', isOurs }, ['spec', 'resources'], problems);
  checkNesting(spec, isOurs, problems);
  checkSharing(spec, problems);
  checkUsers(spec, problems);
  checkPodNames(pod, spec, problems);
  checkTimes(spec, problems);
  checkPodSecurity(spec, problems);
  checkAppArmorAnnotations(pod, problems);
  checkVolumes(pod, spec, problems);
  checkScheduling(spec, problems);
  if (spec.ephemeralContainers?.length)
    problems.error(['spec', 'ephemeralContainers'], forbidden('cannot be set on create'), { at: 'key' });
}

function checkContainers(spec: LooseSpec, isOurs: boolean, problems: ProblemSink): void {
  if (spec.containers?.length === 0) problems.error(['spec', 'containers'], required());
  const seen = new Set<string>();
  for (const { container, path, list } of listedContainers(spec)) {
    checkContainer(container, path, { spec, isOurs, isInit: list === 'initContainers' }, problems);
    checkUnique(container.name, seen, [...path, 'name'], problems);
  }
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
  const seen = new Set<string>();
  for (const listed of listedContainers(spec)) {
    // An init container that ends has gone before the others come.
    if (listed.list === 'initContainers' && !isSidecar(listed)) continue;
    listed.container.ports?.forEach((port, index) => {
      const claim = hostPortClaim(port, spec.hostNetwork === true);
      if (claim === undefined) return;
      const name = port?.hostPort ? 'hostPort' : 'containerPort';
      checkUnique(claim, seen, [...listed.path, 'ports', index, name], problems);
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
  if (grace !== undefined && grace < 0) {
    problems.error(['spec', 'terminationGracePeriodSeconds'], invalid(grace, 'must be greater than or equal to 0'));
  }
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

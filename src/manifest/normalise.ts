/** From what the user wrote to what is wanted: every default filled in, every quantity a number, frozen. */
import type { ContainerRole, RestartRule } from '../model/lifecycle-spec.ts';
import { type Materials, noMaterials } from '../model/materials.ts';
import type {
  BackoffSpec,
  ContainerSpec,
  PodManifest,
  PodSpec,
  PortSpec,
  RestartPolicy,
  RootSource,
} from '../model/pod-spec.ts';
import { sysctlPath } from '../model/sysctl.ts';
import { shortestAddress } from '../util/cidr.ts';
import { parseDuration } from '../util/duration.ts';
import { normaliseBandwidth } from './bandwidth.ts';
import { deepFreeze } from './deep-freeze.ts';
import { allContainers, isSidecar } from './listed-containers.ts';
import { mapImages } from './map-images.ts';
import { normaliseDevices } from './normalise-devices.ts';
import { normaliseEnv } from './normalise-env.ts';
import type { KnownOfPod } from './normalise-fields.ts';
import { normaliseHealth, normaliseTerminationMessage } from './normalise-health.ts';
import { normaliseNames, podHostnames } from './normalise-names.ts';
import { containerNamespaces, timeOffsets } from './normalise-namespaces.ts';
import { normalisePrograms, type ProgramsContext } from './normalise-programs.ts';
import { normalisePodResources, normaliseResources } from './normalise-resources.ts';
import { normaliseSecurity, rootComplaint } from './normalise-security.ts';
import { normaliseMounts } from './normalise-volumes.ts';
import { graceSeconds } from './process-values.ts';
import { gateMissing } from './scheduling-gates.ts';
import type { ContainerInput, PodInput } from './schema.ts';
import { claimMissing, claimReferences } from './volume-references.ts';

type Spec = PodInput['spec'];

/**
 * The PodSpec of a manifest that validatePod accepted (its types are trusted here), with the contents that it refers to; the same
 * input gives the same, deeply frozen output.
 */
export function normalisePod(manifest: PodManifest, materials: Materials = noMaterials): PodSpec {
  const { metadata } = manifest;
  const spec = mapImages(manifest.spec as unknown as Spec, materials.images);
  const namespace = metadata.namespace || 'default';
  const hostnames = podHostnames(spec, { name: metadata.name, namespace });
  const context = {
    spec,
    hostname: hostnames.hostname,
    materials: { ...materials, namespace },
    pod: knownOfPod(manifest, namespace),
    missing: [
      ...gateMissing(spec.schedulingGates),
      ...claimReferences(spec).flatMap(({ name }) =>
        materials.claims?.has(name) === true ? [] : [claimMissing(name)],
      ),
    ],
  };
  const containers = allContainers(spec).map((listed) => normaliseContainer(listed.container, roleOf(listed), context));
  const resources = normalisePodResources(
    spec.resources,
    containers.map((container) => container.resources),
  );
  const bandwidth = isLinked(spec) ? normaliseBandwidth(metadata.annotations) : undefined;
  return deepFreeze({
    name: metadata.name,
    namespace,
    labels: { ...metadata.labels },
    annotations: { ...metadata.annotations },
    ...hostnames,
    ...(spec.network === 'none' ? { network: 'none' } : {}),
    ...(spec.subdomain ? { subdomain: spec.subdomain } : {}),
    ...(bandwidth === undefined ? {} : { bandwidth }),
    restartPolicy: spec.restartPolicy || 'Always',
    backoff: normaliseBackoff(spec.backoff),
    ...(spec.enableServiceLinks === false ? { enableServiceLinks: false } : {}),
    ...normaliseGroup(spec.securityContext),
    ...normaliseSysctls(spec.securityContext?.sysctls),
    ...(spec.hostUsers === false ? { hostUsers: false } : {}),
    graceMs: graceSeconds(spec) * 1000,
    ...(spec.activeDeadlineSeconds === undefined ? {} : { activeDeadlineMs: spec.activeDeadlineSeconds * 1000 }),
    ...(spec.readinessGates?.length
      ? { readinessGates: spec.readinessGates.flatMap(({ conditionType }) => conditionType ?? []) }
      : {}),
    ...(resources === undefined ? {} : { resources }),
    containers,
  });
}

/** Of its volumes. */
function normaliseGroup(security: Spec['securityContext']): Pick<PodSpec, 'fsGroup' | 'fsGroupChangePolicy'> {
  const { fsGroup, fsGroupChangePolicy: policy } = security ?? {};
  return {
    ...(fsGroup === undefined ? {} : { fsGroup }),
    ...(policy === 'OnRootMismatch' ? { fsGroupChangePolicy: policy } : {}),
  };
}

function normaliseSysctls(sysctls: NonNullable<Spec['securityContext']>['sysctls'] = []): Pick<PodSpec, 'sysctls'> {
  if (sysctls.length === 0) return {};
  return { sysctls: Object.fromEntries(sysctls.map(({ name, value }) => [sysctlPath(name ?? ''), value ?? ''])) };
}

/** It has a link of its own that could be limited. */
const isLinked = ({ hostNetwork, network }: Spec): boolean => hostNetwork !== true && network !== 'none';

/** Kubernetes' numbers: 10 s doubling to 300 s, reset after 10 min. That the first restart comes at once is the reconciler's. */
function normaliseBackoff(backoff: Spec['backoff']): BackoffSpec {
  return {
    initialMs: parseDuration(backoff?.initial ?? '') ?? 10_000,
    maxMs: parseDuration(backoff?.max ?? '') ?? 300_000,
    factor: backoff?.factor ?? 2,
    resetAfterMs: parseDuration(backoff?.resetAfter ?? '') ?? 600_000,
  };
}

function roleOf(listed: ReturnType<typeof allContainers>[number]): ContainerRole | undefined {
  if (listed.list === 'containers') return undefined;
  return isSidecar(listed) ? 'sidecar' : 'init';
}

/** One that has succeeded is not started again: an init container of a pod with Always is as with OnFailure. */
function restartPolicyOf(container: ContainerInput, role: ContainerRole | undefined, spec: Spec): RestartPolicy {
  const ofPod = spec.restartPolicy || 'Always';
  return container.restartPolicy || (role === 'init' && ofPod === 'Always' ? 'OnFailure' : ofPod);
}

function restartRules({ restartPolicyRules: rules = [] }: ContainerInput): Pick<ContainerSpec, 'restartRules'> {
  if (rules.length === 0) return {};
  // The schema takes any text, the rules only these.
  return {
    restartRules: rules.map(({ action, exitCodes }) => ({
      action: action as RestartRule['action'],
      operator: exitCodes?.operator as RestartRule['operator'],
      values: exitCodes?.values ?? [],
    })),
  };
}

interface ContainerContext extends ProgramsContext {
  readonly pod: KnownOfPod;
  /** nothing of a pod starts without its claims, and behind gates */
  readonly missing: readonly string[];
}

/** What its volumes can tell of it. */
function knownOfPod({ apiVersion, metadata, spec }: PodManifest, namespace: string): KnownOfPod {
  const resources = allContainers(spec as unknown as Spec).map(({ container }) => [
    container.name,
    normaliseResources(container.resources),
  ]);
  return {
    isOurs: apiVersion === 'podctl.dev/v1',
    name: metadata.name,
    namespace,
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    resources: Object.fromEntries(resources),
  };
}

function normaliseContainer(
  container: ContainerInput,
  role: ContainerRole | undefined,
  context: ContainerContext,
): ContainerSpec {
  const { spec, hostname } = context;
  const namespaces = containerNamespaces(container, spec);
  const offsets = timeOffsets(container);
  const { mounts, missing: missingFiles } = normaliseMounts(container.volumeMounts, {
    ...context,
    volumes: spec.volumes ?? [],
    env: envOfPaths(container, context),
  });
  const programs = normalisePrograms(container, {
    ...context,
    hostname: namespaces.uts === 'host' ? undefined : hostname,
  });
  const missing = [...new Set([...context.missing, ...(programs.missing ?? []), ...missingFiles])];
  const root = rootComplaint(container, spec);
  if (root !== undefined) missing.push(root);
  return {
    name: container.name,
    ...(role === undefined ? {} : { role }),
    root: rootSource(container),
    restartPolicy: restartPolicyOf(container, role, spec),
    ...restartRules(container),
    ...normaliseHealth(container, spec, namespaces.net),
    ...normaliseTerminationMessage(container),
    namespaces,
    ...(offsets === undefined ? {} : { timeOffsets: offsets }),
    resources: normaliseResources(container.resources),
    ...normaliseDevices(container.devices),
    ...normaliseProcView(container, spec),
    security: normaliseSecurity(container.securityContext, spec.securityContext),
    // Nobody is led to what ends before the pod is ready.
    ports: role === 'init' ? [] : (container.ports ?? []).map((port) => normalisePort(port, spec)),
    mounts,
    isPlain: container.processes === undefined,
    ...programs,
    ...(missing.length === 0 ? {} : { missing }),
    ...normaliseNames(spec),
  };
}

/** For subPathExpr; mostly nothing asks for it. */
function envOfPaths(container: ContainerInput, { materials }: ContainerContext): ReadonlyMap<string, string> {
  const isUsed = container.volumeMounts?.some(({ subPathExpr }) => subPathExpr);
  return isUsed === true ? normaliseEnv(container, materials).values : new Map();
}

/**
 * '' is Kubernetes' "not given", and full what is done then; false is how YAML reads the bare word off. Who sees /proc unmasked may
 * want to mount others, which the kernel allows a user namespace only where nothing covers this one.
 */
function normaliseProcView(
  { procView: written, securityContext }: ContainerInput,
  { hostUsers }: Spec,
): Pick<ContainerSpec, 'procView'> {
  const { procMount, privileged } = securityContext ?? {};
  const isOpen = hostUsers === false && (privileged === true || procMount === 'Unmasked');
  if (written === undefined || written === '') return isOpen ? { procView: 'off' } : {};
  if (written === 'full') return {};
  return { procView: written === false ? 'off' : written };
}

function rootSource(container: ContainerInput): RootSource {
  if (container.rootfs !== undefined) return { kind: 'rootfs', path: container.rootfs.path };
  return container.image === 'host' ? { kind: 'host' } : { kind: 'image', reference: container.image ?? '' };
}

function normalisePort(port: NonNullable<ContainerInput['ports']>[number], spec: Spec): PortSpec {
  const hostPort = port.hostPort || (spec.hostNetwork === true ? port.containerPort : undefined);
  return {
    ...(port.name ? { name: port.name } : {}),
    containerPort: port.containerPort,
    ...(hostPort ? { hostPort } : {}),
    ...(port.hostIP ? { hostIP: shortestAddress(port.hostIP) ?? port.hostIP } : {}),
    protocol: port.protocol || 'TCP',
  };
}

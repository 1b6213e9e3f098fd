/** From what the user wrote to what is wanted: every default filled in, every quantity a number, frozen. */

import { capabilityNames } from '../model/capability-names.ts';
import type {
  BackoffSpec,
  ContainerSpec,
  PodManifest,
  PodSpec,
  PortSpec,
  ProgramSpec,
  ResourceSpec,
  RootSource,
  SecuritySpec,
} from '../model/pod-spec.ts';
import { parseDuration } from '../util/duration.ts';
import { parseQuantity, quantityMillis, quantityUnits } from '../util/quantity.ts';
import { planCapabilities } from './container-capabilities.ts';
import { deepFreeze } from './deep-freeze.ts';
import { expandVariables } from './expand-variables.ts';
import { containerNamespaces, timeOffsets } from './normalise-namespaces.ts';
import type { ContainerInput, PodInput } from './schema.ts';

type Spec = PodInput['spec'];

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** podman's and docker's default */
const defaultPidsLimit = 2048;

/** The PodSpec of a manifest that validatePod accepted (its types are trusted here); the same input gives the same, deeply frozen output. */
export function normalisePod(manifest: PodManifest): PodSpec {
  const { metadata } = manifest;
  const spec = manifest.spec as unknown as Spec;
  const hostname = spec.hostname || defaultHostname(metadata.name);
  return deepFreeze({
    name: metadata.name,
    namespace: metadata.namespace || 'default',
    labels: { ...metadata.labels },
    annotations: { ...metadata.annotations },
    hostname,
    restartPolicy: spec.restartPolicy || 'Always',
    backoff: normaliseBackoff(spec.backoff),
    graceMs: (spec.terminationGracePeriodSeconds ?? 30) * 1000,
    containers: spec.containers.map((container) => normaliseContainer(container, spec, hostname)),
  });
}

/** The pod's name cut to 63 characters, without a trailing hyphen or dot (kubelet truncatePodHostnameIfNeeded). */
function defaultHostname(podName: string): string {
  return podName.slice(0, 63).replace(/[-.]+$/, '');
}

/** Kubernetes' numbers: 10 s doubling to 300 s, reset after 10 min. That the first restart comes at once is the reconciler's. */
function normaliseBackoff(backoff: Spec['backoff']): BackoffSpec {
  return {
    initialMs: parseDuration(backoff?.initial ?? '') ?? 10_000,
    maxMs: parseDuration(backoff?.max ?? '') ?? 300_000,
    factor: backoff?.factor ?? 2,
    resetAfterMs: parseDuration(backoff?.resetAfter ?? '') ?? 600_000,
  };
}

function normaliseContainer(container: ContainerInput, spec: Spec, hostname: string): ContainerSpec {
  const namespaces = containerNamespaces(container, spec);
  const offsets = timeOffsets(container);
  return {
    name: container.name,
    root: rootSource(container),
    restartPolicy: container.restartPolicy || spec.restartPolicy || 'Always',
    namespaces,
    ...(offsets === undefined ? {} : { timeOffsets: offsets }),
    resources: normaliseResources(container.resources),
    security: normaliseSecurity(container.securityContext),
    ports: (container.ports ?? []).map((port) => normalisePort(port, spec)),
    programs: [mainProgram(container, spec, namespaces.uts === 'host' ? undefined : hostname)],
  };
}

function rootSource(container: ContainerInput): RootSource {
  if (container.rootfs !== undefined) return { kind: 'rootfs', path: container.rootfs.path };
  return container.image === 'host' ? { kind: 'host' } : { kind: 'image', reference: container.image ?? '' };
}

/** Requests default to limits (Kubernetes SetDefaults_Pod); a zero means not limited, not requested. */
function normaliseResources(resources: ContainerInput['resources']): ResourceSpec {
  const amount = (kind: 'limits' | 'requests', name: string, convert: (nano: bigint) => number): number | undefined => {
    const written = resources?.[kind]?.[name];
    const nano = written === undefined ? undefined : parseQuantity(String(written));
    return nano === undefined ? undefined : convert(nano);
  };
  const cpuLimit = amount('limits', 'cpu', quantityMillis);
  const memoryLimit = amount('limits', 'memory', quantityUnits);
  const cpuRequest = amount('requests', 'cpu', quantityMillis) ?? cpuLimit;
  const memoryRequest = amount('requests', 'memory', quantityUnits) ?? memoryLimit;
  return {
    ...(cpuLimit ? { cpuLimitMillis: cpuLimit } : {}),
    ...(cpuRequest ? { cpuRequestMillis: cpuRequest } : {}),
    ...(memoryLimit ? { memoryLimitBytes: memoryLimit } : {}),
    ...(memoryRequest ? { memoryRequestBytes: memoryRequest } : {}),
    pidsLimit: defaultPidsLimit,
  };
}

function normaliseSecurity(security: ContainerInput['securityContext']): SecuritySpec {
  const privileged = security?.privileged ?? false;
  const { add = [], drop = [] } = security?.capabilities ?? {};
  return {
    capabilities: privileged ? [...capabilityNames] : planCapabilities(add, drop),
    noNewPrivileges: security?.allowPrivilegeEscalation === false,
    readOnlyRootFilesystem: security?.readOnlyRootFilesystem ?? false,
    privileged,
  };
}

function normalisePort(port: NonNullable<ContainerInput['ports']>[number], spec: Spec): PortSpec {
  const hostPort = port.hostPort || (spec.hostNetwork === true ? port.containerPort : undefined);
  return {
    ...(port.name ? { name: port.name } : {}),
    containerPort: port.containerPort,
    ...(hostPort ? { hostPort } : {}),
    ...(port.hostIP ? { hostIP: port.hostIP } : {}),
    protocol: port.protocol || 'TCP',
  };
}

/** `hostname` undefined: the machine's, so HOSTNAME is left to whoever asks for it. */
function mainProgram(container: ContainerInput, spec: Spec, hostname: string | undefined): ProgramSpec {
  const own = containerEnv(container.env);
  const uid = container.securityContext?.runAsUser ?? spec.securityContext?.runAsUser ?? 0;
  const words = [...(container.command ?? []), ...(container.args ?? [])];
  return {
    name: 'main',
    argv: words.map((word) => expandVariables(word, own)),
    env: {
      PATH: defaultPath,
      HOME: uid === 0 ? '/root' : '/',
      ...(hostname === undefined ? {} : { HOSTNAME: hostname }),
      ...Object.fromEntries(own),
    },
    workingDir: container.workingDir || '/',
    uid,
    gid: container.securityContext?.runAsGroup ?? spec.securityContext?.runAsGroup ?? 0,
    supplementaryGroups: [...new Set(spec.securityContext?.supplementalGroups ?? [])],
    essential: true,
  };
}

/** The container's variables; each may use those before it. Variables with valueFrom are left out by this version. */
function containerEnv(env: ContainerInput['env']): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  for (const variable of env ?? []) {
    if (variable.valueFrom !== undefined) continue;
    known.set(variable.name, expandVariables(variable.value ?? '', known));
  }
  return known;
}

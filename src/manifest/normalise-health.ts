/** Probes and hooks of a container as a whole, its stop signal and its termination message, with Kubernetes' defaults. */
import { posix } from 'node:path';
import { lateValue } from '../model/late-value.ts';
import {
  type ContainerProbeSpec,
  defaultTerminationMessage,
  type HealthSpec,
  type HookSpec,
} from '../model/lifecycle-spec.ts';
import type { ContainerSpec, NamespaceMode } from '../model/pod-spec.ts';
import { probeDefaults } from '../model/program-defaults.ts';
import { parseSignal } from '../util/signal-name.ts';
import { expandVariables } from './expand-variables.ts';
import { probeHandler } from './normalise-probe.ts';
import { graceSeconds } from './process-values.ts';
import type { ContainerInput, PodInput } from './schema.ts';

type Probe = NonNullable<ContainerInput['livenessProbe']>;
type Hook = NonNullable<NonNullable<ContainerInput['lifecycle']>['preStop']>;

/** `net`: where the container's network comes from. */
export function normaliseHealth(
  container: ContainerInput,
  spec: PodInput['spec'],
  net: NamespaceMode,
): Pick<ContainerSpec, 'health'> {
  const { startupProbe, readinessProbe, livenessProbe, lifecycle } = container;
  // in the machine's network the pod's address is the machine's
  const host = net === 'pod' || net === 'host' ? lateValue('status.podIP') : 'localhost';
  const given: Omit<HealthSpec, 'graceMs' | 'restarts'> = {
    ...(startupProbe === undefined ? {} : { startup: normaliseProbe(startupProbe, container, host) }),
    ...(readinessProbe === undefined ? {} : { readiness: normaliseProbe(readinessProbe, container, host) }),
    ...(livenessProbe === undefined ? {} : { liveness: normaliseProbe(livenessProbe, container, host) }),
    ...normaliseHook('postStart', lifecycle?.postStart, container, host),
    ...normaliseHook('preStop', lifecycle?.preStop, container, host),
  };
  if (Object.keys(given).length === 0) return {};
  const policy = container.restartPolicy || spec.restartPolicy || 'Always';
  const graceMs = graceSeconds(spec) * 1000;
  return { health: { graceMs, restarts: policy !== 'Never', ...given } };
}

/** What TERM is replaced by when a program does not say otherwise. */
export const stopSignalOf = ({ lifecycle }: ContainerInput): number | undefined =>
  parseSignal(lifecycle?.stopSignal ?? '');

/** Absent: the default path and policy. */
export function normaliseTerminationMessage(container: ContainerInput): Pick<ContainerSpec, 'terminationMessage'> {
  const { terminationMessagePath: path, terminationMessagePolicy: policy } = container;
  if (!path && policy !== 'FallbackToLogsOnError') return {};
  return {
    terminationMessage: {
      ...defaultTerminationMessage,
      ...(path ? { path: posix.resolve('/', path) } : {}),
      ...(policy ? { policy } : {}),
    },
  };
}

function normaliseProbe(probe: Probe, container: ContainerInput, host: string): ContainerProbeSpec {
  const handler = probeHandler(probe, container, host);
  const { terminationGracePeriodSeconds: graceSeconds } = probe;
  // Kubernetes takes 0 for "not given"
  const ms = (seconds: number | undefined, otherwise: number): number => (seconds ? seconds * 1000 : otherwise);
  return {
    handler: handler.kind === 'exec' ? { ...handler, argv: expandStatic(handler.argv, container) } : handler,
    initialDelayMs: ms(probe.initialDelaySeconds, probeDefaults.initialDelayMs),
    periodMs: ms(probe.periodSeconds, probeDefaults.periodMs),
    timeoutMs: ms(probe.timeoutSeconds, probeDefaults.timeoutMs),
    successThreshold: probe.successThreshold || probeDefaults.successThreshold,
    failureThreshold: probe.failureThreshold || probeDefaults.failureThreshold,
    ...(graceSeconds === undefined ? {} : { graceMs: graceSeconds * 1000 }),
  };
}

/** As the kubelet (ExpandContainerCommandOnlyStatic): only by what stands in `env` itself; hooks are not expanded at all. */
function expandStatic(argv: readonly string[], { env = [] }: ContainerInput): string[] {
  const written = new Map(env.map(({ name, value = '' }) => [name, value]));
  return argv.map((word) => expandVariables(word, written));
}

function normaliseHook<Name extends 'postStart' | 'preStop'>(
  name: Name,
  hook: Hook | undefined,
  container: ContainerInput,
  host: string,
): Partial<Record<Name, HookSpec>> {
  if (hook === undefined) return {};
  const spec: HookSpec =
    hook.sleep === undefined
      ? probeHandler(hook, container, host)
      : { kind: 'sleep', ms: (hook.sleep.seconds ?? 0) * 1000 };
  return { [name]: spec } as Partial<Record<Name, HookSpec>>;
}

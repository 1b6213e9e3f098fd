/** Readiness and liveness of programs in ms, with Kubernetes' numbers. */
import type { ProbeHandlerSpec, ProbeSpec, ReadinessSpec } from '../model/pod-spec.ts';
import { probeDefaults, probeStartPeriodMs } from '../model/program-defaults.ts';
import { parseSeconds } from './process-values.ts';
import type { ContainerInput, ProcessInput } from './schema.ts';

type Readiness = NonNullable<ProcessInput['readiness']>;
type Probe = NonNullable<ProcessInput['liveness']>;

export function normaliseReadiness(readiness: Readiness, container: ContainerInput): ReadinessSpec {
  const { logLine, notify, notifyFd } = readiness;
  if (logLine !== undefined) return { kind: 'logLine', pattern: logLine };
  if (notify === true) return { kind: 'notify' };
  if (notifyFd !== undefined) return { kind: 'notifyFd', fd: notifyFd };
  return { kind: 'probe', probe: normaliseProbe(readiness, container) };
}

/** It has no start period: there is nothing to wait for. */
export function normaliseLiveness(liveness: Probe, container: ContainerInput): ProbeSpec {
  const probe = normaliseProbe(liveness, container);
  return { ...probe, startPeriodMs: probe.periodMs };
}

function normaliseProbe(probe: Probe, container: ContainerInput): ProbeSpec {
  const handler = probeHandler(probe, container);
  const periodMs = parseSeconds(probe.periodSeconds ?? '') ?? probeDefaults.periodMs;
  return {
    handler,
    initialDelayMs: parseSeconds(probe.initialDelaySeconds ?? '') ?? probeDefaults.initialDelayMs,
    periodMs,
    startPeriodMs: parseSeconds(probe.startPeriodSeconds ?? '') ?? Math.min(periodMs, probeStartPeriodMs[handler.kind]),
    timeoutMs: parseSeconds(probe.timeoutSeconds ?? '') ?? probeDefaults.timeoutMs,
    successThreshold: probe.successThreshold ?? probeDefaults.successThreshold,
    failureThreshold: probe.failureThreshold ?? probeDefaults.failureThreshold,
  };
}

/** What a handler of a program or of a container says; a container's probe goes to its pod's address, a program's to localhost. */
export function probeHandler(
  { exec, httpGet, tcpSocket, grpc }: HandlerInput,
  { ports }: ContainerInput,
  defaultHost = 'localhost',
): ProbeHandlerSpec {
  if (httpGet !== undefined) {
    return {
      kind: 'httpGet',
      scheme: httpGet.scheme === 'HTTPS' ? 'https' : 'http',
      host: httpGet.host || defaultHost,
      port: portNumber(httpGet.port, ports),
      path: httpGet.path || '/',
      headers: (httpGet.httpHeaders ?? []).map(({ name = '', value = '' }) => [name, value]),
    };
  }
  if (tcpSocket !== undefined)
    return { kind: 'tcpSocket', host: tcpSocket.host || defaultHost, port: portNumber(tcpSocket.port, ports) };
  if (grpc !== undefined) return { kind: 'grpc', host: defaultHost, port: grpc.port, service: grpc.service ?? '' };
  // as in Kubernetes, no variable is expanded in it
  return { kind: 'exec', argv: exec?.command ?? [] };
}

/** Exactly one of them is there. */
export type HandlerInput = Pick<
  NonNullable<ContainerInput['livenessProbe']>,
  'exec' | 'httpGet' | 'tcpSocket' | 'grpc'
>;

/** 0: no port of the container has that name; a probe of it is told of as the kubelet would. */
function portNumber(port: number | string, ports: ContainerInput['ports']): number {
  if (typeof port === 'number') return port;
  return ports?.find(({ name }) => name === port)?.containerPort ?? 0;
}

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

function probeHandler({ exec, httpGet, tcpSocket }: Probe, container: ContainerInput): ProbeHandlerSpec {
  if (httpGet !== undefined) {
    return {
      kind: 'httpGet',
      scheme: httpGet.scheme === 'HTTPS' ? 'https' : 'http',
      host: httpGet.host ?? 'localhost',
      port: portNumber(httpGet.port, container),
      path: httpGet.path || '/',
      headers: (httpGet.httpHeaders ?? []).map(({ name, value }) => [name, value]),
    };
  }
  if (tcpSocket !== undefined)
    return { kind: 'tcpSocket', host: tcpSocket.host ?? 'localhost', port: portNumber(tcpSocket.port, container) };
  // as in Kubernetes, no variable is expanded in it
  return { kind: 'exec', argv: exec?.command ?? [] };
}

function portNumber(port: number | string, { ports }: ContainerInput): number {
  if (typeof port === 'number') return port;
  return ports?.find(({ name }) => name === port)?.containerPort ?? 0;
}

/** What a program has that its manifest does not say. Also what records of earlier versions, which knew less of programs, mean. */
import type { ProbeSpec, ProgramSpec } from './pod-spec.ts';

type Defaults = Readonly<
  Pick<
    ProgramSpec,
    | 'umask'
    | 'nice'
    | 'rlimits'
    | 'essential'
    | 'autostart'
    | 'stdin'
    | 'tty'
    | 'dependsOn'
    | 'restart'
    | 'stop'
    | 'resources'
    | 'logs'
  >
>;

const mebi = 1_048_576;

/** Of a program of `processes`: supervisord's numbers where it has them (startsecs, startretries, stopwaitsecs, stdout_logfile_maxbytes …). */
export const processDefaults: Defaults = {
  umask: 0o022,
  nice: 0,
  rlimits: {},
  essential: false,
  autostart: true,
  stdin: false,
  tty: false,
  dependsOn: [],
  restart: {
    policy: 'unexpected',
    exitCodes: [0],
    startMs: 1_000,
    startRetries: 3,
    backoff: { initialMs: 1_000, maxMs: 60_000, factor: 2, jitter: 0, resetAfterMs: 10_000 },
  },
  stop: { signal: 15, graceMs: 10_000, wholeTree: true },
  resources: {},
  logs: { format: 'text', maxBytes: 50 * mebi, maxFiles: 10 },
};

/** Of the one program `main` of a plain `command`: the container restarts and stops it; the kubelet's containerLogMaxSize and -Files. */
export const plainProgramDefaults: Defaults = {
  ...processDefaults,
  essential: true,
  restart: { ...processDefaults.restart, policy: 'never', startMs: 0, startRetries: 0 },
  stop: { signal: 15, wholeTree: true },
  logs: { format: 'text', maxBytes: 10 * mebi, maxFiles: 5 },
};

type ProbeNumbers = Readonly<Omit<ProbeSpec, 'handler' | 'startPeriodMs'>>;

/** Kubernetes' probe numbers. */
export const probeDefaults: ProbeNumbers = {
  initialDelayMs: 0,
  periodMs: 10_000,
  timeoutMs: 1_000,
  successThreshold: 1,
  failureThreshold: 3,
};

/** Period until the first success: starting a process costs more than a connection. */
export const probeStartPeriodMs = { exec: 1_000, httpGet: 250, tcpSocket: 250, grpc: 250 } as const;

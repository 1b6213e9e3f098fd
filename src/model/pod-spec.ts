/** What is wanted: a manifest after normalisation. Plain JSON, every default filled in, frozen. */

import type { ContainerRole, HealthSpec, RestartRule, TerminationMessageSpec } from './lifecycle-spec.ts';
import type { Bandwidth } from './network.ts';
import type { DeviceSpec, ResourceSpec } from './resource-spec.ts';
import type { MountSpec } from './volume-spec.ts';
import type { OwnerReference } from './workload.ts';

/** Kernel namespaces a container can share or keep to itself, namespaces(7). `user` is always the host's for now. */
export const namespaceKinds = ['net', 'ipc', 'uts', 'pid', 'mnt', 'cgroup', 'time'] as const;
export type NamespaceKind = (typeof namespaceKinds)[number];

/** Where a container's namespace comes from. `pod` is the one shared by the pod's containers that say `pod`. */
export type NamespaceMode = 'private' | 'pod' | 'host' | `container:${string}`;

export type RestartPolicy = 'Always' | 'OnFailure' | 'Never';

/** Container restart back-off; Kubernetes: first at once, then 10 s doubling to 300 s, reset after 10 min. */
export interface BackoffSpec {
  readonly initialMs: number;
  readonly maxMs: number;
  readonly factor: number;
  readonly resetAfterMs: number;
}

/** clock offsets of a private time namespace, time_namespaces(7); nanoseconds part is always 0 unless given. */
export interface TimeOffsets {
  readonly boottimeMs: number;
  readonly monotonicMs: number;
}

/** `host`: a view of the host's /usr on an empty root. `rootfs`: a directory as read-only lower layer. `image`: not runnable yet. */
export type RootSource =
  | { readonly kind: 'host' }
  | { readonly kind: 'rootfs'; readonly path: string }
  | { readonly kind: 'image'; readonly reference: string };

/**
 * What /proc and /sys tell. `full`: of the container, sysinfo(2) and sched_getaffinity(2) too (seccomp notification, where the
 * kernel has it); `files`: the files alone; `off`: of the machine.
 */
export const procViews = ['full', 'files', 'off'] as const;
export type ProcView = (typeof procViews)[number];

export interface SecuritySpec {
  /** CAP_ names without the prefix, upper case; the bounding, permitted and effective sets of programs */
  readonly capabilities: readonly string[];
  readonly noNewPrivileges: boolean;
  readonly readOnlyRootFilesystem: boolean;
  readonly privileged: boolean;
  /** absent: the runtime's default; `localhost`: a profile of this machine, relative to InstancePaths.seccompDir */
  readonly seccomp?: 'unconfined' | { readonly localhost: string };
  /** /proc without masked and read-only paths */
  readonly procMount?: 'Unmasked';
}

export type AccountPart = 'gid' | 'groups';

export interface PortSpec {
  readonly name?: string;
  readonly containerPort: number;
  readonly hostPort?: number;
  readonly hostIP?: string;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
}

/** One program under a container's PID 1 as wanted. A plain `command` becomes the single essential program `main`. */
export interface ProgramSpec {
  /** RFC 1123 label, unique in the container */
  readonly name: string;
  /** argv; `argv[0]` is looked up in PATH when it has no slash. Never empty for image host / rootfs. */
  readonly argv: readonly string[];
  /** the container's variables and the program's own over them */
  readonly env: Readonly<Record<string, string>>;
  /** absolute path inside the container */
  readonly workingDir: string;
  /** a name in the container's /etc/passwd, looked up at each start; then uid (65534) only stands in for it */
  readonly userName?: string;
  /** a name in the container's /etc/group; absent with userName: that user's own group */
  readonly groupName?: string;
  readonly uid: number;
  readonly gid: number;
  /** absent: with userName those /etc/group gives the user, else none */
  readonly supplementaryGroups?: readonly number[];
  /** what the container's own /etc/passwd and /etc/group are asked for at each start, as containerd does: the group of the uid, the groups it is a member of */
  readonly fromAccounts?: readonly AccountPart[];
  /** umask(2); default 0o022 */
  readonly umask: number;
  /** nice(2), -20 … 19 */
  readonly nice: number;
  readonly rlimits: Readonly<Partial<Record<RlimitName, Rlimit>>>;
  /** absent: as Kubernetes computes it from the container's resources */
  readonly oomScoreAdj?: number;
  /** absent: the container's; given: exactly these, for other users than root as ambient set */
  readonly capabilities?: readonly string[];
  /** when an essential program ends for good, its container ends with its exit code */
  readonly essential: boolean;
  /** false: it runs only after `podctl start` */
  readonly autostart: boolean;
  /** copies of it; absent: one that bears the program's plain name */
  readonly instances?: number;
  /** its stdin stays open for `podctl attach`; false: /dev/null */
  readonly stdin: boolean;
  /** its stdin is closed when the first client that gave it input goes (Kubernetes stdinOnce) */
  readonly stdinOnce?: true;
  readonly tty: boolean;
  readonly dependsOn: readonly DependencySpec[];
  /** absent: ready as soon as it is RUNNING */
  readonly readiness?: ReadinessSpec;
  /** failing: it is restarted */
  readonly liveness?: ProbeSpec;
  readonly restart: ProgramRestartSpec;
  readonly stop: ProgramStopSpec;
  readonly reload?: ProgramReloadSpec;
  readonly schedule?: ScheduleSpec;
  /** limits of its own cgroup leaf, inside the container's */
  readonly resources: ResourceSpec;
  readonly logs: ProgramLogsSpec;
}

/** RLIMIT_ names of getrlimit(2) in lower case without the prefix. */
export const rlimitNames = [
  'as',
  'core',
  'cpu',
  'data',
  'fsize',
  'locks',
  'memlock',
  'msgqueue',
  'nice',
  'nofile',
  'nproc',
  'rss',
  'rtprio',
  'rttime',
  'sigpending',
  'stack',
] as const;
export type RlimitName = (typeof rlimitNames)[number];

/** In the unit of getrlimit(2); `unlimited` is RLIM_INFINITY. */
export interface Rlimit {
  readonly soft: number | 'unlimited';
  readonly hard: number | 'unlimited';
}

/** What must hold of all instances of `program` before each start. */
export interface DependencySpec {
  readonly program: string;
  /** started: it has been exec'd; ready: it is ready now; completed: ended for good; succeeded: ended for good as expected */
  readonly condition: 'started' | 'ready' | 'completed' | 'succeeded';
  /** restart the dependant when `program` is restarted on request or by a changed spec (docker compose depends_on.restart) */
  readonly cascade: boolean;
}

export type ProbeHandlerSpec =
  | { readonly kind: 'exec'; readonly argv: readonly string[] }
  | {
      readonly kind: 'httpGet';
      readonly scheme: 'http' | 'https';
      /** an IP address or `localhost`; it may hold a late value (model/late-value.ts) */
      readonly host: string;
      readonly port: number;
      readonly path: string;
      readonly headers: readonly (readonly [name: string, value: string])[];
    }
  | { readonly kind: 'tcpSocket'; readonly host: string; readonly port: number }
  /** grpc.health.v1.Health/Check, without TLS; '' is the server as a whole */
  | { readonly kind: 'grpc'; readonly host: string; readonly port: number; readonly service: string };

/** Kubernetes' probe numbers, in ms. */
export interface ProbeSpec {
  readonly handler: ProbeHandlerSpec;
  readonly initialDelayMs: number;
  readonly periodMs: number;
  /** period until the first success (docker's start_interval); readiness only */
  readonly startPeriodMs: number;
  readonly timeoutMs: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
}

export type ReadinessSpec =
  | { readonly kind: 'probe'; readonly probe: ProbeSpec }
  /** a line of stdout or stderr matches this JavaScript regular expression */
  | { readonly kind: 'logLine'; readonly pattern: string }
  /** READY=1 over NOTIFY_SOCKET, sd_notify(3) */
  | { readonly kind: 'notify' }
  /** a newline on this inherited fd, as s6 does (3 … 9) */
  | { readonly kind: 'notifyFd'; readonly fd: number };

export interface ProgramRestartSpec {
  /** unexpected: exit codes not in `exitCodes`, and signals (supervisord); onFailure: any but 0 */
  readonly policy: 'always' | 'onFailure' | 'unexpected' | 'never';
  /** expected ones; default [0] */
  readonly exitCodes: readonly number[];
  /** how long it must run to count as started: STARTING → RUNNING (supervisord startsecs); 0: at once */
  readonly startMs: number;
  /** starts in a row that may fail before FATAL (supervisord startretries) */
  readonly startRetries: number;
  readonly backoff: ProgramBackoffSpec;
}

/** The first restart after a good run comes at once, the next after initialMs, growing by factor up to maxMs. */
export interface ProgramBackoffSpec extends BackoffSpec {
  /** 0 … 1: share of the delay that is random, added on top */
  readonly jitter: number;
}

export interface ProgramStopSpec {
  /** signal number, signal(7) */
  readonly signal: number;
  /** until SIGKILL; absent: the container's own grace alone */
  readonly graceMs?: number;
  /** run first, with the program's identity; the signal follows when it has ended */
  readonly command?: readonly string[];
  /** signals and the final KILL go to every process of the program's leaf, not to the main process alone */
  readonly wholeTree: boolean;
}

export type ProgramReloadSpec =
  | { readonly kind: 'signal'; readonly signal: number }
  | { readonly kind: 'command'; readonly argv: readonly string[] };

/** When it is started; exactly one of cron and everyMs. It never runs twice at once. */
export interface ScheduleSpec {
  /** 5 or 6 fields or @daily…, as croner reads them */
  readonly cron?: string;
  /** IANA name; absent: UTC */
  readonly timeZone?: string;
  /** from one start to the next */
  readonly everyMs?: number;
  /** due while it still runs. forbid: skip this time; replace: stop it and start anew (Kubernetes CronJob) */
  readonly concurrency: 'forbid' | 'replace';
}

export interface ProgramLogsSpec {
  /** printed before each line when the lines of several programs are shown together; absent: `[label] ` */
  readonly prefix?: string;
  readonly format: 'text' | 'json';
  readonly maxBytes: number;
  readonly maxFiles: number;
}

export interface ContainerSpec {
  readonly name: string;
  /** absent: one of spec.containers. Those with a role stand before all others in PodSpec.containers, in the manifest's order. */
  readonly role?: ContainerRole;
  readonly root: RootSource;
  readonly restartPolicy: RestartPolicy;
  readonly restartRules?: readonly RestartRule[];
  /** probes and hooks of the container as a whole, performed by its PID 1 */
  readonly health?: HealthSpec;
  /** absent: the default path and policy File */
  readonly terminationMessage?: TerminationMessageSpec;
  readonly namespaces: Readonly<Record<NamespaceKind, NamespaceMode>>;
  readonly timeOffsets?: TimeOffsets;
  readonly resources: ResourceSpec;
  /** absent: those that every container has */
  readonly devices?: readonly DeviceSpec[];
  /** absent: full */
  readonly procView?: ProcView;
  readonly security: SecuritySpec;
  readonly ports: readonly PortSpec[];
  /** of its volumes, in the manifest's order */
  readonly mounts: readonly MountSpec[];
  /** its one program `main` comes from `command`, not from `processes` */
  readonly isPlain: boolean;
  readonly programs: readonly ProgramSpec[];
  /** by program and variable: where a value that does not stand in the manifest comes from, e.g. `configmap/app key PORT`; says nothing of how it runs */
  readonly envSources?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** what it needs and is not there, in the kubelet's words: it is not started before it is */
  readonly missing?: readonly string[];
  /** of the pod; absent: nothing */
  readonly names?: NamesSpec;
}

/** What of /etc/hosts and /etc/resolv.conf the manifest says; they are written when the container starts. */
export interface NamesSpec {
  readonly subdomain?: string;
  readonly aliases?: readonly { readonly ip: string; readonly hostnames: readonly string[] }[];
  /** absent: ClusterFirst without additions */
  readonly dns?: DnsSpec;
}

/** Kubernetes dnsPolicy and dnsConfig: what /etc/resolv.conf says. */
export interface DnsSpec {
  readonly policy: 'ClusterFirst' | 'ClusterFirstWithHostNet' | 'Default' | 'None';
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly { readonly name: string; readonly value?: string }[];
}

export interface PodSpec {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly hostname: string;
  /** where hostname is one of several words (setHostnameAsFQDN, hostnameOverride): the one that names go by */
  readonly shortHostname?: string;
  /** with it the pod has the name `<hostname>.<subdomain>.<namespace>.svc.<domain>` where a headless Service is called so */
  readonly subdomain?: string;
  /** podctl.dev/v1: nothing but loopback in the pod's own network */
  readonly network?: 'none';
  readonly bandwidth?: Bandwidth;
  readonly restartPolicy: RestartPolicy;
  readonly backoff: BackoffSpec;
  /** terminationGracePeriodSeconds in ms */
  readonly graceMs: number;
  /** activeDeadlineSeconds in ms, from the pod's start */
  readonly activeDeadlineMs?: number;
  /** conditions that must be True for the pod to be ready */
  readonly readinessGates?: readonly string[];
  /** namespaced ones, by their path below /proc/sys */
  readonly sysctls?: Readonly<Record<string, string>>;
  /** owns volumes, and is a supplementary group of every program */
  readonly fsGroup?: number;
  /** absent: Always */
  readonly fsGroupChangePolicy?: 'OnRootMismatch';
  /** false: the pod has a user namespace of its own */
  readonly hostUsers?: false;
  /** false: no variables that name the Services of its namespace */
  readonly enableServiceLinks?: false;
  /** of all containers together, on the pod's own cgroup (Kubernetes' pod-level resources); its requests weigh the pod instead of the containers' sum */
  readonly resources?: ResourceSpec;
  readonly containers: readonly ContainerSpec[];
}

/** The manifest as the user wrote it, validated; what `get -o yaml` shows as spec. */
export interface PodManifest {
  readonly apiVersion: 'v1' | 'podctl.dev/v1';
  readonly kind: 'Pod';
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly OwnerReference[];
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** What is wanted: a manifest after normalisation. Plain JSON, every default filled in, frozen. */

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

/** Container limits and requests in kernel-near units. Absent = not limited / not requested. */
export interface ResourceSpec {
  /** thousandths of a CPU (Kubernetes millicores) */
  readonly cpuLimitMillis?: number;
  readonly cpuRequestMillis?: number;
  readonly memoryLimitBytes?: number;
  readonly memoryRequestBytes?: number;
  /** processes and threads, pids.max; default 2048 (podman's and docker's default) */
  readonly pidsLimit?: number;
}

export interface SecuritySpec {
  /** CAP_ names without the prefix, upper case; the bounding, permitted and effective sets of programs */
  readonly capabilities: readonly string[];
  readonly noNewPrivileges: boolean;
  readonly readOnlyRootFilesystem: boolean;
  readonly privileged: boolean;
}

export interface PortSpec {
  readonly name?: string;
  readonly containerPort: number;
  readonly hostPort?: number;
  readonly hostIP?: string;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
}

/** One program under a container's PID 1. A plain `command` becomes the single essential program `main`. */
export interface ProgramSpec {
  readonly name: string;
  /** argv; `argv[0]` is looked up in PATH when it has no slash. Never empty for image host / rootfs. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** absolute path inside the container */
  readonly workingDir: string;
  readonly uid: number;
  readonly gid: number;
  readonly supplementaryGroups: readonly number[];
  /** when an essential program ends for good, its container ends with its exit code */
  readonly essential: boolean;
}

export interface ContainerSpec {
  readonly name: string;
  readonly root: RootSource;
  readonly restartPolicy: RestartPolicy;
  readonly namespaces: Readonly<Record<NamespaceKind, NamespaceMode>>;
  readonly timeOffsets?: TimeOffsets;
  readonly resources: ResourceSpec;
  readonly security: SecuritySpec;
  readonly ports: readonly PortSpec[];
  readonly programs: readonly ProgramSpec[];
}

export interface PodSpec {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly hostname: string;
  readonly restartPolicy: RestartPolicy;
  readonly backoff: BackoffSpec;
  /** terminationGracePeriodSeconds in ms */
  readonly graceMs: number;
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
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

/**
 * podctl ↔ podd: HTTP over `<run>/podctl.sock`, Kubernetes-shaped (DESIGN §7).
 *
 *   GET    /api/v1[/namespaces/{ns}]/pods                   ?labelSelector= &fieldSelector=metadata.name=x &watch=1 → PodList, watch → WatchEvent JSON lines
 *   GET    /api/v1/namespaces/{ns}/pods/{name}[/status]     → Pod
 *   PATCH  /api/v1/namespaces/{ns}/pods/{name}/status       body {status: {conditions}} → Pod; PUT likewise, conditions that are not given go
 *   POST   /api/v1/namespaces/{ns}/pods                     body: pod manifest → Pod (409 AlreadyExists)
 *   PUT    /api/v1/namespaces/{ns}/pods/{name}              body: pod manifest → Pod
 *   DELETE /api/v1[/namespaces/{ns}]/pods                   ?gracePeriodSeconds= &labelSelector= &fieldSelector= → PodList
 *   DELETE /api/v1/namespaces/{ns}/pods/{name}              ?gracePeriodSeconds= → Pod
 *   GET    /api/v1/namespaces/{ns}/pods/{name}/log          ?container= &follow=1 &tailLines= &limitBytes= &sinceSeconds= &sinceTime= &timestamps=1 &previous=1
 *                                                            &program=REF &prefix=auto|always|never &format=text|json &colour=1 &allRuns=1 &uid= → text
 *   POST   /api/v1/namespaces/{ns}/pods/{name}/exec         ?container=  Upgrade: podctl-exec; body-less, request in header
 *                                                            `podctl-exec-request: <base64 JSON ExecRequest>` → 101, then ExecReply line + frames of protocol/init
 *   POST   /api/v1/namespaces/{ns}/pods/{name}/attach       ?container= &program=REF &stdin=1 &rows= &columns=  Upgrade: podctl-exec → 101, ExecReply line + frames
 *   POST   /api/v1/namespaces/{ns}/pods/{name}/portforward  ?port= &container=  Upgrade: podctl-portforward → 101, then the bytes of one TCP connection;
 *                                                            409 when nobody listens there (message: where) or the pod does not run
 *   GET    /api/v1[/namespaces/{ns}]/configmaps|secrets|services  ?labelSelector= &fieldSelector=metadata.name=x &watch=1 → ConfigMapList, SecretList, watch → WatchEvent JSON lines
 *   GET    /api/v1/namespaces/{ns}/configmaps|secrets|services/{name} → ConfigMap, Secret, Service
 *   POST   /api/v1/namespaces/{ns}/configmaps|secrets|services  body: manifest → the object (409 AlreadyExists)
 *   PUT    /api/v1/namespaces/{ns}/configmaps|secrets|services/{name} body: manifest → the object; pods that use it follow
 *   DELETE /api/v1/namespaces/{ns}/configmaps|secrets|services[/{name}] → Status; all: the list of what was deleted
 *   …      /api/v1/namespaces[/{name}]                      all of the same; what is in it goes first
 *   …      /api/v1[/namespaces/{ns}]/persistentvolumeclaims[/{name}]  all of the same
 *   …      /apis/apps/v1[/namespaces/{ns}]/deployments|replicasets|statefulsets|daemonsets[/{name}[/status]]  all of the same
 *   …      /apis/batch/v1[/namespaces/{ns}]/jobs|cronjobs[/{name}[/status]]  all of the same; DELETE ?propagationPolicy=Background|Foreground|Orphan
 *   GET    /apis/apps/v1/namespaces/{ns}/deployments|replicasets|statefulsets/{name}/scale → autoscaling/v1 Scale; PUT sets spec.replicas
 *   …      /apis/networking.k8s.io/v1[/namespaces/{ns}]/networkpolicies[/{name}]  all of the same
 *   GET    /api/v1[/namespaces/{ns}]/endpoints[/{name}]     → EndpointsList, Endpoints: computed, not to be watched
 *   GET    /apis/discovery.k8s.io/v1[/namespaces/{ns}]/endpointslices[/{name}] → EndpointSliceList, EndpointSlice, likewise
 *   GET    /api/v1[/namespaces/{ns}]/events                 ?labelSelector= &fieldSelector= &watch=1 → EventList, watch → WatchEvent JSON lines
 *   POST   /apis/podctl.dev/v1/apply                        body ApplyRequest → ApplyResponse (all or nothing for validation)
 *   GET    /apis/podctl.dev/v1[/namespaces/{ns}]/programs                 ?labelSelector= &fieldSelector= &pod= → ProgramList
 *   POST   /apis/podctl.dev/v1/namespaces/{ns}/pods/{name}/control         body ControlRequest → ControlResponse
 *   POST   /apis/podctl.dev/v1/namespaces/{ns}/pods/{name}/scale           body ScaleRequest → ApplyResult
 *   POST   /apis/podctl.dev/v1/namespaces/{ns}/pods/{name}/sync            body SyncRequest → SyncResponse
 *   GET    /apis/podctl.dev/v1[/namespaces/{ns}]/usage                    ?labelSelector= &fieldSelector= &pod= → UsageList
 *   POST   /apis/podctl.dev/v1/namespaces/{ns}/pods/{name}/resources       body ResourcesRequest → ResourcesResponse
 *   GET    /metrics                                         → Prometheus text format
 *   GET    /apis/podctl.dev/v1/namespaces/{ns}/pods/{name}/why             ?container= &program=REF → WhyResponse
 *   GET    /apis/podctl.dev/v1/system                       → SystemStatus
 *   POST   /apis/podctl.dev/v1/system/stop                  ?pods=1 also deletes every pod → SystemStatus; podd exits after the reply
 *   GET    /version                                         → {gitVersion, major, minor, platform}
 *   GET    /healthz, /livez, /readyz                        → ok
 *   GET    /api, /apis, /api/v1, /apis/{group}[/v1]         → discovery, as kubectl asks for it
 *
 * Every error is a Kubernetes `Status` object with the HTTP code that belongs to its reason.
 */
import type { ObjectKind, ObjectManifest } from '../model/object-manifest.ts';
import type { ContainerExit } from '../model/pod-status.ts';
import type { ProgramRef } from '../model/program-name.ts';
import type { ProgramDecision, ProgramState, ProgramVerb } from './init.ts';

/** What a changed field costs, cheapest first. `signal`, `reload`: the programs concerned are told by a signal or by their reload command. */
export type ChangeCost =
  | 'nothing'
  | 'in-place'
  | 'signal'
  | 'reload'
  | 'restart-program'
  | 'restart-container'
  | 'recreate-pod';

export interface FieldChange {
  /** e.g. `spec.containers[server].resources.limits.cpu` (lists by name) */
  readonly field: string;
  readonly from: unknown;
  readonly to: unknown;
  readonly cost: ChangeCost;
  /** why it costs that, for people: `the environment is fixed when a program starts` */
  readonly why: string;
}

export interface ApplyRequest {
  readonly manifests: readonly ObjectManifest[];
  readonly dryRun: boolean;
  /** restart also what depends on a restarted program, whatever the manifest's cascade says */
  readonly cascade?: boolean;
}

export interface ApplyResult {
  readonly kind: ObjectKind;
  readonly namespace: string;
  readonly name: string;
  readonly outcome: 'created' | 'configured' | 'unchanged';
  /** the dearest of the changes */
  readonly cost: ChangeCost;
  readonly changes: readonly FieldChange[];
  /** what happens to each program that is touched; empty when none is */
  readonly programs: readonly ProgramEffect[];
  readonly warnings: readonly string[];
}

/** What an apply does to one instance of one program. */
export interface ProgramEffect {
  readonly container: string;
  /** label: `web`, `web:1` */
  readonly program: string;
  readonly effect: 'start' | 'stop' | 'restart' | 'change';
  /** the changed fields, or what else is the cause */
  readonly why: string;
}

export interface ApplyResponse {
  readonly results: readonly ApplyResult[];
}

/** What becomes of that which a deleted object owns (metav1.DeletionPropagation). */
export const propagations = ['Background', 'Foreground', 'Orphan'] as const;
export type Propagation = (typeof propagations)[number];

/** One row of `podctl ps`: a program with what the kernel counts of it now. */
export interface ProgramObject extends Omit<ProgramState, 'cpuBeforeMs'> {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** pid on the host */
  readonly hostPid?: number;
  /** ms since its newest start while it runs, by the kernel's monotonic clock */
  readonly uptimeMs?: number;
  /** CPU time that its processes used since its newest start, as its cgroup leaf counts it */
  readonly cpuMs?: number;
  /** memory charged to its leaf, page cache included */
  readonly memoryBytes?: number;
  /** processes in its leaf */
  readonly processes?: number;
}

/** A container in `podctl ps`, also while it does not run. */
export interface ProgramGroup {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** running | waiting | terminated, with Kubernetes' reason */
  readonly state: string;
  readonly reason?: string;
  readonly ready: boolean;
  readonly restarts: number;
  readonly startedAt?: string;
  /** how its newest run that is over ended */
  readonly lastExit?: ContainerExit;
  /** Kubernetes' message beside the reason */
  readonly message?: string;
  readonly programs: readonly ProgramObject[];
}

export interface ProgramList {
  readonly items: readonly ProgramGroup[];
}

/** Without container: the whole pod; without targets: the whole container. */
export interface ControlRequest {
  readonly verb: ProgramVerb;
  readonly container?: string;
  readonly targets?: readonly ProgramRef[];
  readonly signal?: number;
  readonly cascade?: boolean;
}

/** `affected`: what the request moves, as `container` or `container/label`; empty when all was so already. */
export interface ControlResponse {
  readonly affected: readonly string[];
}

export interface ScaleRequest {
  readonly container: string;
  readonly program: string;
  readonly instances: number;
}

/** Copies files of this machine into a running container, and removes files there. Without container: the pod's default one. */
export interface SyncRequest {
  readonly container?: string;
  readonly files: readonly SyncFile[];
  /** absolute paths in the container; a directory goes with all that is in it */
  readonly remove: readonly string[];
}

/** A file is written beside its place and renamed over it; a symlink is copied as one; a directory is made, without its content. */
export interface SyncFile {
  /** absolute path on this machine */
  readonly from: string;
  /** absolute path in the container; directories on the way are made */
  readonly to: string;
}

export interface SyncResponse {
  readonly copied: number;
  readonly removed: number;
  /** of files */
  readonly bytes: number;
  readonly skipped: readonly {
    /** path in the container */
    readonly path: string;
    readonly why: string;
  }[];
}

/** Changes `resources` of a pod, container or program in the pod's manifest and applies it; null takes a value away. */
export interface ResourcesRequest {
  /** absent: the pod's own */
  readonly container?: string;
  readonly program?: string;
  /** merged into what is written: a manifest's `resources` */
  readonly resources: Readonly<Record<string, unknown>>;
  readonly dryRun?: boolean;
}

/** Given when what is running has it, or two seconds later. */
export interface ResourcesResponse extends ApplyResult {
  /** what the kernel refused, and what to do; the old value holds, and podd tries again. Absent: nothing */
  readonly refused?: readonly string[];
}

export interface WhyResponse {
  readonly items: readonly {
    readonly container: string;
    readonly program: string;
    readonly state: ProgramState;
    readonly decisions: readonly ProgramDecision[];
  }[];
}

export interface SystemStatus {
  readonly version: string;
  readonly pid: number;
  readonly zygotePid: number;
  readonly startedAt: string;
  readonly root: string;
  readonly run: string;
  readonly cgroupLayout: 'v1' | 'v2' | 'hybrid';
  readonly cgroupParent: string;
  readonly pods: number;
  readonly containersRunning: number;
  readonly network: NetworkStatus;
  /** quarantined records and the like */
  readonly problems: readonly string[];
}

/** `nftables`: the kernel forwards; `userland`: podnet does, because nft or the kernel's part is missing (`why`); `off`: pods have loopback alone. */
export interface NetworkStatus {
  readonly mode: 'nftables' | 'userland' | 'off';
  readonly why?: string;
  readonly podRanges: readonly string[];
  readonly serviceRanges: readonly string[];
  readonly dnsAddress?: string;
  /** addresses in use */
  readonly addresses: number;
  readonly podnetPid?: number;
}

/** Kubernetes meta/v1 Status. */
export interface ApiStatus {
  readonly apiVersion: 'v1';
  readonly kind: 'Status';
  readonly status: 'Success' | 'Failure';
  readonly message: string;
  readonly reason: string;
  readonly code: number;
  readonly details?: {
    readonly name?: string;
    readonly kind?: string;
    readonly hint?: string;
    readonly causes?: readonly { readonly field?: string; readonly message: string }[];
  };
}

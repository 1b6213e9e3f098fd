/**
 * podctl ↔ podd: HTTP over `<run>/podctl.sock`, Kubernetes-shaped (DESIGN §7).
 *
 *   GET    /api/v1/pods                                     ?labelSelector= &fieldSelector=metadata.name=x &watch=1
 *   GET    /api/v1/namespaces/{ns}/pods                     same; list → PodList, watch → WatchEvent JSON lines
 *   GET    /api/v1/namespaces/{ns}/pods/{name}[/status]     → Pod
 *   POST   /api/v1/namespaces/{ns}/pods                     body: pod manifest → Pod (409 AlreadyExists)
 *   PUT    /api/v1/namespaces/{ns}/pods/{name}              body: pod manifest → Pod
 *   DELETE /api/v1/namespaces/{ns}/pods[/{name}]            ?gracePeriodSeconds= &labelSelector= → Pod | PodList
 *   GET    /api/v1/namespaces/{ns}/pods/{name}/log          ?container= &follow=1 &tailLines= &sinceSeconds= &sinceTime= &timestamps=1 &previous=1 → text
 *   POST   /api/v1/namespaces/{ns}/pods/{name}/exec         ?container=  Upgrade: podctl-exec; body-less, request in header
 *                                                            `podctl-exec-request: <base64 JSON ExecRequest>` → 101, then ExecReply line + frames of protocol/init
 *   GET    /api/v1[/namespaces/{ns}]/events                 → EventList, ?watch=1
 *   POST   /apis/podctl.dev/v1/apply                        body ApplyRequest → ApplyResponse (all or nothing for validation)
 *   GET    /apis/podctl.dev/v1/system                       → SystemStatus
 *   POST   /apis/podctl.dev/v1/system/stop                  ?pods=1 also deletes every pod → SystemStatus; podd exits after the reply
 *   GET    /version                                         → {gitVersion, major, minor, platform}
 *   GET    /healthz                                         → ok
 *
 * Every error is a Kubernetes `Status` object with the HTTP code that belongs to its reason.
 */
import type { PodEvent } from '../model/event.ts';
import type { PodManifest } from '../model/pod-spec.ts';
import type { PodStatus } from '../model/pod-status.ts';

export interface PodObject {
  readonly apiVersion: 'v1' | 'podctl.dev/v1';
  readonly kind: 'Pod';
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation: number;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly deletionGracePeriodSeconds?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: PodStatus;
}

export interface PodList {
  readonly apiVersion: 'v1';
  readonly kind: 'PodList';
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly PodObject[];
}

export interface EventObject extends PodEvent {
  readonly apiVersion: 'v1';
  readonly kind: 'Event';
  readonly metadata: { readonly name: string; readonly namespace: string; readonly resourceVersion: string };
}

export interface EventList {
  readonly apiVersion: 'v1';
  readonly kind: 'EventList';
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly EventObject[];
}

/** One line of a watch: the current objects come first as ADDED, then changes. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: T;
}

/** What a changed field costs, cheapest first. */
export type ChangeCost = 'nothing' | 'in-place' | 'restart-container' | 'recreate-pod';

export interface FieldChange {
  /** e.g. `spec.containers[server].resources.limits.cpu` (lists by name) */
  readonly field: string;
  readonly from: unknown;
  readonly to: unknown;
  readonly cost: ChangeCost;
}

export interface ApplyRequest {
  readonly manifests: readonly PodManifest[];
  readonly dryRun: boolean;
}

export interface ApplyResult {
  readonly namespace: string;
  readonly name: string;
  readonly outcome: 'created' | 'configured' | 'unchanged';
  /** the dearest of the changes */
  readonly cost: ChangeCost;
  readonly changes: readonly FieldChange[];
  readonly warnings: readonly string[];
}

export interface ApplyResponse {
  readonly results: readonly ApplyResult[];
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
  /** quarantined records and the like */
  readonly problems: readonly string[];
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

/** What the API server needs of the reconciler. */
import type { ApplyRequest, ApplyResponse, EventObject, PodObject, WatchEvent } from '../protocol/api.ts';

/** Where a container that runs (or ran) keeps its socket and logs. */
export interface ContainerLocation {
  readonly container: string;
  /** running instance; absent when none runs */
  readonly runDir?: string;
  readonly logDir: string;
  /** restart count of the newest start: `<attempt>.log` */
  readonly attempt: number;
}

export interface Reconciler {
  /** Adopt what runs, finish or undo what was half done, begin to reconcile. */
  start(): Promise<void>;
  /** Stop reconciling and persist; containers are not touched. */
  shutdown(): Promise<void>;
  resourceVersion(): string;
  list(): readonly PodObject[];
  get(namespace: string, name: string): PodObject | undefined;
  /** All or nothing for validation (PodError `Invalid`); dryRun goes through code that holds no writer. */
  apply(request: ApplyRequest): Promise<ApplyResponse>;
  /** Begins deletion (404 → PodError `NotFound`); a second delete may shorten the grace. Works on a full disk. */
  delete(namespace: string, name: string, options: { readonly graceMs?: number }): Promise<PodObject>;
  /** Changes only; returns the unsubscribe function. */
  subscribe(listener: (event: WatchEvent<PodObject>) => void): () => void;
  events(): readonly EventObject[];
  subscribeEvents(listener: (event: WatchEvent<EventObject>) => void): () => void;
  /** Undefined when the pod does not exist; all containers of the pod. */
  locate(namespace: string, name: string): readonly ContainerLocation[] | undefined;
  /** quarantined records and the like, for `system status` */
  problems(): readonly string[];
  runningContainers(): number;
}

/** What the API server needs of the reconciler. */

import type { NamespaceMode, ProgramLogsSpec } from '../model/pod-spec.ts';
import type { ProgramRef } from '../model/program-name.ts';
import type {
  ApplyRequest,
  ApplyResponse,
  ApplyResult,
  ControlRequest,
  ControlResponse,
  ProgramGroup,
  ResourcesRequest,
  ResourcesResponse,
  ScaleRequest,
  WhyResponse,
} from '../protocol/api.ts';
import type { EventObject, PodObject, WatchEvent } from '../protocol/objects.ts';
import type { Accounting } from './accounting.ts';
import type { DataAccess } from './data-access.ts';
import type { ChangeRequest } from './plan-request.ts';
import type { GivenCondition } from './set-conditions.ts';

/** One program instance of a container as its log files and `attach` know it. */
export interface LocatedProgram extends Required<ProgramRef> {
  readonly key: string;
  readonly label: string;
  readonly logs: ProgramLogsSpec;
}

/** Where a container that runs (or ran) keeps its socket and logs. */
export interface ContainerLocation {
  readonly container: string;
  /** one of the pod's init containers, sidecars among them: not meant where none is named */
  readonly isInit?: true;
  /** running instance; absent when none runs */
  readonly runDir?: string;
  readonly logDir: string;
  /** whose network it is in */
  readonly network: NamespaceMode;
  /** restart count of the newest start, named by its log files (model/program-name.ts) */
  readonly attempt: number;
  /** its one program comes from `command`: one log file, no labels */
  readonly isPlain: boolean;
  /** as the newest start knows them, in the manifest's order */
  readonly programs: readonly LocatedProgram[];
}

/** An apply that is no dry run: that one goes to `plan`. */
export type RealApplyRequest = ApplyRequest & Pick<ChangeRequest, 'replaces'> & { readonly dryRun: false };

export interface Reconciler {
  /** Adopt what runs, finish or undo what was half done, begin to reconcile. */
  start(): Promise<void>;
  /** Stop reconciling and persist; containers are not touched. */
  shutdown(): Promise<void>;
  resourceVersion(): string;
  list(): readonly PodObject[];
  get(namespace: string, name: string): PodObject | undefined;
  /** What an apply would do and cost, by code that holds no writer (PodError `Invalid`). */
  plan(request: ApplyRequest): Promise<ApplyResponse>;
  /** All or nothing for validation (PodError `Invalid`). */
  apply(request: RealApplyRequest): Promise<ApplyResponse>;
  readonly data: DataAccess;
  /** Deployments and the like replace no pod from here on, until they wake. */
  restControllers(): Promise<void>;
  wakeControllers(): void;
  /** Begins deletion (404 → PodError `NotFound`); a second delete may shorten the grace. Works on a full disk. */
  delete(namespace: string, name: string, options: { readonly graceMs?: number }): Promise<PodObject>;
  /** Changes only; returns the unsubscribe function. */
  subscribe(listener: (event: WatchEvent<PodObject>) => void): () => void;
  events(): readonly EventObject[];
  subscribeEvents(listener: (event: WatchEvent<EventObject>) => void): () => void;
  /** Undefined when the pod does not exist; all containers of the pod. */
  locate(namespace: string, name: string): readonly ContainerLocation[] | undefined;
  /** Every container of the pod with its programs and what the kernel counts of them now; undefined when there is no such pod. */
  programs(namespace: string, name: string): readonly ProgramGroup[] | undefined;
  readonly accounting: Accounting;
  /**
   * Start, stop, restart, reload or signal a pod, a container or programs. A stopped pod or container stays stopped, over restarts
   * of podd too, until it is started. PodError NotFound (pod, container, program), Conflict (it cannot do that now; the message says why).
   */
  control(namespace: string, name: string, request: ControlRequest): Promise<ControlResponse>;
  /** Conditions that podd does not set itself, merged by type; `whole`: others go. PodError NotFound. */
  setConditions(namespace: string, name: string, given: readonly GivenCondition[], whole: boolean): Promise<PodObject>;
  /** Sets `instances` of one program in the pod's manifest and applies it. PodError NotFound, Invalid. */
  scale(namespace: string, name: string, request: ScaleRequest): Promise<ApplyResult>;
  /** Changes resources in the pod's manifest and applies it; waits a moment for what the kernel says to it. PodError NotFound, Invalid. */
  setResources(namespace: string, name: string, request: ResourcesRequest): Promise<ResourcesResponse>;
  /** The newest decisions about programs; all of the container (of the pod) without `target`. PodError NotFound, Conflict (not running). */
  why(namespace: string, name: string, container?: string, target?: ProgramRef): Promise<WhyResponse>;
  /** quarantined records and the like, for `system status` */
  problems(): readonly string[];
  runningContainers(): number;
}

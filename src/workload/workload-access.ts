/** What the loop of the controllers needs of the rest of podd. */
import type { PodManifest } from '../model/pod-spec.ts';
import type {
  ClaimView,
  OwnedPod,
  OwnerReference,
  RevisionView,
  WorkloadAction,
  WorkloadKind,
  WorkloadObject,
} from '../model/workload.ts';

type ActionOf<A extends WorkloadAction['action']> = Extract<WorkloadAction, { readonly action: A }>;

/** Something changed: by uid, with who manages it. */
export interface WorkloadChange {
  readonly namespace: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly owner?: OwnerReference;
  /** absent: a pod */
  readonly kind?: WorkloadKind;
  readonly isGone: boolean;
}

/** Reads are of memory and current; every writing promise rejects with a PodError. */
export interface WorkloadAccess {
  /** with their specs as written; undefined: of all namespaces */
  readonly list: (kind: WorkloadKind, namespace?: string) => readonly WorkloadObject[];
  readonly find: (uid: string) => WorkloadObject | undefined;
  /** of a namespace: those that one of `owners` (uids) manages, and those that nobody does */
  readonly pods: (namespace: string, owners: ReadonlySet<string>) => readonly OwnedPod[];
  readonly claims: (namespace: string) => readonly ClaimView[];
  readonly revisions: (namespace: string) => readonly RevisionView[];
  /** when to look again (monotonic) while podd does not know yet how the pods of `owners` are that ran before it; undefined: it does */
  readonly unknownUntilMs: (namespace: string, owners: ReadonlySet<string>) => number | undefined;
  /** refuses a name that is in use */
  readonly createPod: (manifest: PodManifest) => Promise<void>;
  readonly deletePod: (namespace: string, action: ActionOf<'deletePod'>) => Promise<void>;
  readonly setPodOwner: (namespace: string, action: ActionOf<'setPodOwner'>) => Promise<void>;
  /** refuses a name that is in use */
  readonly createObject: (manifest: ActionOf<'createObject'>['manifest']) => Promise<void>;
  readonly updateObject: (namespace: string, action: ActionOf<'updateObject'>) => Promise<void>;
  readonly updateRevision: (namespace: string, action: ActionOf<'updateRevision'>) => Promise<void>;
  readonly deleteObject: (namespace: string, action: ActionOf<'deleteObject'>) => Promise<void>;
  readonly setStatus: (object: WorkloadObject, status: Readonly<Record<string, unknown>>) => void;
  /** resolves when every status is on disk */
  readonly saveStatuses: () => Promise<void>;
  readonly noteEvent: (object: WorkloadObject, type: 'Normal' | 'Warning', reason: string, message: string) => void;
  /** changes of workload objects and pods, from now on; returns the unsubscribe function */
  readonly subscribe: (listener: (change: WorkloadChange) => void) => () => void;
  /** the wall clock was set, or the machine has slept; returns the unsubscribe function */
  readonly watchClock: (listener: () => void) => () => void;
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  readonly log: (message: string) => void;
}

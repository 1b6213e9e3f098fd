/** What podd keeps on disk of one object that is no pod. Plain JSON. */
import type { DataManifest } from './object-manifest.ts';

export const dataRecordVersion = 1;

/** What an object that is being deleted waits for the end of, by the name that Kubernetes gives it among metadata.finalizers. */
export const finalizers = [
  // all that it owns
  'foregroundDeletion',
  // that all it owns is nobody's
  'orphan',
  // all that is in the namespace
  'kubernetes',
  // pods that use the claim
  'kubernetes.io/pvc-protection',
] as const;
export type Finalizer = (typeof finalizers)[number];

export interface DataRecord {
  readonly version: typeof dataRecordVersion;
  readonly uid: string;
  readonly resourceVersion: string;
  /** RFC 3339 */
  readonly creationTimestamp: string;
  /** of a kind with a status: how often its spec changed, from 1 */
  readonly generation?: number;
  /** with its namespace; a Secret as Kubernetes keeps it: data and type, no stringData */
  readonly manifest: DataManifest;
  /**
   * What was applied last, or the object was made of; what stands in `manifest` beside it, others set. Without owners; absent: `manifest`
   * says the same.
   */
  readonly applied?: DataManifest;
  /** as its controller wrote it */
  readonly status?: Readonly<Record<string, unknown>>;
  /** it is being deleted */
  readonly deletion?: {
    /** RFC 3339 */
    readonly timestamp: string;
    readonly finalizer: Finalizer;
  };
}

/** What podd keeps of one ConfigMap or Secret on disk. Plain JSON. */
import type { DataManifest } from './object-manifest.ts';

export const dataRecordVersion = 1;

export interface DataRecord {
  readonly version: typeof dataRecordVersion;
  readonly uid: string;
  readonly resourceVersion: string;
  /** RFC 3339 */
  readonly creationTimestamp: string;
  /** with its namespace; a Secret as Kubernetes keeps it: data and type, no stringData */
  readonly manifest: DataManifest;
}

import type { FieldProblem } from '../manifest/field-problem.ts';
import type { DataManifest } from '../model/object-manifest.ts';
import type { ValueChange } from './diff-values.ts';

/** What an apply has to know of a kind; one that is handed over has its namespace. */
export interface DataMeaning<M extends DataManifest = DataManifest> {
  /** as podd keeps it */
  readonly stored: (manifest: M) => M;
  /** what is compared, beside labels and annotations */
  readonly document: (stored: M) => Readonly<Record<string, unknown>>;
  /** a change in the words of the manifest, and what it means for what runs */
  readonly tell: (change: ValueChange) => ValueChange & { readonly why: string };
  /** what Kubernetes refuses to change; of stored ones */
  readonly checkUpdate: (existing: M, wanted: M) => readonly FieldProblem[];
}

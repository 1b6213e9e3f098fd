/** What a development session tells of itself: `podctl dev` prints it, `podctl dev --ui` shows it. */
import type { DevRule, FileChange } from '../model/dev-rule.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { ObjectKind } from '../model/object-manifest.ts';
import type { ApplyResult } from '../protocol/api.ts';
import type { PodObject } from '../protocol/objects.ts';

export interface ObjectName {
  readonly kind: ObjectKind;
  readonly namespace: string;
  readonly name: string;
}

/** An action of a rule: what changed, and what was done about it. */
export interface DevActionNotice {
  readonly rule: DevRule;
  /** the net effect that led to it; empty for the sync at the start of a container */
  readonly changes: readonly FileChange[];
}

export type DevNotice =
  /** what an apply did; `changed`: the files whose change led to it, empty for the first one */
  | {
      readonly kind: 'applied';
      readonly results: readonly ApplyResult[];
      readonly changed: readonly string[];
      readonly elapsedMs: number;
    }
  /** with errors, the manifests as they are now cannot be used: the last good version runs on. Told anew only when they change. */
  | { readonly kind: 'diagnostics'; readonly diagnostics: readonly Diagnostic[]; readonly isUsable: boolean }
  /** the manifests can be used again */
  | { readonly kind: 'recovered' }
  | ({ readonly kind: 'action-started' } & DevActionNotice)
  /** `did`: in words, `restarted app/web, ready`; the time from its beginning until the programs run, or are ready where they say when */
  | ({ readonly kind: 'action-done'; readonly did: string; readonly elapsedMs: number } & DevActionNotice)
  | ({
      readonly kind: 'action-failed';
      readonly why: string;
      readonly hint?: string;
      readonly elapsedMs: number;
    } & DevActionNotice)
  /** a line of what a build step or podd says: `source` as `web/app` or `build` */
  | { readonly kind: 'output'; readonly source: string; readonly text: string }
  /** something went wrong that is nobody's action: a file that cannot be watched, podd that does not answer */
  | { readonly kind: 'problem'; readonly message: string; readonly hint?: string }
  /** an object that is no longer in the manifests, or all of them at the end, on its way out and gone */
  | { readonly kind: 'deleting'; readonly objects: readonly ObjectName[] }
  | { readonly kind: 'deleted'; readonly object: ObjectName }
  /** the session's pods as they are, whenever one of them changes; `isAnew`: read as a whole, from a podd that may be another one */
  | { readonly kind: 'status'; readonly pods: readonly PodObject[]; readonly isAnew: boolean };

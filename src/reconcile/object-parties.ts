import type { ApplyResponse } from '../protocol/api.ts';
import type { DataTable } from './data-table.ts';
import type { Engine } from './engine.ts';
import type { Plans } from './plan-manifests.ts';
import type { ChangeRequest } from './plan-request.ts';
import type { Pod } from './pod.ts';
import type { PodTable } from './pod-table.ts';

/** What those who delete and edit objects need of the reconciler. */
export interface ObjectParties {
  readonly engine: Engine;
  readonly table: PodTable;
  readonly data: DataTable;
  /** As any apply; `check` is given what is going to be done, and may throw. */
  readonly change: (request: ChangeRequest, check?: (plans: Plans) => void) => Promise<ApplyResponse>;
  readonly beginDeletion: (pod: Pod, graceMs: number) => Promise<void>;
  /** the pod's metadata changed, nothing of what runs */
  readonly podRelabelled: (pod: Pod) => Promise<void>;
}

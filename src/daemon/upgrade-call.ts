/** What a route that takes a connection over is given, and what it gives. */
import type { Socket } from 'node:net';
import type { ApiCall } from './api-context.ts';

/** One request on its way to a relay. `left` is aborted when the client goes away before that. */
export interface UpgradeCall extends Omit<ApiCall, 'response'> {
  readonly left: AbortSignal;
}

export interface UpgradeRoute {
  readonly method: 'POST';
  readonly path: string;
  /** the word of the Upgrade header */
  readonly protocol: string;
  /** the connection that the client's is joined with; rejects with ApiError before anything was answered */
  readonly connect: (call: UpgradeCall) => Promise<Socket>;
}

/** What every API route is given. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DataKind } from '../model/object-manifest.ts';
import type { SystemStatus } from '../protocol/api.ts';
import type { DataObject, EventObject, PodObject } from '../protocol/objects.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import type { WatchSource } from './watch-source.ts';

/** The daemon as its routes see it. */
export interface ApiContext {
  readonly reconciler: Reconciler;
  readonly pods: WatchSource<PodObject>;
  readonly events: WatchSource<EventObject>;
  readonly data: Readonly<Record<DataKind, WatchSource<DataObject>>>;
  /** podctl's version, e.g. `0.1.0` */
  readonly version: string;
  readonly systemStatus: () => SystemStatus;
  /** asks podd to exit; the caller has finished its reply */
  readonly requestStop: () => void;
  /** aborted when podd stops serving: watches, follows and exec relays end then */
  readonly stopping: AbortSignal;
  readonly log: (message: string) => void;
}

/** One request on its way to an answer. */
export interface ApiCall {
  readonly context: ApiContext;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** decoded path parameters by name */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

/** One entry of the route table; a `:name` segment of the path matches any one segment. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** what it answers with; `json` routes refuse clients that accept no JSON */
  readonly produces: 'json' | 'text';
  readonly run: (call: ApiCall) => void | Promise<void>;
}

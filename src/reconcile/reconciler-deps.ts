/** What the reconciler is given: the rest of podd, and the world. */

import type { HostFacts } from '../launch/launch-context.ts';
import type { CgroupLayout } from '../model/cgroup.ts';
import type { ImageMap } from '../model/image-map.ts';
import type { InstancePaths } from '../model/instance-paths.ts';
import type { Network } from '../network/network.ts';
import type { InitConnection, InitListener } from '../runtime/init-client.ts';
import type { SeccompFilters } from '../runtime/seccomp-filters.ts';
import type { Zygote } from '../runtime/zygote-client.ts';
import type { IdClaims } from '../users/id-claims.ts';

export interface Clock {
  /** CLOCK_MONOTONIC: never goes back, and the next podd reads on where this one ended; decisions use only this */
  readonly monotonicMs: () => number;
  /** wall clock, for people */
  readonly now: () => Date;
}

export type ConnectInit = (runDir: string, listener: InitListener) => InitConnection;

/** Undefined when the process is gone already; `onExit` is never called before this returns. */
export type WatchProcess = (
  pid: number,
  startTicks: number,
  onExit: (info: { status?: number } | undefined) => void,
) => { close(): void } | undefined;

export interface ReconcilerDeps {
  readonly paths: InstancePaths;
  readonly layout: CgroupLayout;
  /** relative to each hierarchy, carries the instance */
  readonly cgroupParent: string;
  readonly zygote: Zygote;
  readonly network: Network;
  readonly idClaims: IdClaims;
  readonly connectInit: ConnectInit;
  readonly watchProcess: WatchProcess;
  readonly hostFacts: HostFacts;
  readonly seccomp: SeccompFilters;
  readonly clock: Clock;
  readonly log: (message: string) => void;
  /** tests' stand-ins for images */
  readonly images?: ImageMap | undefined;
}

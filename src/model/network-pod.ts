/** A pod as the network sees it: what Services select, policies isolate, and host ports lead to. */
import type { AddressPair, Bandwidth } from './network.ts';
import type { PortSpec } from './pod-spec.ts';
import type { ProcessMark } from './process-mark.ts';

export interface NetworkPod {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly hostname: string;
  readonly subdomain?: string;
  /** it is in the machine's network, and has the machine's addresses */
  readonly hostNetwork: boolean;
  /** absent: it has none (yet), nothing reaches it */
  readonly addresses?: AddressPair;
  /** its namespaces are made, or being made: what comes for it can arrive */
  readonly isUp: boolean;
  /** condition Ready */
  readonly isReady: boolean;
  /** being deleted: it gets nothing new */
  readonly isEnding: boolean;
  /** of all its containers that are in the pod's network */
  readonly ports: readonly PortSpec[];
  readonly bandwidth?: Bandwidth;
  /** a living one in the pod's network namespace */
  readonly init?: ProcessMark;
}

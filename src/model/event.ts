import type { ObjectKind } from './object-manifest.ts';

/** Something that happened to a pod or another object; shaped as Kubernetes core/v1 Event, kept in memory and on disk in a ring. */
export interface PodEvent {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase as the kubelet writes it: Started, Killing, BackOff, Failed, OOMKilling … */
  readonly reason: string;
  readonly message: string;
  /** RFC 3339 */
  readonly firstTimestamp: string;
  readonly lastTimestamp: string;
  readonly count: number;
  readonly involvedObject: {
    readonly kind: ObjectKind;
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    /** spec.containers{name} (or initContainers) when it concerns one container */
    readonly fieldPath?: string;
  };
}

import { templateHashLabel } from '../model/workload-spec.ts';
import type { PodObject } from '../protocol/objects.ts';
import type { ObjectName } from './notice.ts';
import { keyOf } from './object-names.ts';

/** Keys of the pod itself and of those that made it: its manager, and the Deployment or CronJob that the manager's name tells of. Pure. */
export function keysOfPod({ metadata }: PodObject): readonly string[] {
  const { name, namespace, labels = {}, ownerReferences = [] } = metadata;
  const pod: ObjectName = { kind: 'Pod', namespace, name };
  const owner = ownerReferences.find(({ controller }) => controller === true);
  if (owner === undefined) return [keyOf(pod)];
  const keys = [keyOf(pod), `${owner.kind}/${namespace}/${owner.name}`];
  const hash = labels[templateHashLabel];
  if (owner.kind === 'ReplicaSet' && hash !== undefined && owner.name.endsWith(`-${hash}`))
    return [...keys, keyOf({ kind: 'Deployment', namespace, name: owner.name.slice(0, -hash.length - 1) })];
  // A CronJob names its Jobs after the minute that they are for.
  const [, cronJob] = (owner.kind === 'Job' && /^(.+)-\d+$/.exec(owner.name)) || [];
  return cronJob === undefined ? keys : [...keys, keyOf({ kind: 'CronJob', namespace, name: cronJob })];
}

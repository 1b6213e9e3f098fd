/** What Kubernetes' API server and controllers write into objects by themselves: nobody asked for it, so nobody is told that it means nothing here. */
import type { Loose, LoosePod, PodInput } from './schema.ts';
import type { ClaimInput } from './schema-places.ts';

/** Of fields that are not acted on: whether this value was filled in by a server. */
export type ServerDefaults<T> = {
  readonly [K in keyof T]?: (given: NonNullable<Loose<T[K]>>, owner: Loose<T>) => boolean;
};

type Metadata = PodInput['metadata'];
type Spec = PodInput['spec'];
type Container = Spec['containers'][number];

/** Under which a server has this object in its store, as `kubectl get -o yaml` shows it; undefined: it was written by hand. */
export const storedUid = (metadata: LoosePod['metadata']): string | undefined =>
  metadata?.resourceVersion ? metadata.uid || undefined : undefined;

const ownFinalizers = new Set(['foregroundDeletion', 'orphan']);
const isOwnFinalizer = (name = ''): boolean =>
  ownFinalizers.has(name) || /^([a-z0-9.-]+\.)?kubernetes\.io\//.test(name);

export const metadataDefaults: ServerDefaults<Metadata> = {
  finalizers: (names) => names.every(isOwnFinalizer),
};

/** Those that admission gives to every pod, and the DaemonSet controller to its own. */
const isOwnToleration = ({ key = '', operator }: NonNullable<Loose<Spec>['tolerations']>[number] & object): boolean =>
  key.startsWith('node.kubernetes.io/') && operator === 'Exists';

export const specDefaults: ServerDefaults<Spec> = {
  affinity: isDaemonPlace,
  os: ({ name }) => name === 'linux',
  overhead: (_, { runtimeClassName }) => Boolean(runtimeClassName),
  preemptionPolicy: (policy) => policy === 'PreemptLowerPriority',
  // the class says it already
  priority: (priority, { priorityClassName }) => priority === 0 || Boolean(priorityClassName),
  schedulerName: (name) => name === 'default-scheduler',
  // the older name of the same
  serviceAccount: (name, { serviceAccountName }) => name === 'default' || name === serviceAccountName,
  serviceAccountName: (name) => name === 'default',
  tolerations: (tolerations) => tolerations.every((toleration) => isOwnToleration(toleration ?? {})),
};

/** Where the DaemonSet controller ties a pod to its node, and nothing else. */
function isDaemonPlace({ nodeAffinity, ...others }: NonNullable<Loose<Spec>['affinity']>): boolean {
  const { requiredDuringSchedulingIgnoredDuringExecution: required, ...wishes } = nodeAffinity ?? {};
  if (required === undefined || Object.keys({ ...others, ...wishes }).length > 0) return false;
  return (required.nodeSelectorTerms ?? []).every((term) => {
    const { matchFields = [], ...rest } = term ?? {};
    return Object.keys(rest).length === 0 && matchFields.every((field) => field?.key === 'metadata.name');
  });
}

export const containerDefaults: ServerDefaults<Container> = {
  imagePullPolicy: (policy, { image = '' }) => image === 'host' || policy === defaultPullPolicy(image),
  resizePolicy: (policies) => policies.every((policy) => policy?.restartPolicy === 'NotRequired'),
};

/** Always of what is tagged latest, or with neither tag nor digest. */
function defaultPullPolicy(image: string): string {
  if (image.includes('@')) return 'IfNotPresent';
  const [, tag = 'latest'] = image.slice(image.lastIndexOf('/') + 1).split(':');
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

/** The volume by which admission gives a pod its token: nothing here could be asked with one. */
export const isTokenVolume = (name = ''): boolean => /^kube-api-access-[a-z0-9]{5}$/.test(name);

/** A claim that was bound in a cluster: its volume stayed there, and its class may be the cluster's default. */
export const isBound = ({ metadata, spec }: Loose<ClaimInput>): boolean =>
  storedUid(metadata) !== undefined && Boolean(spec?.volumeName);

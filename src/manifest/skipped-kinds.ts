/** Kinds that mean nothing on one machine: said once, with their places, and left out. */
import type { Diagnostic, Position } from '../model/diagnostic.ts';
import { dataKinds } from '../model/object-kinds.ts';
import type { YamlNode } from './yaml-node.ts';

/** Of Kubernetes itself; those of operators (CustomResourceDefinitions' own) are nobody's here, and unknown. */
const clusterKinds = new Set(
  (
    'Node Binding ComponentStatus Endpoints EndpointSlice Event LimitRange ResourceQuota PersistentVolume ServiceAccount ' +
    'Ingress IngressClass IPAddress ServiceCIDR Role RoleBinding ClusterRole ClusterRoleBinding PodDisruptionBudget Eviction ' +
    'HorizontalPodAutoscaler StorageClass VolumeAttachment VolumeAttributesClass CSIDriver CSINode CSIStorageCapacity ' +
    'PriorityClass RuntimeClass CustomResourceDefinition APIService MutatingWebhookConfiguration ' +
    'ValidatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding MutatingAdmissionPolicy ' +
    'MutatingAdmissionPolicyBinding FlowSchema PriorityLevelConfiguration CertificateSigningRequest ClusterTrustBundle Lease ' +
    'LeaseCandidate DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice PodSecurityPolicy ' +
    'Gateway GatewayClass HTTPRoute GRPCRoute TCPRoute TLSRoute UDPRoute ReferenceGrant'
  ).split(' '),
);

export interface SkippedObject {
  readonly kind: string;
  readonly name: string;
  readonly file: string;
  readonly position: Position;
}

/** The kind and name of a document that is to be left out; undefined: it is to be judged. */
export function skippedKind(root: YamlNode): Pick<SkippedObject, 'kind' | 'name'> | undefined {
  const kind = textAt(root, 'kind');
  if (kind === undefined || !clusterKinds.has(kind) || (dataKinds as readonly string[]).includes(kind))
    return undefined;
  const metadata = root.kind === 'map' ? root.entries.get('metadata')?.node : undefined;
  return { kind, name: (metadata && textAt(metadata, 'name')) ?? '' };
}

function textAt(node: YamlNode, key: string): string | undefined {
  const value = node.kind === 'map' ? node.entries.get(key)?.node : undefined;
  return value?.kind === 'scalar' && typeof value.value === 'string' ? value.value : undefined;
}

/** One warning for all of them, at the first; none where nothing was left out. */
export function warnSkipped(skipped: readonly SkippedObject[]): readonly Diagnostic[] {
  const [first] = skipped;
  if (first === undefined) return [];
  const names = skipped.map(({ kind, name, file, position: { line } }) => {
    const place = file === first.file ? `line ${line}` : `${file}:${line}`;
    return `${[kind, name].filter((word) => word !== '').join(' ')} (${place})`;
  });
  const what = skipped.length === 1 ? 'means nothing on one machine, skipped' : 'mean nothing on one machine, skipped';
  const { file, position } = first;
  return [{ severity: 'warning', file, position, field: 'kind', message: `${what}: ${names.join(', ')}` }];
}

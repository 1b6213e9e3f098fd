/** Scheduling fields of a pod: known by name and type, without meaning on one machine. */
import { fields, flag, int32, int64, labelSelector, list, quantityMap, text, textMap } from './schema-kinds.ts';

const requirement = fields({ key: text, operator: text, values: list(text) });
const nodeSelectorTerm = fields({ matchExpressions: list(requirement), matchFields: list(requirement) });
const podAffinityTerm = fields({
  labelSelector,
  namespaceSelector: labelSelector,
  namespaces: list(text),
  topologyKey: text,
  matchLabelKeys: list(text),
  mismatchLabelKeys: list(text),
}).meta({ id: 'PodAffinityTerm' });
const podAffinity = fields({
  requiredDuringSchedulingIgnoredDuringExecution: list(podAffinityTerm),
  preferredDuringSchedulingIgnoredDuringExecution: list(fields({ weight: int32, podAffinityTerm })),
});

const affinity = fields({
  nodeAffinity: fields({
    requiredDuringSchedulingIgnoredDuringExecution: fields({ nodeSelectorTerms: list(nodeSelectorTerm) }),
    preferredDuringSchedulingIgnoredDuringExecution: list(fields({ weight: int32, preference: nodeSelectorTerm })),
  }),
  podAffinity,
  podAntiAffinity: podAffinity,
});

const topologySpreadConstraint = fields({
  maxSkew: int32,
  topologyKey: text,
  whenUnsatisfiable: text,
  labelSelector,
  minDomains: int32,
  nodeAffinityPolicy: text,
  nodeTaintsPolicy: text,
  matchLabelKeys: list(text),
});

/** Fields of a pod's spec that only a cluster acts on. */
export const clusterFields = {
  affinity,
  automountServiceAccountToken: flag,
  enableServiceLinks: flag,
  evictionResponders: list(fields({ name: text, priority: int32 })),
  imagePullSecrets: list(fields({ name: text })),
  nodeName: text,
  nodeSelector: textMap,
  os: fields({ name: text }),
  overhead: quantityMap,
  preemptionPolicy: text,
  priority: int32,
  priorityClassName: text,
  readinessGates: list(fields({ conditionType: text })),
  resourceClaims: list(fields({ name: text, resourceClaimName: text, resourceClaimTemplateName: text })),
  runtimeClassName: text,
  schedulerName: text,
  schedulingGates: list(fields({ name: text })),
  schedulingGroup: fields({ podGroupName: text }),
  serviceAccount: text,
  serviceAccountName: text,
  tolerations: list(fields({ key: text, operator: text, value: text, effect: text, tolerationSeconds: int64 })),
  topologySpreadConstraints: list(topologySpreadConstraint),
};

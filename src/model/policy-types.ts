import type { NetworkPolicySpec } from './service-spec.ts';

/** Directions that a policy isolates, as the API server fills them in: Ingress always, Egress only where there are rules for it. */
export function policyTypesOf({ policyTypes = [], egress = [] }: NetworkPolicySpec): readonly ('Ingress' | 'Egress')[] {
  if (policyTypes.length > 0) return policyTypes;
  return egress.length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
}

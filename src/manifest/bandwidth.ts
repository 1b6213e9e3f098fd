/** The annotations of Kubernetes' bandwidth plugin, which limit a pod's link. */
import type { Bandwidth } from '../model/network.ts';
import { parseQuantity, quantityUnits } from '../util/quantity.ts';
import { invalid, type ProblemSink } from './field-problem.ts';
import type { LoosePod } from './schema.ts';

/** As seen from the pod. */
export const bandwidthAnnotations = {
  ingressBps: 'kubernetes.io/ingress-bandwidth',
  egressBps: 'kubernetes.io/egress-bandwidth',
} as const;

/** What Kubernetes takes for reasonable: 1 kbit/s to 1 Pbit/s (k8s.io/kubernetes pkg/util/bandwidth). */
const lowestBps = 1e3;
const highestBps = 1e15;

/** Refuses what is no amount of bits per second; warns where the pod has no link that it could limit. */
export function checkBandwidth({ metadata, spec }: LoosePod, problems: ProblemSink): void {
  for (const name of Object.values(bandwidthAnnotations)) {
    const text = metadata?.annotations?.[name];
    if (text === undefined) continue;
    const path = ['metadata', 'annotations', name];
    const complaint = complaintOf(text);
    if (complaint !== undefined) problems.error(path, invalid(text, complaint), { hint: 'bits per second, as "20M"' });
    else if (spec?.hostNetwork === true)
      problems.warn(path, "does nothing: with hostNetwork the links are the machine's");
    else if (spec?.network === 'none') problems.warn(path, 'does nothing: with network none there is only loopback');
  }
}

function complaintOf(text: string): string | undefined {
  const nano = parseQuantity(text);
  if (nano === undefined) return 'must be a quantity';
  const bps = quantityUnits(nano);
  if (bps < lowestBps) return 'resource is unreasonably small (< 1kbit)';
  return bps > highestBps ? 'resource is unreasonably large (> 1Pbit)' : undefined;
}

/** Undefined: the pod's link is as fast as it can be. */
export function normaliseBandwidth(annotations: Readonly<Record<string, string>> | undefined): Bandwidth | undefined {
  const limits = Object.entries(bandwidthAnnotations).flatMap(([field, name]): [string, number][] => {
    const nano = parseQuantity(annotations?.[name] ?? '');
    return nano === undefined ? [] : [[field, quantityUnits(nano)]];
  });
  return limits.length === 0 ? undefined : Object.fromEntries(limits);
}

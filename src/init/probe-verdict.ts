/** When single results of a probe turn its verdict: Kubernetes' successThreshold and failureThreshold. */
import type { ProbeSpec } from '../model/pod-spec.ts';
import type { ProbeKind } from './machine.ts';

/** What one attempt saw, in words for people. */
export interface ProbeResult {
  readonly ok: boolean;
  readonly message: string;
  /** nothing came within the probe's time */
  readonly isLate?: true;
  /** httpGet: the answer's status */
  readonly status?: number;
  /** httpGet: a success that is no proof, in the kubelet's words */
  readonly warning?: string;
  /** httpGet: where redirects had led to */
  readonly url?: string;
  /** `address:port` that refused the connection */
  readonly refusedBy?: string;
  /** exec: what it printed */
  readonly output?: string;
}

export interface ProbeVerdict {
  readonly ok: boolean;
  /** results in a row that say the opposite */
  readonly against: number;
}

/** A program is not ready, and alive, until its probe says otherwise. */
export const firstVerdict = (kind: ProbeKind): ProbeVerdict => ({ ok: kind === 'liveness', against: 0 });

/** The verdict after one more result; only enough of the opposite in a row turn it. */
export function noteResult(
  verdict: ProbeVerdict,
  ok: boolean,
  thresholds: Pick<ProbeSpec, 'successThreshold' | 'failureThreshold'>,
): ProbeVerdict {
  if (ok === verdict.ok) return verdict.against === 0 ? verdict : { ok, against: 0 };
  const against = verdict.against + 1;
  const needed = ok ? thresholds.successThreshold : thresholds.failureThreshold;
  return against >= needed ? { ok, against: 0 } : { ok: verdict.ok, against };
}

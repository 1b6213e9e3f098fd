/** A hostPort that somebody began to listen on between the pod's apply and its start (the machine was restarted, say). */
import { claimsOfPod } from '../network/plan-port-claims.ts';
import { type Engine, noteEvent } from './engine.ts';
import { findTakenPorts } from './find-taken-ports.ts';
import type { Pod } from './pod.ts';

/** An event: the pod has the port, and the other hears nothing. */
export function tellTakenPorts(engine: Engine, pod: Pod): void {
  const { namespace, name } = pod.spec;
  const claims = claimsOfPod(`pod ${namespace}/${name}`, pod.spec);
  const { network } = engine.deps;
  const own = { dnsAddress: network.settings.dnsAddress, podnetPid: network.status().podnetPid };
  for (const { words } of findTakenPorts(claims, engine.pods(), own)) {
    noteEvent(engine, pod, 'Warning', 'HostPortConflict', `${words}, and hears nothing there while this pod runs`);
  }
}

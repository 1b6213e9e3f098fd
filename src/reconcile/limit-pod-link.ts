/** The bandwidth of a pod's link, in place. */
import { limitLink } from '../network/mend-link.ts';
import { formatError } from '../util/pod-error.ts';
import { podLink } from './addresses.ts';
import { type Engine, noteEvent } from './engine.ts';
import type { Pod } from './pod.ts';

/** What the kernel refuses is told once; the pod runs on without the limit. */
export function limitPodLink(engine: Engine, pod: Pod): void {
  const plan = podLink(engine, pod);
  const inPod = pod.spec.containers.filter(({ namespaces }) => namespaces.net === 'pod');
  const [init] = inPod.flatMap(({ name }) => pod.containers.get(name)?.instance?.init() ?? []);
  if (plan === undefined || init === undefined) return;
  pod.limited = pod.spec.bandwidth;
  try {
    const changed = limitLink({ plan, init });
    if (changed.length > 0)
      noteEvent(engine, pod, 'Normal', 'Resized', `Changed in place: ${changed.join(', ')} of its link`);
  } catch (error) {
    const message = `The bandwidth of its link is not limited: ${formatError(error)}`;
    noteEvent(engine, pod, 'Warning', 'BandwidthUnlimited', message);
  }
}

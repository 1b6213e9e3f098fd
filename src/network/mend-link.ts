/** A living pod's link as it was planned, from podd: inside of the pod it is reached by way of one of its processes. */
import { closeSync, fstatSync, statSync } from 'node:fs';
import { inNetworkNamespace, openNamespaceOf } from '../linux/namespaces.ts';
import { openNetlink } from '../linux/netlink.ts';
import { limitPodLink, mendPodLink } from '../linux/pod-link.ts';
import type { PodLinkPlan } from '../model/network.ts';
import type { ProcessMark } from '../model/process-mark.ts';

export interface WantedLink {
  readonly plan: PodLinkPlan;
  /** a living one in the pod's network namespace; absent: there is nothing to repair until one lives */
  readonly init?: ProcessMark;
}

/** What had to be put back; nothing when the pod's last process is gone meanwhile. `home`: a netlink socket of this namespace. */
export const mendLink = ({ plan, init }: WantedLink, home: number): readonly string[] =>
  inPod(init, (pod, podNamespace) => mendPodLink(plan, { home, pod, podNamespace })) ?? [];

/** What of its bandwidth was otherwise than planned. Throws SysError: ENOENT where the kernel has no sch_tbf. */
export function limitLink({ plan, init }: WantedLink): readonly string[] {
  const home = openNetlink('route');
  try {
    return inPod(init, (pod) => limitPodLink(plan, { home, pod })) ?? [];
  } finally {
    closeSync(home);
  }
}

/** `pod`: a netlink socket of its network namespace. Undefined when nobody lives there. */
function inPod<T>(init: ProcessMark | undefined, act: (pod: number, podNamespace: number) => T): T | undefined {
  const podNamespace = init === undefined ? undefined : openForeignNamespace(init);
  if (podNamespace === undefined) return undefined;
  try {
    const pod = inNetworkNamespace(podNamespace, () => openNetlink('route'));
    try {
      return act(pod, podNamespace);
    } finally {
      closeSync(pod);
    }
  } finally {
    closeSync(podNamespace);
  }
}

/** Never our own, which an init that is being set up is still in: a machine with a pod's default route is lost. */
function openForeignNamespace(init: ProcessMark): number | undefined {
  const fd = openNamespaceOf(init, 'net');
  if (fd === undefined || fstatSync(fd).ino !== statSync('/proc/self/ns/net').ino) return fd;
  closeSync(fd);
  return undefined;
}

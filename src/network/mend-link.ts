/** A living pod's link as it was planned, from podd: inside of the pod it is reached by way of one of its processes. */
import { closeSync, fstatSync } from 'node:fs';
import { inNetworkNamespace, openNamespace } from '../linux/namespaces.ts';
import { openNetlink } from '../linux/netlink.ts';
import { limitPodLink, mendPodLink } from '../linux/pod-link.ts';
import type { PodLinkPlan } from '../model/network.ts';

export interface WantedLink {
  readonly plan: PodLinkPlan;
  /** of a living init in the pod's network namespace; absent: none lives, there is nothing to repair until one does */
  readonly pid?: number;
}

/** What had to be put back; nothing when the pod's last process is gone meanwhile. `home`: a netlink socket of this namespace. */
export const mendLink = ({ plan, pid }: WantedLink, home: number): readonly string[] =>
  inPod(pid, (pod, podNamespace) => mendPodLink(plan, { home, pod, podNamespace })) ?? [];

/** What of its bandwidth was otherwise than planned. Throws SysError: ENOENT where the kernel has no sch_tbf. */
export function limitLink({ plan, pid }: WantedLink): readonly string[] {
  const home = openNetlink('route');
  try {
    return inPod(pid, (pod) => limitPodLink(plan, { home, pod })) ?? [];
  } finally {
    closeSync(home);
  }
}

/** `pod`: a netlink socket of its network namespace. Undefined when nobody lives there. */
function inPod<T>(pid: number | undefined, act: (pod: number, podNamespace: number) => T): T | undefined {
  const podNamespace = pid === undefined ? undefined : openForeignNamespace(pid);
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

/** Never our own: the pid may be another process's by now, and a machine with a pod's default route is lost. */
function openForeignNamespace(pid: number): number | undefined {
  const own = openNamespace('self', 'net');
  try {
    const fd = openNamespace(pid, 'net');
    if (fstatSync(fd).ino !== fstatSync(own).ino) return fd;
    closeSync(fd);
    return undefined;
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  } finally {
    closeSync(own);
  }
}

/** What a launch plan is made from besides the pod: decisions about this one start, and facts about the machine. */
import type { CgroupLayout } from '../model/cgroup.ts';
import type { IdRange } from '../model/id-range.ts';
import type { InstancePaths } from '../model/instance-paths.ts';
import type { LateValues } from '../model/late-value.ts';
import type { CgroupPlacement, NamespaceSource, SandboxPlan } from '../model/launch-plan.ts';
import type { AddressPair } from '../model/network.ts';
import type { NamespaceKind } from '../model/pod-spec.ts';
import type { SeccompFilter } from '../model/seccomp.ts';

/** One start of one container (or of the pod's own init). */
export interface LaunchContext {
  /** unique per start: 16 hex digits */
  readonly id: string;
  readonly podUid: string;
  /** restart count at this start */
  readonly attempt: number;
  readonly paths: InstancePaths;
  /** from planNamespaces or planPodInitNamespaces */
  readonly namespaces: Readonly<Record<NamespaceKind, NamespaceSource>>;
  readonly sandbox?: SandboxPlan;
  /** absent: pods have loopback alone */
  readonly network?: PodNetworkFacts;
  readonly cgroups: CgroupPlacement;
  /** a living init of the pod that shows volumes in memory */
  readonly memoryHolder?: number;
  /** absent: nothing of the container's spec waits for its start */
  readonly late?: LateValues;
  /** of the pod's user namespace; absent: the machine's */
  readonly users?: IdRange;
  /** of the container's programs; absent: unconfined */
  readonly seccomp?: SeccompFilter;
  readonly host: HostFacts;
}

/** The pod network as the files of one container tell of it. */
export interface PodNetworkFacts {
  /** of a pod that has some */
  readonly addresses?: AddressPair;
  /** of the resolver that knows pods and Services; absent: it is not there */
  readonly dnsAddress?: string;
  readonly clusterDomain: string;
}

/** What plans need to know of the machine; read once per podd by readHostFacts. */
export interface HostFacts {
  readonly hostname: string;
  /** MemTotal */
  readonly memoryBytes: number;
  /** that podd may use; absent: not known */
  readonly cpus?: number;
  /** the resolver configuration that reaches real name servers, as the host has it */
  readonly resolvConf: string;
  /** text of the host's /etc/hosts, which a container in its network has too */
  readonly hosts?: string;
  /** text of the host's /etc/passwd and /etc/group; containers see the lines of users and groups that their manifest names */
  readonly passwd: string;
  readonly group: string;
  /** top-level links into /usr on a merged system: `/bin` → `usr/bin` */
  readonly usrLinks: Readonly<Record<string, string>>;
  /** of the same paths those that are directories of their own */
  readonly topDirs: readonly string[];
  /** of `publicEtcPaths` those that exist */
  readonly etcPaths: readonly string[];
  /** target of /etc/localtime when it is a link into /usr */
  readonly localtime?: string;
  /** target of /etc/os-release when it is a link into /usr */
  readonly osRelease?: string;
  /** names in the host's /dev that file systems are mounted on: pts, shm, mqueue */
  readonly devDirs: readonly string[];
  /** the kernel has POSIX message queues */
  readonly hasMqueue: boolean;
  /** highest capability number the kernel knows */
  readonly lastCapability: number;
  readonly cgroupLayout: CgroupLayout;
}

/** Top-level paths that are links into /usr on a merged system, file-hierarchy(7). */
export const usrPaths: readonly string[] = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];

/**
 * All of the host's /etc that an `image: host` container sees: what programs in /usr cannot work without, none of it private.
 * ld.so.conf is not among them: only ldconfig reads it, and the cache that it writes is read-only here.
 */
export const publicEtcPaths: readonly string[] = [
  '/etc/alternatives',
  '/etc/ld.so.cache',
  '/etc/ssl/certs',
  '/etc/pki/ca-trust/extracted',
];

/** What podd hands to the zygote and podinit: one container start as plain data. Everything is decided; podinit only performs. */
import type { CgroupWrite } from './cgroup.ts';
import type { IdRange } from './id-range.ts';
import type { HealthSpec, TerminationMessageSpec } from './lifecycle-spec.ts';
import type { PodLinkPlan } from './network.ts';
import type {
  AccountPart,
  DependencySpec,
  NamespaceKind,
  ProbeSpec,
  ProcView,
  ProgramLogsSpec,
  ProgramReloadSpec,
  ProgramRestartSpec,
  ProgramStopSpec,
  ReadinessSpec,
  Rlimit,
  RlimitName,
  ScheduleSpec,
} from './pod-spec.ts';
import type { SeccompFilter } from './seccomp.ts';

/**
 * Where a namespace comes from at launch.
 * `host`: stay in podd's; `new`: unshare; `sandbox`: the pod's, held by the zygote under `SandboxPlan.key`;
 * `pid`: join `/proc/<pid>/ns/<kind>` of a living init.
 */
export type NamespaceSource =
  | { readonly from: 'host' }
  | { readonly from: 'new' }
  | { readonly from: 'sandbox' }
  | { readonly from: 'pid'; readonly pid: number };

/** The pod's shared namespaces. The zygote opens them from `adoptFromPid` when given, else creates them, once per key. */
export interface SandboxPlan {
  /** pod uid */
  readonly key: string;
  readonly kinds: readonly NamespaceKind[];
  /** UTS nodename set when the uts namespace is created */
  readonly hostname: string;
  /** a living init whose namespaces are the pod's (after a restart of podd or zygote) */
  readonly adoptFromPid?: number;
  /** written once, when the namespaces are made: by path below /proc/sys */
  readonly sysctls?: Readonly<Record<string, string>>;
  /** made with the network namespace; absent: loopback alone */
  readonly link?: PodLinkPlan;
  /** ids of the user namespace that all of them belong to; absent: the machine's */
  readonly users?: IdRange;
}

/** emptyDirs in memory of a pod, in a mount namespace of their own (init/memory-volumes.ts). */
export interface MemoryPlan {
  /** pod uid */
  readonly key: string;
  /** of the container that starts */
  readonly volumes: readonly MemoryVolumePlan[];
  /** a living init that holds the namespace (after a restart of podd or zygote) */
  readonly adoptFromPid?: number;
}

export interface MemoryVolumePlan {
  readonly name: string;
  readonly sizeBytes: number;
  readonly mode: number;
  /** the group of its directory; absent: root's */
  readonly gid?: number;
}

/** Attributes of a cloned mount, mount_setattr(2). */
export type MountAttribute = 'ro' | 'nosuid' | 'nodev' | 'noexec';

/** A host path cloned as a detached mount before the pivot (open_tree(2) OPEN_TREE_CLONE). */
export interface MountSource {
  readonly id: string;
  readonly path: string;
  /** what of `path` is cloned: a relative path, resolved without leaving it (openat2(2) RESOLVE_BENEATH) */
  readonly subPath?: string;
  readonly recursive: boolean;
  /** where `path` is: absent: in the mount namespace that the container has of its own by then; `machine`: in podd's; `memory`: in MemoryPlan's */
  readonly from?: 'machine' | 'memory';
  readonly attributes: readonly MountAttribute[];
  /** owners are shown as the pod's user namespace has them, `wish`: where its file system can do that; absent: as they are on the machine */
  readonly idMap?: 'required' | 'wish';
  /** the attributes are not for what is mounted below it */
  readonly isShallow?: true;
  /** mounts below it come from the machine, or go there too; else they are its own */
  readonly propagation?: 'slave' | 'shared';
  /** silently skipped when the path does not exist */
  readonly optional?: boolean;
  /** anything but a device node is refused */
  readonly isDevice?: boolean;
}

/** What becomes `/`. `none`: the container stays in a joined or the host's mount namespace and no root is made. */
export type RootPlan =
  | { readonly kind: 'none' }
  | { readonly kind: 'tmpfs'; readonly mode: number }
  | { readonly kind: 'overlay'; readonly lower: string; readonly upper: string; readonly work: string };

/** One step inside the new root, after the pivot; performed in order. Paths are absolute in the container. */
export type RootOp =
  | { readonly op: 'mkdir'; readonly path: string; readonly mode: number }
  | { readonly op: 'symlink'; readonly path: string; readonly target: string }
  /** creates or replaces a small file */
  | { readonly op: 'file'; readonly path: string; readonly mode: number; readonly content: string }
  /** move_mount of a detached source onto path; the mount point (directory or file, as the source is) is created */
  | { readonly op: 'attach'; readonly source: string; readonly path: string }
  /** the same for a volume: the path may lead through what users control, and must not end in /proc (model/mount-path.ts) */
  | { readonly op: 'volume'; readonly source: string; readonly path: string; readonly volume: string }
  /** the same for a device node */
  | { readonly op: 'device'; readonly source: string; readonly path: string }
  /** a fresh file system; the mount point directory is created */
  | {
      readonly op: 'mount';
      readonly type: string;
      readonly path: string;
      readonly attributes: readonly MountAttribute[];
      readonly data: string;
    }
  /** bind what is at `from` over `path`, a place as of a volume; the mount point is created */
  | { readonly op: 'bindFile'; readonly from: string; readonly path: string }
  /** hide: files get the detached source `nullSource` bound over them, directories an empty read-only tmpfs; absent: skipped */
  | { readonly op: 'mask'; readonly path: string; readonly nullSource: string }
  /** bind over itself read-only; absent: skipped */
  | { readonly op: 'readonly'; readonly path: string }
  /** remount / itself read-only; last */
  | { readonly op: 'readonlyRoot' };

/** Absolute cgroup directories, one per hierarchy in use (one on v2). All exist before launch. */
export interface CgroupPlacement {
  readonly app: readonly string[];
  readonly init: readonly string[];
  /** leaf per program name, plus `_exec` for exec sessions */
  readonly leaves: Readonly<Record<string, readonly string[]>>;
  /** `v1`/`hybrid`: oom_kill is read from memory.oom_control of the leaf, `v2`: from memory.events */
  readonly layout: 'v1' | 'v2' | 'hybrid';
  /** hybrid: the mount point of cgroup2, where the last directory of each list is below it; absent: none is */
  readonly unified?: string;
  /** v2: limits of the leaves, whose files come to be only when podinit has left `app` and handed the controllers down */
  readonly leafWrites?: readonly CgroupWrite[];
}

/** One instance of one program, ready to be spawned: what podinit's machine and its hands need to know. */
export interface ProgramPlan {
  /** programKey(program, instance): unique in the container; names its cgroup leaf */
  readonly name: string;
  readonly program: string;
  readonly instance: number;
  /** how people see it: `web`, or `web:0` where the program has instances */
  readonly label: string;
  readonly exec: ProgramExecPlan;
  readonly essential: boolean;
  readonly autostart: boolean;
  readonly dependsOn: readonly DependencySpec[];
  readonly readiness?: ReadinessSpec;
  readonly liveness?: ProbeSpec;
  readonly restart: ProgramRestartSpec;
  readonly stop: ProgramStopSpec;
  readonly reload?: ProgramReloadSpec;
  readonly schedule?: ScheduleSpec;
  readonly logs: ProgramLogsPlan;
}

/** What is fixed from a program's start on: a change of any of it takes a restart of the program (model/program-change.ts). */
export interface ProgramExecPlan {
  readonly argv: readonly string[];
  /** `KEY=value`, complete (PATH, HOME, HOSTNAME … already in); NOTIFY_SOCKET is added by podinit */
  readonly envp: readonly string[];
  /** HOME was not written by the user: with userName it is that user's from /etc/passwd */
  readonly homeOfUser: boolean;
  readonly workingDir: string;
  readonly userName?: string;
  readonly groupName?: string;
  readonly uid: number;
  readonly gid: number;
  readonly supplementaryGroups?: readonly number[];
  /** looked up in the container at each start, beside the numbers above */
  readonly fromAccounts?: readonly AccountPart[];
  /** capability numbers, capability.h: bounding, permitted and effective */
  readonly capabilities: readonly number[];
  /** also the ambient set, for a user other than root */
  readonly ambient: boolean;
  readonly noNewPrivileges: boolean;
  readonly oomScoreAdj: number;
  readonly umask: number;
  readonly nice: number;
  readonly rlimits: Readonly<Partial<Record<RlimitName, Rlimit>>>;
  readonly stdin: boolean;
  readonly stdinOnce?: true;
  readonly tty: boolean;
}

export interface ProgramLogsPlan extends ProgramLogsSpec {
  /** file name in the log directory (model/program-name.ts) */
  readonly file: string;
}

export interface LaunchPlan {
  /** unique per start: 16 hex digits */
  readonly id: string;
  readonly podUid: string;
  readonly podName: string;
  readonly podNamespace: string;
  readonly container: string;
  /** `pod`: the PID 1 of a shared pid namespace, without programs; `container`: the usual */
  readonly role: 'container' | 'pod';
  /** host directory `<run>/i/<id>`, mode 0700: ctl.sock, init.json, exit.json live here */
  readonly runDir: string;
  /** host directory of the programs' log files; absent for role pod */
  readonly logDir?: string;
  /** restart count at this start; named by the log files */
  readonly attempt: number;
  readonly namespaces: Readonly<Record<NamespaceKind, NamespaceSource>>;
  readonly sandbox?: SandboxPlan;
  /** absent: the container sees no volume in memory */
  readonly memory?: MemoryPlan;
  /** ids of the user namespace that it enters, the sandbox's; absent: podd's */
  readonly users?: IdRange;
  /** set as UTS nodename when `namespaces.uts` is `new` */
  readonly hostname: string;
  readonly timeOffsets?: { readonly boottimeMs: number; readonly monotonicMs: number };
  /** of namespaces that are `new`: by path below /proc/sys */
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly cgroups: CgroupPlacement;
  /** oom_score_adj of PID 1 itself; refused lowering is tolerated */
  readonly oomScoreAdj: number;
  readonly sources: readonly MountSource[];
  readonly root: RootPlan;
  readonly rootOps: readonly RootOp[];
  /** the container's, by number: its programs have these or fewer, those of a later update too */
  readonly capabilities: readonly number[];
  /** probes and hooks of the container as a whole, late values filled in */
  readonly health?: HealthSpec;
  /** becomes the exit record's message; absent: of role pod. The file is there where rootOps make it. */
  readonly terminationMessage?: TerminationMessageSpec;
  /** of all its programs, exec sessions, probes and hooks, not of PID 1; absent: unconfined */
  readonly seccomp?: SeccompFilter;
  /** absent: off, /proc tells of the machine */
  readonly procView?: Exclude<ProcView, 'off'>;
  /** every instance of every program, in the manifest's order */
  readonly programs: readonly ProgramPlan[];
}

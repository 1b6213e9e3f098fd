/** Programs as podinit starts them: an entry per instance, complete environment, numbers instead of names. Pure. */
import type { ProgramExecPlan, ProgramPlan } from '../model/launch-plan.ts';
import type { ContainerSpec, PodSpec, ProgramSpec } from '../model/pod-spec.ts';
import { logFileName, programKey, programLabel } from '../model/program-name.ts';
import { planCapabilities } from './capabilities.ts';
import type { HostFacts } from './launch-context.ts';
import { oomScore } from './oom-score.ts';

/** Docker's and containerd's default. */
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Every instance of every program of the container, in the manifest's order; the same for the same arguments. */
export function planPrograms(pod: PodSpec, container: ContainerSpec, host: HostFacts, attempt: number): ProgramPlan[] {
  return container.programs.flatMap((program) =>
    instancesOf(program).map((instance) => planProgram({ pod, container, host, attempt, program, instance })),
  );
}

/** programKey of every instance of every program, as planPrograms names them: the container's cgroup leaves but `_exec`. */
export function programLeaves(container: ContainerSpec): string[] {
  return container.programs.flatMap((program) =>
    instancesOf(program).map((instance) => programKey(program.name, instance)),
  );
}

/** What gethostname(2) answers in the container, as far as it is known before the start. */
export function containerHostname(pod: PodSpec, container: ContainerSpec, host: HostFacts): string {
  return container.namespaces.uts === 'host' ? host.hostname : pod.hostname;
}

/** `KEY=value`: PATH, HOSTNAME and HOME unless the manifest says otherwise, then the manifest's own. */
export function planEnvironment(program: Pick<ProgramSpec, 'env' | 'uid'>, hostname: string): string[] {
  const home = program.uid === 0 ? '/root' : '/';
  const environment = { PATH: defaultPath, HOSTNAME: hostname, HOME: home, ...program.env };
  return Object.entries(environment).map(([key, value]) => `${key}=${value}`);
}

const instancesOf = ({ instances = 1 }: ProgramSpec): number[] => Array.from({ length: instances }, (_, n) => n);

interface Instance {
  readonly pod: PodSpec;
  readonly container: ContainerSpec;
  readonly host: HostFacts;
  readonly attempt: number;
  readonly program: ProgramSpec;
  readonly instance: number;
}

function planProgram(planned: Instance): ProgramPlan {
  const { container, attempt, instance } = planned;
  const program = container.isPlain ? planned.program : withInstance(planned.program, instance);
  const key = programKey(program.name, instance);
  return {
    name: key,
    program: program.name,
    instance,
    label: programLabel(program.name, instance, program.instances !== undefined),
    exec: planExec({ ...planned, program }),
    essential: program.essential,
    autostart: program.autostart,
    dependsOn: program.dependsOn,
    ...(program.readiness === undefined ? {} : { readiness: program.readiness }),
    ...(program.liveness === undefined ? {} : { liveness: program.liveness }),
    restart: program.restart,
    stop: program.stop,
    ...(program.reload === undefined ? {} : { reload: program.reload }),
    ...(program.schedule === undefined ? {} : { schedule: program.schedule }),
    logs: { ...program.logs, file: logFileName(attempt, key, container.isPlain) },
  };
}

/**
 * INSTANCE in the environment, and `$(INSTANCE)` in whatever may differ between instances. The number goes in without regard to `instances`:
 * scaling a program must not change the plan of the instance that runs.
 */
function withInstance(program: ProgramSpec, instance: number): ProgramSpec {
  const fill = (text: string): string => text.replaceAll('$(INSTANCE)', String(instance));
  const { stop, reload } = program;
  return {
    ...program,
    argv: program.argv.map(fill),
    workingDir: fill(program.workingDir),
    env: {
      ...Object.fromEntries(Object.entries(program.env).map(([key, value]) => [key, fill(value)])),
      INSTANCE: String(instance),
    },
    stop: stop.command === undefined ? stop : { ...stop, command: stop.command.map(fill) },
    ...(reload?.kind === 'command' ? { reload: { ...reload, argv: reload.argv.map(fill) } } : {}),
  };
}

function planExec({ pod, container, host, program }: Instance): ProgramExecPlan {
  const { security } = container;
  const isPrivileged = security.privileged && program.capabilities === undefined;
  const names = program.capabilities ?? security.capabilities;
  return {
    argv: program.argv,
    envp: planEnvironment(program, containerHostname(pod, container, host)),
    homeOfUser: program.env.HOME === undefined,
    workingDir: program.workingDir,
    ...(program.userName === undefined ? {} : { userName: program.userName }),
    ...(program.groupName === undefined ? {} : { groupName: program.groupName }),
    uid: program.uid,
    gid: program.gid,
    ...(program.supplementaryGroups === undefined ? {} : { supplementaryGroups: program.supplementaryGroups }),
    ...(program.fromAccounts === undefined ? {} : { fromAccounts: program.fromAccounts }),
    capabilities: planCapabilities(names, isPrivileged, host.lastCapability),
    ambient: program.capabilities !== undefined && (program.userName !== undefined || program.uid !== 0),
    noNewPrivileges: security.noNewPrivileges,
    oomScoreAdj: program.oomScoreAdj ?? oomScore(pod, container, host.memoryBytes),
    umask: program.umask,
    nice: program.nice,
    rlimits: program.rlimits,
    stdin: program.stdin,
    ...(program.stdinOnce === undefined ? {} : { stdinOnce: program.stdinOnce }),
    tty: program.tty,
  };
}

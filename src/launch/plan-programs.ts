/** Programs as podinit starts them: complete environment, numbers instead of names. Pure. */
import type { ProgramPlan } from '../model/launch-plan.ts';
import type { ContainerSpec, PodSpec, ProgramSpec } from '../model/pod-spec.ts';
import { planCapabilities } from './capabilities.ts';
import type { HostFacts } from './launch-context.ts';
import { oomScore } from './oom-score.ts';

/** Docker's and containerd's default. */
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Every program of the container, in the manifest's order. */
export function planPrograms(pod: PodSpec, container: ContainerSpec, host: HostFacts): ProgramPlan[] {
  const { security } = container;
  const hostname = containerHostname(pod, container, host);
  const capabilities = planCapabilities(security.capabilities, security.privileged, host.lastCapability);
  return container.programs.map((program) => ({
    name: program.name,
    argv: program.argv,
    envp: planEnvironment(program, hostname),
    workingDir: program.workingDir,
    uid: program.uid,
    gid: program.gid,
    supplementaryGroups: program.supplementaryGroups,
    capabilities,
    noNewPrivileges: security.noNewPrivileges,
    oomScoreAdj: oomScore(pod, container, host.memoryBytes),
    essential: program.essential,
  }));
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

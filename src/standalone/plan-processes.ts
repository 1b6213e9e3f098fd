/** Programs of a file as podinit starts them: what a pod's launch makes of them, in the surroundings that podinit itself has. Pure. */

import { fillContainer, lateValuesAlone } from '../launch/fill-late.ts';
import type { HostFacts } from '../launch/launch-context.ts';
import { planPrograms } from '../launch/plan-programs.ts';
import type { ProgramPlan } from '../model/launch-plan.ts';
import type { PodSpec } from '../model/pod-spec.ts';

export interface StandaloneFacts {
  readonly hostname: string;
  readonly memoryBytes: number;
  readonly lastCapability: number;
  /** podinit's own */
  readonly oomScoreAdj: number;
  readonly home: string | undefined;
  /** added to every program's environment, over everything */
  readonly variables: Readonly<Record<string, string>>;
  /** in it the program's key; for proc-tree.ts */
  readonly programVariable: string;
}

/** `ownHome`: programs that have podinit's HOME. */
export function planProcesses(pod: PodSpec, ownHome: ReadonlySet<string>, facts: StandaloneFacts): ProgramPlan[] {
  const [written] = pod.containers;
  if (written === undefined) return [];
  const programs = written.programs.map((program) => ({ ...program, env: withHome(program, ownHome, facts.home) }));
  const container = { ...written, programs };
  const late = lateValuesAlone(container, { ...pod, uid: '', nodeName: facts.hostname });
  const plans = planPrograms(pod, fillContainer(container, late), hostFacts(facts), 0);
  return plans.map((plan) => {
    const spec = programs.find(({ name }) => name === plan.program);
    const added = { ...facts.variables, [facts.programVariable]: plan.name };
    const envp = [...plan.exec.envp, ...Object.entries(added).map(([key, value]) => `${key}=${value}`)];
    return { ...plan, exec: { ...plan.exec, envp, oomScoreAdj: spec?.oomScoreAdj ?? facts.oomScoreAdj } };
  });
}

type Program = PodSpec['containers'][number]['programs'][number];

/** podinit's own HOME is in the container's environment, where another user's must not find it. */
function withHome(program: Program, ownHome: ReadonlySet<string>, home: string | undefined): Program['env'] {
  const { HOME, ...others } = program.env;
  const isInherited = HOME === home && home !== undefined;
  if (!isInherited || ownHome.has(program.name)) return program.env;
  // by name: looked up at each start; by number: as in a pod
  if (program.userName !== undefined) return others;
  return { ...others, HOME: program.uid === 0 ? '/root' : '/' };
}

/** What of the machine programs' plans ask for; the rest is about roots and mounts. */
const hostFacts = ({ hostname, memoryBytes, lastCapability }: StandaloneFacts): HostFacts => ({
  ...{ hostname, memoryBytes, lastCapability, resolvConf: '', usrLinks: {}, topDirs: [], etcPaths: [], devDirs: [] },
  ...{ passwd: '', group: '' },
  hasMqueue: false,
  cgroupLayout: { kind: 'v2', v1: {}, v2Controllers: [] },
});

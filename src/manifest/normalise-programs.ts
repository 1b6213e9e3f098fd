/** The programs of a container: those of `processes`, or the one of a plain `command`. */
import type { AccountPart, ContainerSpec, ProgramSpec } from '../model/pod-spec.ts';
import { plainProgramDefaults } from '../model/program-defaults.ts';
import { mainProgramName } from '../model/program-name.ts';
import {
  type Environment,
  type EnvMaterials,
  expandIn,
  homeOfId,
  normaliseEnv,
  withDefaults,
} from './normalise-env.ts';
import { stopSignalOf } from './normalise-health.ts';
import { type Inherited, normaliseProcess } from './normalise-process.ts';
import type { MountMaterials } from './normalise-volumes.ts';
import type { ContainerInput, PodInput } from './schema.ts';

type Spec = PodInput['spec'];

/** The surroundings of a container. */
export interface ProgramsContext {
  readonly spec: Spec;
  /** undefined: the machine's, so HOSTNAME is left to whoever asks for it */
  readonly hostname: string | undefined;
  readonly materials: EnvMaterials & MountMaterials;
}

/** The container's programs, and what their environments took from outside of the manifest or did not find there. */
export function normalisePrograms(
  container: ContainerInput,
  context: ProgramsContext,
): Pick<ContainerSpec, 'programs' | 'envSources' | 'missing'> {
  const inherited = inheritedOf(container, context);
  if (container.processes === undefined) {
    return { programs: [mainProgram(container, inherited)], ...findings([[mainProgramName, inherited.env]]) };
  }
  const made = container.processes.map((process) => {
    const env = normaliseEnv(process, { ...context.materials, container: container.name }, inherited.env);
    return { name: process.name, env, program: normaliseProcess(process, container, { ...inherited, env }) };
  });
  return {
    programs: made.map(({ program }) => program),
    ...findings([['', inherited.env], ...made.map(({ name, env }): [string, Environment] => [name, env])]),
  };
}

/** By program; absent when there is nothing to tell. */
function findings(
  environments: readonly (readonly [string, Environment])[],
): Pick<ContainerSpec, 'envSources' | 'missing'> {
  const sources = environments.filter(([program, env]) => program !== '' && env.sources.size > 0);
  const missing = [...new Set(environments.flatMap(([, env]) => env.missing))];
  return {
    ...(sources.length === 0
      ? {}
      : {
          envSources: Object.fromEntries(sources.map(([program, env]) => [program, Object.fromEntries(env.sources)])),
        }),
    ...(missing.length === 0 ? {} : { missing }),
  };
}

function inheritedOf(container: ContainerInput, { spec, hostname, materials }: ProgramsContext): Inherited {
  const own = container.securityContext;
  const pod = spec.securityContext;
  return {
    env: normaliseEnv(container, {
      ...materials,
      container: container.name,
      serviceLinks: spec.enableServiceLinks !== false,
    }),
    hostname,
    workingDir: container.workingDir || '/',
    uid: own?.runAsUser ?? pod?.runAsUser ?? 0,
    gid: own?.runAsGroup ?? pod?.runAsGroup ?? 0,
    supplementaryGroups: [...new Set(pod?.supplementalGroups ?? [])],
    fsGroup: pod?.fsGroup,
    fromAccounts: askedAccounts(container, spec),
    isStrict: pod?.supplementalGroupsPolicy === 'Strict',
  };
}

/** As containerd: what the manifest leaves open the image's files say. Those made for `image: host` say nothing of numbers. */
function askedAccounts(container: ContainerInput, { securityContext: pod }: Spec): AccountPart[] {
  if (container.rootfs === undefined && container.image === 'host') return [];
  const group = container.securityContext?.runAsGroup ?? pod?.runAsGroup;
  return [
    ...(group === undefined ? (['gid'] as const) : []),
    ...(pod?.supplementalGroupsPolicy === 'Strict' ? [] : (['groups'] as const)),
  ];
}

function mainProgram(container: ContainerInput, inherited: Inherited): ProgramSpec {
  const { env, hostname, workingDir, uid, gid, supplementaryGroups, fsGroup, fromAccounts } = inherited;
  const signal = stopSignalOf(container);
  const words = [...(container.command ?? []), ...(container.args ?? [])];
  return {
    ...plainProgramDefaults,
    ...(signal === undefined ? {} : { stop: { ...plainProgramDefaults.stop, signal } }),
    name: mainProgramName,
    argv: words.map((word) => expandIn(env, word)),
    env: withDefaults(env.values, { home: homeOfId(uid), hostname }),
    workingDir,
    uid,
    gid,
    supplementaryGroups: [...new Set([...supplementaryGroups, ...(fsGroup === undefined ? [] : [fsGroup])])],
    ...(fromAccounts.length === 0 ? {} : { fromAccounts }),
    stdin: container.stdin ?? false,
    ...(container.stdin === true && container.stdinOnce === true ? { stdinOnce: true } : {}),
    tty: container.tty ?? false,
  };
}

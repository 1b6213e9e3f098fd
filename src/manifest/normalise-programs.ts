/** The programs of a container: those of `processes`, or the one of a plain `command`. */
import type { ProgramSpec } from '../model/pod-spec.ts';
import { plainProgramDefaults } from '../model/program-defaults.ts';
import { mainProgramName } from '../model/program-name.ts';
import { expandVariables } from './expand-variables.ts';
import { homeOfId, normaliseEnv, withDefaults } from './normalise-env.ts';
import { type Inherited, normaliseProcess } from './normalise-process.ts';
import type { ContainerInput, PodInput } from './schema.ts';

type Spec = PodInput['spec'];

/** `hostname` undefined: the machine's, so HOSTNAME is left to whoever asks for it. */
export function normalisePrograms(
  container: ContainerInput,
  spec: Spec,
  hostname: string | undefined,
): readonly ProgramSpec[] {
  const inherited = inheritedOf(container, spec, hostname);
  return container.processes === undefined
    ? [mainProgram(container, inherited)]
    : container.processes.map((process) => normaliseProcess(process, container, inherited));
}

function inheritedOf(container: ContainerInput, spec: Spec, hostname: string | undefined): Inherited {
  const own = container.securityContext;
  const pod = spec.securityContext;
  return {
    env: normaliseEnv(container.env),
    hostname,
    workingDir: container.workingDir || '/',
    uid: own?.runAsUser ?? pod?.runAsUser ?? 0,
    gid: own?.runAsGroup ?? pod?.runAsGroup ?? 0,
    supplementaryGroups: [...new Set(pod?.supplementalGroups ?? [])],
  };
}

function mainProgram(container: ContainerInput, inherited: Inherited): ProgramSpec {
  const { env, hostname, workingDir, uid, gid, supplementaryGroups } = inherited;
  const words = [...(container.command ?? []), ...(container.args ?? [])];
  return {
    ...plainProgramDefaults,
    name: mainProgramName,
    argv: words.map((word) => expandVariables(word, env)),
    env: withDefaults(env, { home: homeOfId(uid), hostname }),
    workingDir,
    uid,
    gid,
    supplementaryGroups,
    stdin: container.stdin ?? false,
    tty: container.tty ?? false,
  };
}

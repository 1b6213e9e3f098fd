/** Completion of `POD[/CONTAINER[/PROGRAM[:INSTANCE]]]`: podd is asked only for the part that is being typed. */
import type { ProgramGroup, ProgramObject } from '../protocol/api.ts';
import type { PodSource } from './complete.ts';
import { isPlainGroup } from './program-target.ts';

/** `instances`: only programs, each as `web/app/worker=`, on the way there pods and containers that end in a slash. */
export async function programCandidates(
  what: 'programs' | 'instances',
  current: string,
  namespace: string,
  source: PodSource,
): Promise<readonly string[]> {
  const kind = /^(?:pods?|po)\//.exec(current)?.[0] ?? '';
  const [pod = '', container, ...more] = current.slice(kind.length).split('/');
  if (more.length > 1) return [];
  const leadsOn = what === 'instances';
  if (container === undefined) {
    const names = (await source.pods(namespace)).map(({ metadata }) => `${kind}${metadata.name}`);
    return names.flatMap((name) => bothWays(name, { canStop: !leadsOn, canGoOn: true }));
  }
  const groups = await source.groups(namespace, pod);
  if (more.length === 0) {
    return groups.flatMap((group) =>
      bothWays(`${kind}${pod}/${group.container}`, { canStop: !leadsOn, canGoOn: !isPlainGroup(group) }),
    );
  }
  const programs = groups.find((group: ProgramGroup) => group.container === container)?.programs ?? [];
  const names = leadsOn ? programs.map(({ program }) => `${program}=`) : programNames(programs);
  return [...new Set(names)].map((name) => `${kind}${pod}/${container}/${name}`);
}

/** A name as it is, and with a slash for what lies below it. */
function bothWays(
  name: string,
  { canStop, canGoOn }: { readonly canStop: boolean; readonly canGoOn: boolean },
): string[] {
  return [...(canStop ? [name] : []), ...(canGoOn ? [`${name}/`] : [])];
}

/** Each instance; before several of one program the name that means all of them. */
function programNames(programs: readonly ProgramObject[]): readonly string[] {
  return programs.flatMap(({ program, label }) => (label === program ? [label] : [program, label]));
}

/** Builders of what podd tells of programs: everything has a default, tests say only what they are about. */
import type { ProgramGroup, ProgramObject } from '../../src/protocol/api.ts';

export interface ProgramSeed extends Partial<ProgramObject> {
  readonly hasInstances?: boolean;
}

/** A program that has run well for a minute; `name` is its key, `worker:1` the second instance. */
export function aProgram(name: string, { hasInstances, ...more }: ProgramSeed = {}): ProgramObject {
  const [program = name, instance] = name.split(':');
  const label = hasInstances && instance === undefined ? `${program}:0` : name;
  const runs = more.state === undefined || more.state === 'RUNNING';
  return {
    ...{ namespace: 'default', pod: 'web', container: 'app' },
    ...{ name, program, instance: Number(instance ?? 0), label, state: 'RUNNING', ready: runs },
    ...{ essential: false, scheduled: false, restarts: 0 },
    ...(runs ? { pid: 7, hostPid: 1234, uptimeMs: 60_000, cpuMs: 600, memoryBytes: 12 << 20, processes: 1 } : {}),
    ...(runs ? { startedAt: '2026-01-02T11:59:00Z' } : {}),
    ...more,
  };
}

/** A running container `app` of pod `web`. */
export function aGroup(programs: readonly ProgramObject[], more: Partial<ProgramGroup> = {}): ProgramGroup {
  const { namespace = 'default', pod = 'web', container = 'app' } = more;
  return {
    ...{ namespace, pod, container, state: 'running', ready: true, restarts: 0, startedAt: '2026-01-02T11:55:00Z' },
    ...more,
    programs: programs.map((program) => ({ ...program, namespace, pod, container })),
  };
}

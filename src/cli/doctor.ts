/** Every check of `podctl doctor`, and how findings are printed. */
import { formatError } from '../util/pod-error.ts';
import { broken, type Check, type Finding } from './doctor/check.ts';

export interface NamedFinding extends Finding {
  readonly name: string;
}

/** All checks for this environment, in the order they are printed. */
export async function doctorChecks(env: Readonly<Record<string, string | undefined>>): Promise<readonly Check[]> {
  const [system, cgroup, control, build, state, network] = await Promise.all([
    import('./doctor/system-checks.ts'),
    import('./doctor/cgroup-checks.ts'),
    import('./doctor/control-checks.ts'),
    import('./doctor/build-checks.ts'),
    import('./doctor/state-checks.ts'),
    import('./doctor/network-checks.ts'),
  ]);
  return [
    ...system.systemChecks,
    ...cgroup.cgroupChecks,
    ...control.controlChecks,
    ...build.buildChecks,
    ...state.stateChecks(env),
    ...network.networkChecks(env),
  ];
}

/** Runs one check; whatever it throws is a failure of it. */
export async function runCheck({ name, look }: Check): Promise<NamedFinding> {
  try {
    return { name, ...(await look()) };
  } catch (error) {
    return { name, ...broken(formatError(error), 'report this as a bug of podctl doctor') };
  }
}

const labels = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' } as const;
const colours = { ok: 32, warn: 33, fail: 31 } as const;

/** `FAIL name: fact — what to do`. */
export function formatFinding({ name, verdict, fact, advice }: NamedFinding, colour: boolean): string {
  const label = colour ? `\u001b[${colours[verdict]}m${labels[verdict]}\u001b[0m` : labels[verdict];
  return `${label} ${name}: ${fact}${advice === undefined ? '' : ` — ${advice}`}`;
}

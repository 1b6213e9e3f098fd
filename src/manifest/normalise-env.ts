/** Environments as the manifest gives them. */
import { expandVariables } from './expand-variables.ts';
import type { ContainerInput, ProcessInput } from './schema.ts';

/** Docker's and containerd's default. */
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** These variables over the known ones; each may use those before it. Variables with valueFrom are left out by this version. */
export function normaliseEnv(
  env: ContainerInput['env'] | ProcessInput['env'],
  known: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const all = new Map(known);
  for (const { name, value, valueFrom } of variablesOf(env)) {
    if (valueFrom === undefined) all.set(name, expandVariables(value ?? '', all));
  }
  return all;
}

type Variable = NonNullable<ContainerInput['env']>[number];

function variablesOf(env: ContainerInput['env'] | ProcessInput['env']): readonly Variable[] {
  if (Array.isArray(env)) return env as readonly Variable[];
  return Object.entries(env ?? {}).map(([name, value]) => ({ name, value: value as string }));
}

/** What every program has unless the manifest says otherwise. `home`, `hostname` undefined: not known before the start. */
export function withDefaults(
  env: ReadonlyMap<string, string>,
  { home, hostname }: { readonly home: string | undefined; readonly hostname: string | undefined },
): Readonly<Record<string, string>> {
  return {
    PATH: defaultPath,
    ...(home === undefined ? {} : { HOME: home }),
    ...(hostname === undefined ? {} : { HOSTNAME: hostname }),
    ...Object.fromEntries(env),
  };
}

/** Of a user by number: /etc/passwd is not asked. */
export const homeOfId = (uid: number): string => (uid === 0 ? '/root' : '/');

/** The seccomp filters of containers, compiled once per profile and capabilities. */
import { readFileSync, statSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSeccompProfile } from '../launch/parse-seccomp-profile.ts';
import { planSeccomp } from '../launch/plan-seccomp.ts';
import { compileSeccomp } from '../linux/libseccomp.ts';
import type { SecuritySpec } from '../model/pod-spec.ts';
import type { SeccompFilter } from '../model/seccomp.ts';
import { PodError } from '../util/pod-error.ts';

export interface SeccompFilters {
  /** Undefined: unconfined. PodError names the profile and what is wrong with it. */
  readonly filterOf: (security: SecuritySpec) => SeccompFilter | undefined;
}

/** The RuntimeDefault profile, part of the package. */
const defaultProfile = fileURLToPath(new URL('../../schemas/seccomp-default.json', import.meta.url));

/** `directory`: where the profiles of `localhostProfile` lie. */
export function createSeccompFilters(directory: string): SeccompFilters {
  const compiled = new Map<string, { readonly stamp: string; readonly filter: SeccompFilter }>();
  return {
    filterOf: (security) => {
      const path = profilePath(security, directory);
      if (path === undefined) return undefined;
      const stamp = stampOf(path);
      const key = [path, ...security.capabilities].join(' ');
      const known = compiled.get(key);
      if (known?.stamp === stamp) return known.filter;
      const filter = compile(path, security.capabilities);
      compiled.set(key, { stamp, filter });
      return filter;
    },
  };
}

/** As containerd: a privileged container is unconfined whatever it asks for. */
function profilePath({ seccomp, privileged }: SecuritySpec, directory: string): string | undefined {
  if (privileged || seccomp === 'unconfined') return undefined;
  return seccomp === undefined ? defaultProfile : join(directory, seccomp.localhost);
}

function stampOf(path: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch (cause) {
    throw new PodError('SeccompProfile', `cannot load seccomp profile ${path}`, { cause });
  }
}

function compile(path: string, capabilities: readonly string[]): SeccompFilter {
  const refuse = (reason: string) => new PodError('SeccompProfile', `seccomp profile ${path}: ${reason}`);
  const profile = parseSeccompProfile(readFileSync(path, 'utf8'));
  if (!profile.ok) throw refuse(profile.error);
  const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
  const plan = planSeccomp(profile.value, capabilities, { architecture, kernel: release() });
  if (!plan.ok) throw refuse(plan.error);
  return { program: compileSeccomp(plan.value).toString('base64'), flags: plan.value.flags };
}

/** Rules for what a program runs as: user, groups, umask, nice, rlimits, capabilities. */
import { capabilityNames } from '../model/capability-names.ts';
import { rlimitNames } from '../model/pod-spec.ts';
import { closestWord } from '../util/closest-word.ts';
import { bareCapability, planCapabilities } from './container-capabilities.ts';
import { duplicate, type FieldPath, invalid, type ProblemSink } from './field-problem.ts';
import { parseAccount, parseRlimitValue, parseUmask, parseUser, rlimitName } from './process-values.ts';
import type { ProcessContext } from './rules-process.ts';
import { checkNonRootProcess } from './rules-security.ts';
import { checkRange } from './rules-values.ts';
import type { LooseContainer, LooseProcess } from './schema.ts';

export function checkIdentity(
  process: LooseProcess,
  context: ProcessContext,
  path: FieldPath,
  problems: ProblemSink,
): void {
  const { user, group, umask } = process;
  if (user !== undefined && parseUser(user) === undefined) {
    problems.error([...path, 'user'], invalid(user, 'must be an id from 0 to 2147483647 or the name of a user'), {
      hint: userHint,
    });
  }
  if (group !== undefined && parseAccount(group) === undefined) {
    problems.error([...path, 'group'], invalid(group, 'must be an id from 0 to 2147483647 or the name of a group'), {
      hint: 'examples: 1000, adm',
    });
  }
  process.supplementaryGroups?.forEach((id, index) => {
    checkRange(id, [0, 2_147_483_647], [...path, 'supplementaryGroups', index], problems);
  });
  if (umask !== undefined && parseUmask(umask) === undefined)
    problems.error([...path, 'umask'], invalid(umask, 'must be one to three octal digits'), {
      hint: 'examples: "0022", "077"',
    });
  checkRange(process.nice, [-20, 19], [...path, 'nice'], problems);
  checkRange(process.oomScoreAdj, [-1_000, 1_000], [...path, 'oomScoreAdj'], problems);
  checkRlimits(process.rlimits, [...path, 'rlimits'], problems);
  checkCapabilities(process.capabilities, context.container, [...path, 'capabilities'], problems);
  checkNonRootProcess(process, context, path, problems);
}

const userHint = 'examples: 1000, "1000:1000", www-data, "www-data:adm"';

function checkRlimits(rlimits: LooseProcess['rlimits'], path: FieldPath, problems: ProblemSink): void {
  const seen = new Set<string>();
  for (const [written, limit] of Object.entries(rlimits ?? {})) {
    const name = rlimitName(written);
    const at = [...path, written];
    if (name === undefined) {
      const near = closestWord(written.replace(/^rlimit_/i, ''), rlimitNames);
      const hint = near === undefined ? `one of ${rlimitNames.join(', ')}` : `did you mean "${near}"?`;
      problems.error(at, invalid(written, 'is not a resource limit, getrlimit(2)'), { at: 'key', hint });
    } else {
      if (seen.has(name)) problems.error(at, duplicate(name), { at: 'key' });
      seen.add(name);
      checkRlimit(name, limit, at, problems);
    }
  }
}

type Limit = NonNullable<LooseProcess['rlimits']>[string];
type LimitName = NonNullable<ReturnType<typeof rlimitName>>;

function checkRlimit(name: LimitName, limit: Limit, path: FieldPath, problems: ProblemSink): void {
  if (typeof limit !== 'object') {
    checkRlimitValue(name, limit, path, problems);
    return;
  }
  const soft = checkRlimitValue(name, limit.soft, [...path, 'soft'], problems);
  const hard = checkRlimitValue(name, limit.hard, [...path, 'hard'], problems);
  if (soft === undefined || hard === undefined || hard === 'unlimited') return;
  if (soft === 'unlimited' || soft > hard)
    problems.error(
      [...path, 'soft'],
      invalid(limit.soft, `must be less than or equal to hard, which is ${limit.hard}`),
    );
}

function checkRlimitValue(
  name: LimitName,
  written: number | string | undefined,
  path: FieldPath,
  problems: ProblemSink,
): number | 'unlimited' | undefined {
  if (written === undefined) return undefined;
  const value = parseRlimitValue(name, written);
  if (value !== undefined) return value;
  const takesSizes = parseRlimitValue(name, '1Ki') !== undefined;
  const kinds = takesSizes ? 'a whole number of bytes, a quantity' : 'a whole number';
  problems.error(path, invalid(written, `must be ${kinds} or "unlimited"`), { hint: rlimitHint(written, takesSizes) });
  return undefined;
}

function rlimitHint(written: number | string, takesSizes: boolean): string {
  if (written === -1 || /^inf|^unlim|^none$/i.test(String(written))) return 'did you mean "unlimited"?';
  if (typeof written === 'string' && /^\d+$/.test(written)) return 'remove the quotes';
  return takesSizes ? 'examples: 0, 64Mi, unlimited' : 'examples: 1024, unlimited';
}

/** A program cannot have what its container has not. */
function checkCapabilities(
  names: LooseProcess['capabilities'],
  container: LooseContainer,
  path: FieldPath,
  problems: ProblemSink,
): void {
  const held = new Set(containerCapabilities(container));
  names?.forEach((name, index) => {
    if (name === undefined) return;
    const bare = bareCapability(name);
    const at = [...path, index];
    if (bare === 'ALL') {
      problems.error(at, invalid(name, 'capabilities of a program are named one by one'), {
        hint: 'without capabilities it has all of the container’s',
      });
    } else if (!(capabilityNames as readonly string[]).includes(bare)) {
      const near = closestWord(bare, capabilityNames);
      const hint = near === undefined ? undefined : `did you mean "${near}"?`;
      problems.error(at, invalid(name, 'is not a Linux capability'), { hint });
    } else if (!held.has(bare)) {
      problems.error(at, invalid(name, 'the container does not have it'), {
        hint: 'add it to securityContext.capabilities.add of the container',
      });
    }
  });
}

function containerCapabilities({ securityContext }: LooseContainer): readonly string[] {
  if (securityContext?.privileged === true) return capabilityNames;
  const isText = (name: string | undefined): name is string => name !== undefined;
  const { add = [], drop = [] } = securityContext?.capabilities ?? {};
  return planCapabilities(add.filter(isText), drop.filter(isText));
}

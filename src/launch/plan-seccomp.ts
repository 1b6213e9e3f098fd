/** What of a seccomp profile holds for one container on this machine. Pure. */
import type { SeccompCondition, SeccompPlan, SeccompRule } from '../model/seccomp.ts';
import { err, ok, type Result } from '../util/result.ts';
import type { ProfileRule, SeccompProfile } from './parse-seccomp-profile.ts';

export interface SeccompMachine {
  /** as Node names it */
  readonly architecture: 'x64' | 'arm64';
  /** `uname -r` */
  readonly kernel: string;
}

/** The machine's own architecture in a profile's words: of the kernel's headers, of Go. */
const natives = {
  x64: { seccomp: 'SCMP_ARCH_X86_64', go: 'amd64' },
  arm64: { seccomp: 'SCMP_ARCH_AARCH64', go: 'arm64' },
} as const;

/** AUDIT_ARCH_ values, linux/audit.h; x32 is libseccomp's own. */
const architectures: Readonly<Record<string, number>> = {
  SCMP_ARCH_X86: 0x4000_0003,
  SCMP_ARCH_X86_64: 0xc000_003e,
  SCMP_ARCH_X32: 0x4000_003e,
  SCMP_ARCH_ARM: 0x4000_0028,
  SCMP_ARCH_AARCH64: 0xc000_00b7,
};

/** SECCOMP_RET_ values; those that carry a number have it in their low half. */
const actions: Readonly<Record<string, { readonly value: number; readonly takesNumber?: true }>> = {
  SCMP_ACT_KILL: { value: 0 },
  SCMP_ACT_KILL_THREAD: { value: 0 },
  SCMP_ACT_KILL_PROCESS: { value: 0x8000_0000 },
  SCMP_ACT_TRAP: { value: 0x0003_0000 },
  SCMP_ACT_ERRNO: { value: 0x0005_0000, takesNumber: true },
  SCMP_ACT_TRACE: { value: 0x7ff0_0000, takesNumber: true },
  SCMP_ACT_LOG: { value: 0x7ffc_0000 },
  SCMP_ACT_ALLOW: { value: 0x7fff_0000 },
};

/** enum scmp_compare */
const operators: Readonly<Record<string, number>> = {
  SCMP_CMP_NE: 1,
  SCMP_CMP_LT: 2,
  SCMP_CMP_LE: 3,
  SCMP_CMP_EQ: 4,
  SCMP_CMP_GE: 5,
  SCMP_CMP_GT: 6,
  SCMP_CMP_MASKED_EQ: 7,
};

/** SECCOMP_FILTER_FLAG_ values; a new process has no thread to be kept in step (TSYNC), and nobody listens (WAIT_KILLABLE_RECV). */
const filterFlags: Readonly<Record<string, number>> = {
  SECCOMP_FILTER_FLAG_TSYNC: 0,
  SECCOMP_FILTER_FLAG_LOG: 2,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: 4,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: 0,
};

/** As runc has it where a profile names no flags. */
const defaultFlags = ['SECCOMP_FILTER_FLAG_SPEC_ALLOW'];
const EPERM = 1;

/** `capabilities`: the container's, CAP_ names without the prefix. The reason of a refusal names the word of the profile. */
export function planSeccomp(
  profile: SeccompProfile,
  capabilities: readonly string[],
  machine: SeccompMachine,
): Result<SeccompPlan, string> {
  try {
    return ok(translate(profile, new Set(capabilities.map((name) => `CAP_${name}`)), machine));
  } catch (error) {
    if (error instanceof UnknownWord) return err(error.message);
    throw error;
  }
}

class UnknownWord extends Error {}

function translate(profile: SeccompProfile, capabilities: ReadonlySet<string>, machine: SeccompMachine): SeccompPlan {
  const rules = profile.syscalls ?? [];
  const defaultAction = actionOf(profile.defaultAction, profile.defaultErrnoRet);
  return {
    defaultAction,
    architectures: architecturesOf(profile, machine),
    rules: rules
      .filter((rule) => isMeant(rule, capabilities, machine))
      .flatMap(rulesOf)
      .filter(({ action }) => action !== defaultAction),
    known: rules.flatMap(namesOf),
    flags: (profile.flags ?? defaultFlags).reduce((set, flag) => set | numberOf(filterFlags, flag, 'flag'), 0),
  };
}

function numberOf(table: Readonly<Record<string, number>>, word: string, what: string): number {
  const value = table[word];
  if (value === undefined) throw new UnknownWord(`${what} ${JSON.stringify(word)} is not known`);
  return value;
}

function actionOf(word: string, number: number | null | undefined): number {
  const action = actions[word];
  if (action !== undefined) return (action.value | (action.takesNumber === true ? (number ?? EPERM) : 0)) >>> 0;
  const hint = word === 'SCMP_ACT_NOTIFY' ? 'asks an agent that is not there' : 'is not known';
  throw new UnknownWord(`action ${JSON.stringify(word)} ${hint}`);
}

/** Architectures of other machines say nothing here. */
function architecturesOf({ architectures: listed, archMap }: SeccompProfile, machine: SeccompMachine): number[] {
  const native = natives[machine.architecture].seccomp;
  const mapped = archMap?.find(({ architecture }) => architecture === native)?.subArchitectures ?? [];
  const family = machine.architecture === 'x64' ? /X86|X32/ : /ARM|AARCH/;
  const wanted = [...new Set([...(listed ?? []), ...mapped])].filter((word) => word !== native && family.test(word));
  return wanted.map((word) => numberOf(architectures, word, 'architecture'));
}

/** As Docker reads them: of `includes` all capabilities, of `excludes` any. */
function isMeant({ includes, excludes }: ProfileRule, capabilities: ReadonlySet<string>, machine: SeccompMachine) {
  const { go } = natives[machine.architecture];
  if (includes.arches?.length && !includes.arches.includes(go)) return false;
  if (excludes.arches?.includes(go)) return false;
  if (includes.caps?.some((name) => !capabilities.has(name))) return false;
  if (excludes.caps?.some((name) => capabilities.has(name))) return false;
  if (includes.minKernel && !isAtLeast(machine.kernel, includes.minKernel)) return false;
  return !(excludes.minKernel && isAtLeast(machine.kernel, excludes.minKernel));
}

function isAtLeast(kernel: string, wanted: string): boolean {
  const [[major = 0, minor = 0], [wantedMajor = 0, wantedMinor = 0]] = [kernel, wanted].map((text) =>
    text.split('.').map((part) => Number.parseInt(part, 10)),
  ) as [number[], number[]];
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

const namesOf = ({ name, names }: ProfileRule): readonly string[] => names ?? (name === undefined ? [] : [name]);

/** libseccomp compares an argument once per rule: where a profile does so again, each comparison is a rule of its own, as for runc. */
function rulesOf(rule: ProfileRule): SeccompRule[] {
  const action = actionOf(rule.action, rule.errnoRet);
  const names = namesOf(rule);
  const conditions = (rule.args ?? []).map(conditionOf);
  const isRepeated = new Set(conditions.map(({ index }) => index)).size < conditions.length;
  if (!isRepeated) return [{ names, action, conditions }];
  return conditions.map((condition) => ({ names, action, conditions: [condition] }));
}

function conditionOf({ index, value, valueTwo, op }: NonNullable<ProfileRule['args']>[number]): SeccompCondition {
  const operator = numberOf(operators, op, 'operator');
  return { index, operator, value: BigInt(value), valueTwo: BigInt(valueTwo) };
}

/** A seccomp profile as libseccomp compiles it: numbers instead of words, nothing conditional left. */

/** How one argument of a call is compared; the operators are those of scmp_compare, seccomp.h. */
export interface SeccompCondition {
  readonly index: number;
  readonly operator: number;
  /** SCMP_CMP_MASKED_EQ: the mask */
  readonly value: bigint;
  readonly valueTwo: bigint;
}

export interface SeccompRule {
  readonly names: readonly string[];
  /** SECCOMP_RET_ value with its data, seccomp(2) */
  readonly action: number;
  /** all of them hold */
  readonly conditions: readonly SeccompCondition[];
}

export interface SeccompPlan {
  readonly defaultAction: number;
  /** AUDIT_ARCH_ values beside the machine's own */
  readonly architectures: readonly number[];
  readonly rules: readonly SeccompRule[];
  /** every call that the profile has a word about, whatever its conditions: calls younger than the last of them are not known to it */
  readonly known: readonly string[];
  /** SECCOMP_FILTER_FLAG_ values, seccomp(2) */
  readonly flags: number;
}

/** A compiled one, as programs are started under it. */
export interface SeccompFilter {
  /** array of struct sock_filter in base64 */
  readonly program: string;
  readonly flags: number;
}

/**
 * Kubernetes' validation as a table: for a field of a valid object, values that the API server takes and values that it refuses, by reason.
 * Field paths and reasons are those of k8s.io/kubernetes/pkg/apis/{core,apps,batch}/validation.
 */

/** How the message begins; `type`: it is of a wrong type; `unknown`: there is no such field. */
export type Reason = 'invalid' | 'required' | 'unsupported' | 'duplicate' | 'forbidden' | 'notFound' | 'type' | 'any';

export interface MutationRule {
  /** where the values are put in; a value of undefined takes the field away */
  readonly at: string;
  readonly good?: readonly unknown[];
  readonly bad: Partial<Readonly<Record<Reason, readonly unknown[]>>>;
  /** where it is told, if elsewhere */
  readonly told?: string;
  /** what else has to be there, by path */
  readonly beside?: Readonly<Record<string, unknown>>;
}

export const long = (length: number): string => 'a'.repeat(length);
export const labelNames = {
  good: ['a', 'a-b', '0', 'a1', long(63)],
  bad: { invalid: ['A', 'a_b', '-a', 'a-', 'a.b', 'ä', 'a b', long(64)] },
};
export const subdomains = {
  good: ['a', 'a-b.c', '0.1', long(253)],
  bad: { invalid: ['A', 'a..b', '.a', 'a_b', long(254)] },
};
export const notText: readonly unknown[] = [1, true, ['a'], { a: 'b' }];
export const notNumber: readonly unknown[] = ['1', 1.5, true, [1]];
export const notFlag: readonly unknown[] = ['true', 1, 'yes', {}];
export const notList: readonly unknown[] = ['a', 1, { a: 'b' }];
export const notMap: readonly unknown[] = ['a', 1, ['a']];
export const ids = { good: [0, 1, 65_534, 2_147_483_647], bad: { invalid: [-1, 2_147_483_648], type: notNumber } };
export const flags = { good: [true, false], bad: { type: notFlag } };
export const keys = {
  good: ['a', 'A_b-c.d', long(253)],
  bad: { required: ['', undefined], invalid: ['..', '..a', 'a/b', 'a b', long(254)] },
};
export const labelKeys = ['-a', 'a_', '/a', 'a/', 'a/b/c', 'A.com/x', long(64), 'ä'];
export const labelValues = {
  good: ['', 'A_b.c', long(63)],
  bad: { invalid: ['-a', 'a-', 'a b', long(64), 'ä'], type: [1, true] },
};
export const atLeast = (least: number, name = 'invalid' as const) => ({
  good: [least, least + 1, 1_000_000],
  bad: { [name]: [least - 1, -2_147_483_648].filter((value) => value < least), type: notNumber },
});
export const words = (good: readonly unknown[], bad: readonly unknown[]) => ({ good, bad: { any: bad } });
export const relativePaths = {
  good: ['a', 'a/b', '.a', 'a..b'],
  bad: { invalid: ['/a', '../a', 'a/../b', '..'] },
};

export const app = 'spec.containers[0]';
export const init = 'spec.initContainers[0]';
export const web = 'spec.containers[1]';

/** One thing doctor looks at. */
export interface Finding {
  /** `fail`: podd or its containers do not work; `warn`: something of it does not, or could not be looked at */
  readonly verdict: 'ok' | 'warn' | 'fail';
  readonly fact: string;
  /** what to do about it; absent when all is well */
  readonly advice?: string;
}

export interface Check {
  readonly name: string;
  /** What it throws becomes a failure. */
  readonly look: () => Finding | Promise<Finding>;
}

export const fine = (fact: string): Finding => ({ verdict: 'ok', fact });
export const doubtful = (fact: string, advice: string): Finding => ({ verdict: 'warn', fact, advice });
export const broken = (fact: string, advice: string): Finding => ({ verdict: 'fail', fact, advice });

/** Whether this process is root in its user namespace. */
export const isRoot = (): boolean => process.geteuid?.() === 0;

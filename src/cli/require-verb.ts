import { formatDidYouMean } from './did-you-mean.ts';
import { UsageError } from './usage-error.ts';

/** The first word of a command that has several things to do. Throws UsageError; `missing`: what is asked where there is none. */
export function requireVerb<V extends string>(
  word: string | undefined,
  verbs: readonly V[],
  { missing, form }: { readonly missing: string; readonly form: string },
): V {
  const verb = verbs.find((known) => known === word);
  if (verb !== undefined) return verb;
  const what = word === undefined ? missing : `unknown "${word}"${formatDidYouMean(word, verbs)}`;
  throw new UsageError(what, form);
}

import { closestWord } from '../util/closest-word.ts';

/** ` (did you mean …?)` ready to append to a message, or nothing when no candidate is near. */
export function formatDidYouMean(word: string, candidates: readonly string[], prefix = ''): string {
  const guess = closestWord(word, candidates);
  return guess === undefined ? '' : ` (did you mean ${prefix}${guess}?)`;
}

/** Resources as written, with some of them changed. */
import { dockerRivals, dockerWords, type Spelling } from './resource-spellings.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * As a JSON merge patch (RFC 7386): null takes a value away, lists are replaced. What says the same in other words goes away, so that
 * `limits.cpu` can be set where `cpus` is written. Undefined when nothing is left.
 */
export function mergeResources(written: Fields | undefined, patch: Fields): Fields | undefined {
  const rivals = rivalsOf(patch);
  const kept = rivals.reduce((rest: Fields, path) => without(rest, path), written ?? {});
  const merged = merge(kept, patch);
  return Object.keys(merged).length === 0 ? undefined : merged;
}

/** Groups that nothing is left in go away too. */
function merge(written: Fields, patch: Fields): Fields {
  const merged = new Map(Object.entries(written));
  for (const [key, value] of Object.entries(patch)) {
    const before = merged.get(key);
    const after = isFields(value) ? merge(isFields(before) ? before : {}, value) : value;
    if (after === null || (isFields(after) && Object.keys(after).length === 0)) merged.delete(key);
    else merged.set(key, after);
  }
  return Object.fromEntries(merged);
}

/** Other spellings of what the patch says and does not say itself. */
function rivalsOf(patch: Fields): readonly Spelling[] {
  const pairs = dockerWords.flatMap((word) => dockerRivals[word].map((rival): [Spelling, Spelling] => [[word], rival]));
  return pairs.flatMap(([word, rival]) => {
    const says = [word, rival].map((spelling) => isSaid(patch, spelling));
    if (says[0] === says[1]) return [];
    return [says[0] ? rival : word];
  });
}

function isSaid(patch: Fields, [group, name]: Spelling): boolean {
  const value = Object.hasOwn(patch, group) ? patch[group] : undefined;
  if (name === undefined || value === null) return value !== undefined;
  return isFields(value) && Object.hasOwn(value, name);
}

function without(fields: Fields, [group, name]: Spelling): Fields {
  const inner = fields[group];
  const rest = name !== undefined && isFields(inner) ? without(inner, [name]) : {};
  const others = Object.fromEntries(Object.entries(fields).filter(([key]) => key !== group));
  if (inner === undefined || Object.keys(rest).length === 0) return others;
  return { ...others, [group]: rest };
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

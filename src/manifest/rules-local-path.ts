/** Rules for paths inside of volumes. */
import { type FieldPath, invalid, type ProblemSink } from './field-problem.ts';
import { checkNoNul } from './rules-values.ts';

/** A path that stays inside of a volume (validateLocalDescendingPath). */
export function checkLocalPath(value: string, path: FieldPath, problems: ProblemSink): void {
  checkNoNul(value, path, problems);
  if (value.startsWith('/')) problems.error(path, invalid(value, 'must be a relative path'));
  if (value.split('/').includes('..')) problems.error(path, invalid(value, "must not contain '..'"));
}

/** Names that begin with `..` are those of the versions (ValidateLocalNonReservedPath). */
export function checkItemPath(value: string, path: FieldPath, problems: ProblemSink): void {
  checkLocalPath(value, path, problems);
  if (value.startsWith('..') && !value.split('/').includes('..')) {
    problems.error(path, invalid(value, "must not start with '..'"));
  }
}

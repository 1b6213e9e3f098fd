/** Judges one ConfigMap or Secret given as a plain value. What it says never shows a value of a Secret. */
import type { z } from 'zod';
import type { DataKind, DataManifest } from '../model/object-manifest.ts';
import type { Written } from './check-head.ts';
import { withoutPaths } from './clean-value.ts';
import { createProblemList, type FieldProblem, fieldProblem, type ProblemSink } from './field-problem.ts';
import { warnMetadata } from './honour.ts';
import { checkConfigMap, checkSecret } from './rules-data.ts';
import type { Loose } from './schema.ts';
import { type ConfigMapInput, configMapV1, type SecretInput, secretV1 } from './schema-objects.ts';
import { findSchemaProblems } from './schema-problems.ts';

export interface DataVerdict {
  readonly errors: readonly FieldProblem[];
  readonly warnings: readonly FieldProblem[];
  /** present when there is no error */
  readonly manifest?: DataManifest;
}

/** Judges an opened document of that kind. */
export function inspectData(written: Written, kind: DataKind, headErrors: readonly FieldProblem[]): DataVerdict {
  const found = createProblemList();
  const typeErrors =
    kind === 'ConfigMap'
      ? judge<ConfigMapInput>(configMapV1, written, found, checkConfigMap)
      : judge<SecretInput>(secretV1, written, found, checkSecret).map(withoutValue);
  const errors = [...headErrors, ...typeErrors, ...found.errors];
  if (errors.length > 0) return { errors, warnings: found.warnings };
  return { errors, warnings: found.warnings, manifest: written as unknown as DataManifest };
}

function judge<T extends ConfigMapInput | SecretInput>(
  schema: z.ZodType,
  written: Written,
  found: ProblemSink,
  check: (value: Loose<T>, problems: ProblemSink) => void,
): readonly FieldProblem[] {
  const judged = { ...written, apiVersion: 'v1' };
  const typeErrors = findSchemaProblems(schema, judged);
  const paths = typeErrors.map(({ path }) => path);
  const loose = withoutPaths(judged, paths) as Loose<T>;
  check(loose, found);
  warnMetadata((loose as Loose<ConfigMapInput>).metadata, found);
  return typeErrors;
}

/** A value of a wrong kind is quoted by the general message, and told again by its hint. */
function withoutValue(problem: FieldProblem): FieldProblem {
  const [field] = problem.path;
  if (field !== 'data' && field !== 'stringData') return problem;
  const wanted = problem.path.length === 1 ? 'must be a map' : 'must be a string, in quotes';
  return fieldProblem(problem.path, wanted);
}

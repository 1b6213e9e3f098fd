/** Judges one object that is no pod, given as a plain value. What it says never shows a value of a Secret. */

import { kindNames } from '../model/object-kinds.ts';
import type { DataKind, DataManifest } from '../model/object-manifest.ts';
import type { Written } from './check-head.ts';
import { withoutPaths } from './clean-value.ts';
import { dataRules } from './data-rules.ts';
import { createProblemList, type FieldProblem } from './field-problem.ts';
import { warnMetadata } from './honour.ts';
import type { LoosePod } from './schema.ts';
import { findSchemaProblems } from './schema-problems.ts';

export interface DataVerdict {
  readonly errors: readonly FieldProblem[];
  readonly warnings: readonly FieldProblem[];
  /** present when there is no error */
  readonly manifest?: DataManifest;
}

/** Judges an opened document of that kind. */
export function inspectData(written: Written, kind: DataKind, headErrors: readonly FieldProblem[]): DataVerdict {
  const { schema: plain, ownSchema, check, tellType = (problem) => problem } = dataRules[kind];
  const found = createProblemList();
  const isOurs = ownSchema !== undefined && String(written.apiVersion).startsWith('podctl');
  const schema = isOurs ? ownSchema : plain;
  const judged = { ...written, apiVersion: isOurs ? 'podctl.dev/v1' : kindNames[kind].apiVersion };
  const typeErrors = findSchemaProblems(schema, judged);
  const paths = typeErrors.map(({ path }) => path);
  const loose = withoutPaths(judged, paths) as Pick<LoosePod, 'metadata'>;
  check(loose, found);
  warnMetadata(loose.metadata, found);
  const errors = [...headErrors, ...typeErrors.map(tellType), ...found.errors];
  if (errors.length > 0) return { errors, warnings: found.warnings };
  return { errors, warnings: found.warnings, manifest: written as unknown as DataManifest };
}

/** What an object of each kind must be, besides pods. */
import type { z } from 'zod';
import type { DataKind } from '../model/object-manifest.ts';
import { type FieldProblem, fieldProblem, type ProblemSink } from './field-problem.ts';
import { checkConfigMap, checkSecret } from './rules-data.ts';
import { checkNetworkPolicy } from './rules-network-policy.ts';
import { checkService } from './rules-service.ts';
import type { Loose } from './schema.ts';
import { networkPolicyV1 } from './schema-network-policy.ts';
import { configMapV1, secretV1 } from './schema-objects.ts';
import { serviceV1 } from './schema-service.ts';

export interface DataRules {
  readonly schema: z.ZodType;
  /** what the schema cannot say; it is given what fits the schema */
  readonly check: (value: object, problems: ProblemSink) => void;
  /** a problem with the schema in other words */
  readonly tellType?: (problem: FieldProblem) => FieldProblem;
}

export const dataRules: Readonly<Record<DataKind, DataRules>> = {
  ConfigMap: rulesOf(configMapV1, checkConfigMap),
  Secret: { ...rulesOf(secretV1, checkSecret), tellType: withoutValue },
  Service: rulesOf(serviceV1, checkService),
  NetworkPolicy: rulesOf(networkPolicyV1, checkNetworkPolicy),
};

function rulesOf<S extends z.ZodType>(
  schema: S,
  check: (value: Loose<z.infer<S>>, problems: ProblemSink) => void,
): DataRules {
  return { schema, check: (value, problems) => check(value as Loose<z.infer<S>>, problems) };
}

/** A value of a wrong kind is quoted by the general message, and told again by its hint. */
function withoutValue(problem: FieldProblem): FieldProblem {
  const [field] = problem.path;
  if (field !== 'data' && field !== 'stringData') return problem;
  const wanted = problem.path.length === 1 ? 'must be a map' : 'must be a string, in quotes';
  return fieldProblem(problem.path, wanted);
}

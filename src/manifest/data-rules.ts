/** What an object of each kind must be, besides pods. */
import type { z } from 'zod';
import type { DataKind } from '../model/object-manifest.ts';
import { type FieldProblem, fieldProblem, type ProblemSink } from './field-problem.ts';
import { checkCronJob } from './rules-cron-job.ts';
import { checkConfigMap, checkSecret } from './rules-data.ts';
import { checkJob } from './rules-job.ts';
import { checkNetworkPolicy } from './rules-network-policy.ts';
import { checkClaim, checkNamespaceObject } from './rules-places.ts';
import { checkService } from './rules-service.ts';
import {
  checkControllerRevision,
  checkDaemonSet,
  checkDeployment,
  checkReplicaSet,
  checkStatefulSet,
} from './rules-workloads.ts';
import type { Loose } from './schema.ts';
import { cronJobSchemas, jobSchemas } from './schema-jobs.ts';
import { networkPolicyV1 } from './schema-network-policy.ts';
import { configMapV1, secretV1 } from './schema-objects.ts';
import { claimV1, namespaceV1 } from './schema-places.ts';
import { serviceV1 } from './schema-service.ts';
import {
  controllerRevisionV1,
  daemonSetSchemas,
  deploymentSchemas,
  replicaSetSchemas,
  statefulSetSchemas,
} from './schema-workloads.ts';

export interface DataRules {
  readonly schema: z.ZodType;
  /** of podctl.dev/v1, where the kind has fields of podctl's own */
  readonly ownSchema?: z.ZodType;
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
  Namespace: rulesOf(namespaceV1, checkNamespaceObject),
  PersistentVolumeClaim: rulesOf(claimV1, checkClaim),
  Deployment: rulesOfBoth(deploymentSchemas, checkDeployment),
  ReplicaSet: rulesOfBoth(replicaSetSchemas, checkReplicaSet),
  StatefulSet: rulesOfBoth(statefulSetSchemas, checkStatefulSet),
  DaemonSet: rulesOfBoth(daemonSetSchemas, checkDaemonSet),
  ControllerRevision: rulesOf(controllerRevisionV1, checkControllerRevision),
  Job: rulesOfBoth(jobSchemas, checkJob),
  CronJob: rulesOfBoth(cronJobSchemas, checkCronJob),
};

function rulesOf<S extends z.ZodType>(
  schema: S,
  check: (value: Loose<z.infer<S>>, problems: ProblemSink) => void,
): DataRules {
  return { schema, check: (value, problems) => check(value as Loose<z.infer<S>>, problems) };
}

function rulesOfBoth<S extends z.ZodType>(
  schemas: { readonly schema: z.ZodType; readonly ownSchema: S },
  check: (value: Loose<z.infer<S>>, problems: ProblemSink) => void,
): DataRules {
  return { ...rulesOf(schemas.ownSchema, check), ...schemas };
}

/** A value of a wrong kind is quoted by the general message, and told again by its hint. */
function withoutValue(problem: FieldProblem): FieldProblem {
  const [field] = problem.path;
  if (field !== 'data' && field !== 'stringData') return problem;
  const wanted = problem.path.length === 1 ? 'must be a map' : 'must be a string, in quotes';
  return fieldProblem(problem.path, wanted);
}

/** Kubernetes apps/v1: what keeps pods running. Rules beyond types stand in rules-workloads.ts. */
import { z } from 'zod';
import { podctlSpec, podSpec } from './schema.ts';
import {
  anything,
  fields,
  fieldsWith,
  flag,
  int32,
  int64,
  intOrString,
  labelSelector,
  list,
  oneOf,
  optional,
  text,
} from './schema-kinds.ts';
import { objectMetadata, templateMetadata } from './schema-metadata.ts';
import { claimSpec } from './schema-volumes.ts';

/** PodTemplateSpec of both apiVersions. */
export const podTemplates = {
  kubernetes: templateOf(podSpec),
  podctl: templateOf(podctlSpec),
};

function templateOf<S extends z.ZodType>(spec: S) {
  return fieldsWith({ spec }, { metadata: templateMetadata }).meta({
    description: 'The pods that are made: labels, annotations and spec of each',
  });
}

const replicas = int32.meta({ description: 'How many pods there are to be; default 1', minimum: 0 });
const selector = labelSelector.describe('Which pods are its own, by label: the template’s labels must satisfy it');
const minReadySeconds = int32.meta({
  description: 'A pod counts as available when it was ready for so long; default 0',
  minimum: 0,
});
const revisionHistoryLimit = int32.meta({ description: 'Old revisions that are kept; default 10', minimum: 0 });
const maxUnavailable = intOrString.describe('Pods that may be missing during an update: a number or a percentage');
const maxSurge = intOrString.describe('Pods that may be there above the wanted number: a number or a percentage');

/** A template of either apiVersion, as rules see it: podctl's includes Kubernetes'. */
type Template = typeof podTemplates.podctl;

/** The object of one kind with a spec made for a template, in both apiVersions. */
export function workloadSchemas<K extends string, V extends string, S extends z.ZodType>(
  kind: K,
  version: V,
  specOf: (template: Template) => S,
  description: string,
) {
  const schemaOf = <A extends string>(apiVersion: A, template: Template) =>
    z
      .strictObject({
        apiVersion: z.literal(apiVersion),
        kind: z.literal(kind),
        metadata: objectMetadata,
        spec: specOf(template),
        status: anything.optional(),
      })
      .meta({ title: `${kind} (${apiVersion})`, description });
  return {
    schema: schemaOf(version, podTemplates.kubernetes as unknown as Template),
    ownSchema: schemaOf('podctl.dev/v1', podTemplates.podctl),
  };
}

export const deploymentSchemas = workloadSchemas(
  'Deployment',
  'apps/v1',
  (template) =>
    fieldsWith(
      { template },
      {
        ...{ replicas, selector, minReadySeconds, revisionHistoryLimit, paused: flag, progressDeadlineSeconds: int32 },
        strategy: fields({
          type: oneOf('RollingUpdate', 'Recreate'),
          rollingUpdate: fields({ maxUnavailable, maxSurge }),
        }).meta({ description: 'How pods are replaced; default RollingUpdate with 25% of each' }),
      },
    ),
  'Pods of one kind, replaced step by step when their template changes',
);

export const replicaSetSchemas = workloadSchemas(
  'ReplicaSet',
  'apps/v1',
  (template) => fields({ template, replicas, selector, minReadySeconds }),
  'Pods of one kind, always as many as asked for',
);

export const daemonSetSchemas = workloadSchemas(
  'DaemonSet',
  'apps/v1',
  (template) =>
    fieldsWith(
      { template },
      {
        ...{ selector, minReadySeconds, revisionHistoryLimit },
        updateStrategy: fields({
          type: oneOf('RollingUpdate', 'OnDelete'),
          rollingUpdate: fields({ maxUnavailable, maxSurge }),
        }),
      },
    ),
  'One pod on each machine: here one',
);

const retention = oneOf('Retain', 'Delete');

export const statefulSetSchemas = workloadSchemas(
  'StatefulSet',
  'apps/v1',
  (template) =>
    fieldsWith(
      { template },
      {
        ...{ replicas, selector, minReadySeconds, revisionHistoryLimit },
        serviceName: text.meta({ description: 'The headless Service that gives its pods their names' }),
        podManagementPolicy: oneOf('OrderedReady', 'Parallel'),
        updateStrategy: fields({
          type: oneOf('RollingUpdate', 'OnDelete'),
          rollingUpdate: fields({ partition: int32, maxUnavailable }),
        }),
        persistentVolumeClaimRetentionPolicy: fields({ whenDeleted: retention, whenScaled: retention }),
        ordinals: fields({ start: int32 }),
        volumeClaimTemplates: list(
          fields({ apiVersion: text, kind: text, metadata: templateMetadata, spec: claimSpec, status: anything }),
        ).meta({ description: 'A claim for each pod, kept when the pod goes' }),
      },
    ),
  'Numbered pods with names and claims that stay theirs',
);

export type DeploymentInput = z.infer<typeof deploymentSchemas.ownSchema>;
export type ReplicaSetInput = z.infer<typeof replicaSetSchemas.ownSchema>;
export type DaemonSetInput = z.infer<typeof daemonSetSchemas.ownSchema>;
export type StatefulSetInput = z.infer<typeof statefulSetSchemas.ownSchema>;
export type TemplateInput = z.infer<Template>;

/** A ControllerRevision as Kubernetes defines it. */
export const controllerRevisionV1 = z
  .strictObject({
    apiVersion: z.literal('apps/v1'),
    kind: z.literal('ControllerRevision'),
    metadata: objectMetadata,
    ...optional({
      revision: int64.meta({ description: 'The highest is the newest; default 0', minimum: 0 }),
      data: z.record(z.string(), anything).meta({ description: 'What the object was then, as a patch of it' }),
    }),
  })
  .meta({
    title: 'ControllerRevision (apps/v1)',
    description:
      'What a StatefulSet or DaemonSet was made of; its controller writes them, rollout undo goes back to them',
  });

export type ControllerRevisionInput = z.infer<typeof controllerRevisionV1>;

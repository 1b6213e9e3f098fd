/** Kubernetes v1 Namespace and PersistentVolumeClaim. Rules beyond types stand in rules-places.ts. */
import { z } from 'zod';
import { anything, fields, list, optional, text } from './schema-kinds.ts';
import { objectMetadata } from './schema-metadata.ts';
import { claimSpec } from './schema-volumes.ts';

/** A Namespace as Kubernetes defines it. */
export const namespaceV1 = z
  .strictObject({
    apiVersion: z.literal('v1'),
    kind: z.literal('Namespace'),
    metadata: objectMetadata,
    ...optional({ spec: fields({ finalizers: list(text) }), status: anything }),
  })
  .meta({ title: 'Namespace (v1)', description: 'A place for names; what is in it goes with it' });

/** A PersistentVolumeClaim as Kubernetes defines it. */
export const claimV1 = z
  .strictObject({
    apiVersion: z.literal('v1'),
    kind: z.literal('PersistentVolumeClaim'),
    metadata: objectMetadata,
    ...optional({ spec: claimSpec, status: anything }),
  })
  .meta({ title: 'PersistentVolumeClaim (v1)', description: 'A directory of this machine that is kept across pods' });

export type NamespaceInput = z.infer<typeof namespaceV1>;
export type ClaimInput = z.infer<typeof claimV1>;

/** Kubernetes v1 ConfigMap and Secret. Rules beyond types stand in rules-data.ts. */
import { z } from 'zod';
import { flag, optional, text, textMap } from './schema-kinds.ts';
import { objectMetadata } from './schema-metadata.ts';

const immutable = flag.meta({ description: 'true: its contents can never be changed again, only deleted' });

/** A ConfigMap as Kubernetes defines it. */
export const configMapV1 = z
  .strictObject({
    apiVersion: z.literal('v1'),
    kind: z.literal('ConfigMap'),
    metadata: objectMetadata,
    ...optional({
      data: textMap.meta({ description: 'Texts by key; quote numbers and true/false' }),
      binaryData: textMap.meta({ description: 'Base64 of bytes that are no text, by key' }),
      immutable,
    }),
  })
  .meta({ title: 'ConfigMap (v1)', description: 'Configuration for pods: environment variables and files' });

/** A Secret as Kubernetes defines it. */
export const secretV1 = z
  .strictObject({
    apiVersion: z.literal('v1'),
    kind: z.literal('Secret'),
    metadata: objectMetadata,
    ...optional({
      type: text.meta({ description: 'Opaque (default), or one of Kubernetes’ types, which need certain keys' }),
      data: textMap.meta({ description: 'Base64 by key' }),
      stringData: textMap.meta({ description: 'Plain texts by key; win over data' }),
      immutable,
    }),
  })
  .meta({ title: 'Secret (v1)', description: 'Passwords and keys for pods: environment variables and files' });

export type ConfigMapInput = z.infer<typeof configMapV1>;
export type SecretInput = z.infer<typeof secretV1>;

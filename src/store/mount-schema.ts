/** The shape of a container's mounts in records. */
import { z } from 'zod';
import { hostPathTypes } from '../model/volume-spec.ts';

const mode = z.number().int().min(0).max(0o777);

const objectPart = {
  kind: z.enum(['configMap', 'secret']),
  name: z.string(),
  items: z.array(z.object({ key: z.string(), path: z.string(), mode: mode.optional() })).optional(),
  optional: z.boolean(),
};

const fieldsPart = z.object({
  kind: z.literal('fields'),
  files: z.array(z.object({ path: z.string(), text: z.string(), mode: mode.optional() })),
});

const source = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('hostPath'),
    path: z.string(),
    type: z.enum(hostPathTypes),
    isMade: z.literal(true).optional(),
  }),
  z.object({
    kind: z.literal('emptyDir'),
    medium: z.literal('Memory').optional(),
    sizeLimit: z.number().int().positive().optional(),
    mode: mode.optional(),
  }),
  z.object({ ...objectPart, defaultMode: mode }),
  z.object({
    kind: z.literal('projected'),
    sources: z.array(z.discriminatedUnion('kind', [z.object(objectPart), fieldsPart])),
    defaultMode: mode,
  }),
  z.object({ kind: z.literal('claim'), name: z.string() }),
]);

/** MountSpec as it is read back. */
export const mountSchema = z.looseObject({
  volume: z.string().min(1),
  source,
  mountPath: z.string().startsWith('/'),
  readOnly: z.boolean(),
  readOnlyBelow: z.literal(false).optional(),
  propagation: z.enum(['HostToContainer', 'Bidirectional']).optional(),
  subPath: z.string().optional(),
  onChange: z.enum(['restart', 'reload']).optional(),
  content: z
    .looseObject({
      digest: z.string(),
      files: z.record(z.string(), z.string()).optional(),
      identity: z.string().optional(),
    })
    .optional(),
});

/** The shape of a container's mounts in records. */
import { z } from 'zod';
import { hostPathTypes } from '../model/volume-spec.ts';

const source = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('hostPath'), path: z.string(), type: z.enum(hostPathTypes) }),
  z.object({ kind: z.literal('emptyDir') }),
]);

/** MountSpec as it is read back. */
export const mountSchema = z.looseObject({
  volume: z.string().min(1),
  source,
  mountPath: z.string().startsWith('/'),
  readOnly: z.boolean(),
  subPath: z.string().optional(),
});

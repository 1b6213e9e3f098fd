/** The shape of a container's probes, hooks and termination message in the records on disk. */
import { z } from 'zod';
import { handlerSchema } from './program-schema.ts';

const count = z.number().int().nonnegative();
const ms = z.number().nonnegative();

const probe = z.looseObject({
  handler: handlerSchema,
  initialDelayMs: ms,
  periodMs: ms,
  timeoutMs: ms,
  successThreshold: count,
  failureThreshold: count,
  graceMs: ms.optional(),
});

const hook = z.union([handlerSchema, z.looseObject({ kind: z.literal('sleep'), ms })]);

/** HealthSpec. */
export const healthSchema = z.looseObject({
  graceMs: ms,
  restarts: z.boolean(),
  startup: probe.optional(),
  readiness: probe.optional(),
  liveness: probe.optional(),
  postStart: hook.optional(),
  preStop: hook.optional(),
});

/** TerminationMessageSpec. */
export const terminationMessageSchema = z.looseObject({
  path: z.string(),
  policy: z.enum(['File', 'FallbackToLogsOnError']),
});

/** A seccomp profile as people have it: the format of Docker and podman, and that of the OCI runtime specification. Pure. */
import { z } from 'zod';
import { err, ok, type Result } from '../util/result.ts';

const words = z.array(z.string());
const condition = z.object({
  index: z.number().int().min(0).max(5),
  value: z.number().int().nonnegative(),
  valueTwo: z.number().int().nonnegative().default(0),
  op: z.string(),
});
const filter = z
  .object({ caps: words.nullish(), arches: words.nullish(), minKernel: z.string().nullish() })
  .nullish()
  .transform((read) => read ?? {});
const rule = z.object({
  name: z.string().optional(),
  names: words.nullish(),
  action: z.string(),
  errnoRet: z.number().int().min(0).max(4095).nullish(),
  args: z.array(condition).nullish(),
  includes: filter,
  excludes: filter,
});
const profile = z.object({
  defaultAction: z.string(),
  defaultErrnoRet: z.number().int().min(0).max(4095).nullish(),
  architectures: words.nullish(),
  archMap: z.array(z.object({ architecture: z.string(), subArchitectures: words.nullish() })).nullish(),
  flags: words.nullish(),
  syscalls: z.array(rule).nullish(),
});

export type SeccompProfile = z.output<typeof profile>;
export type ProfileRule = z.output<typeof rule>;

/** The reason names the place in the profile: `syscalls[3].action: …`. */
export function parseSeccompProfile(text: string): Result<SeccompProfile, string> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
  const read = profile.safeParse(json);
  if (read.success) return ok(read.data);
  const [issue] = read.error.issues;
  const place = issue?.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('') ?? '';
  return err(`${place.replace(/^\./, '') || 'profile'}: ${issue?.message}`);
}

/** Values of a program that are written in several ways. Rules ask whether they can be read, normalise reads them. */
import { type ProgramRestartSpec, type Rlimit, type RlimitName, rlimitNames } from '../model/pod-spec.ts';
import { processDefaults } from '../model/program-defaults.ts';
import { parseDuration } from '../util/duration.ts';
import { parseQuantity, quantityUnits } from '../util/quantity.ts';

/** setTimeout's longest delay, 2^31−1 ms (24 days); a longer one would fire at once. */
export const maxTimerMs = 2_147_483_647;

/** terminationGracePeriodSeconds with Kubernetes' default; a negative one counts as 1, as there. */
export function graceSeconds(spec: { readonly terminationGracePeriodSeconds?: number | undefined }): number {
  const { terminationGracePeriodSeconds: seconds = 30 } = spec;
  return seconds < 0 ? 1 : seconds;
}

/** ms of a number of seconds or a duration; undefined when it is neither. */
export function parseSeconds(written: number | string): number | undefined {
  if (typeof written === 'string') return parseDuration(written);
  const ms = Math.round(written * 1_000);
  return Number.isSafeInteger(ms) ? ms + 0 : undefined;
}

/** A user or a group: by number, or by a name that is looked up in the container. */
export type Account = { readonly kind: 'id'; readonly id: number } | { readonly kind: 'name'; readonly name: string };

/** Kubernetes' bound of runAsUser. */
const maxId = 2_147_483_647;

/** Strictly a decimal id or a name as useradd(8) allows; undefined for "0x10", "4294967296", "-1", "" and the like. */
export function parseAccount(written: number | string): Account | undefined {
  const text = String(written);
  if (/^(?:0|[1-9]\d{0,9})$/.test(text)) return Number(text) <= maxId ? { kind: 'id', id: Number(text) } : undefined;
  return text.length <= 32 && /^[A-Za-z_][A-Za-z0-9_.-]*\$?$/.test(text) ? { kind: 'name', name: text } : undefined;
}

export interface UserAndGroup {
  readonly user: Account;
  readonly group?: Account;
}

/** `1000`, `1000:1000`, `www-data`, `www-data:adm`; undefined when a part of it is no account. */
export function parseUser(written: number | string): UserAndGroup | undefined {
  const [first = '', second, ...rest] = String(written).split(':');
  const user = parseAccount(first);
  if (user === undefined || rest.length > 0) return undefined;
  if (second === undefined) return { user };
  const group = parseAccount(second);
  return group === undefined ? undefined : { user, group };
}

/** One to three octal digits, a zero before them if wanted; undefined otherwise. */
export function parseUmask(written: string): number | undefined {
  return /^0?[0-7]{1,3}$/.test(written) ? Number.parseInt(written, 8) : undefined;
}

/** `NOFILE`, `RLIMIT_NOFILE`, `nofile` → `nofile`; undefined when there is none of that name. */
export function rlimitName(written: string): RlimitName | undefined {
  const bare = written.toLowerCase().replace(/^rlimit_/, '');
  return rlimitNames.find((name) => name === bare);
}

/** Counted in bytes, getrlimit(2). */
const sizes: ReadonlySet<string> = new Set(['as', 'core', 'data', 'fsize', 'memlock', 'msgqueue', 'rss', 'stack']);

/** A whole number, for sizes also a quantity; undefined when it is neither, negative or too large to be exact. */
export function parseRlimitValue(name: RlimitName, written: number | string): Rlimit['soft'] | undefined {
  if (written === 'unlimited') return written;
  const nano = typeof written === 'string' && sizes.has(name) ? parseQuantity(written) : undefined;
  const value = typeof written === 'number' ? written : nano === undefined ? undefined : quantityUnits(nano);
  return value !== undefined && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** What happens when a program ends; one with a schedule waits for its next time unless told otherwise. */
export function restartPolicy(process: {
  readonly restart?: Policy | { readonly policy?: Policy | undefined } | undefined;
  readonly schedule?: unknown;
}): Policy {
  const { restart } = process;
  const written = typeof restart === 'object' ? restart.policy : restart;
  return written ?? (process.schedule === undefined ? processDefaults.restart.policy : 'never');
}

type Policy = ProgramRestartSpec['policy'];

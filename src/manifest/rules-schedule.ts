/** Rules for when a program is started. */
import { Cron } from 'croner';
import { closestWord } from '../util/closest-word.ts';
import { parseDuration } from '../util/duration.ts';
import { type CheckEffort, maxSuggestions } from './check-effort.ts';
import { type FieldPath, invalid, type ProblemSink, unsupported } from './field-problem.ts';
import { messageOf } from './message-of.ts';
import { checkOneOf } from './rules-probe.ts';
import { checkDelay } from './rules-values.ts';
import type { LooseProcess } from './schema.ts';

const policies = ['Forbid', 'Replace'];
/** A longer one is a mistake, and its next time must be a date. */
const maxEveryMs = 366 * 86_400_000;
/** Searching centuries for a time that never comes costs milliseconds: these many times are enough to tell. */
const maxIdleSchedules = 20;
/** Any time will do: an expression of five or six fields names no year. */
const searchFrom = new Date(Date.UTC(2024, 0, 1));

export function checkSchedule(
  { schedule }: LooseProcess,
  effort: CheckEffort,
  path: FieldPath,
  problems: ProblemSink,
): void {
  if (schedule === undefined) return;
  if (typeof schedule === 'string') {
    checkCron(schedule, effort, path, problems);
    return;
  }
  checkOneOf(schedule, ['cron', 'every'], path, problems);
  checkTimeZone(schedule.timeZone, effort, [...path, 'timeZone'], problems);
  if (schedule.cron !== undefined) checkCron(schedule.cron, effort, [...path, 'cron'], problems);
  else if (schedule.timeZone !== undefined && schedule.every !== undefined)
    problems.warn([...path, 'timeZone'], 'means nothing with every, ignored');
  checkEvery(schedule.every, [...path, 'every'], problems);
  checkConcurrency(schedule.concurrencyPolicy, [...path, 'concurrencyPolicy'], problems);
}

const cronHint =
  'minute hour day month weekday, with seconds before them if wanted: "*/5 * * * *", "0 30 2 * * MON-FRI", @daily';

/** A cron expression of five or six fields, or a nickname. */
export function checkCron(written: string, effort: CheckEffort, path: FieldPath, problems: ProblemSink): void {
  const text = written.trim();
  const mistake = text.startsWith('@') ? nicknameMistake(text) : fieldsMistake(text);
  if (mistake !== undefined) {
    const { message, hint = cronHint } = mistake;
    problems.error(path, invalid(written, message), { hint });
  } else if (
    mayNeverCome(text) &&
    effort.idleSchedules < maxIdleSchedules &&
    newCron(text).nextRun(searchFrom) === null
  ) {
    effort.idleSchedules++;
    problems.error(path, invalid(written, 'there is no such time, the program would never start'));
  }
}

/** Only a day together with a month can be one that no year has. */
function mayNeverCome(text: string): boolean {
  const [, month = '*', day = '*'] = text.split(/\s+/).reverse();
  return !text.startsWith('@') && month !== '*' && day !== '*';
}

interface CronMistake {
  readonly message: string;
  readonly hint?: string;
}

const nicknames = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];

function nicknameMistake(text: string): CronMistake | undefined {
  if (nicknames.includes(text.toLowerCase())) return undefined;
  if (text === '@reboot')
    return { message: 'is no time', hint: 'without schedule a program starts with its container' };
  const near = closestWord(text, nicknames);
  return {
    message: `must be one of ${nicknames.join(', ')}`,
    hint: near === undefined ? cronHint : `did you mean "${near}"?`,
  };
}

/** Croner also reads dates and years, which are no schedule here. */
function fieldsMistake(text: string): CronMistake | undefined {
  const count = text === '' ? 0 : text.split(/\s+/).length;
  if (count !== 5 && count !== 6) return { message: `a cron expression has five or six fields, not ${count}` };
  const mistake = messageOf(() => newCron(text));
  return mistake === undefined
    ? undefined
    : { message: mistake.replace(/^CronPattern: /, '').replace(/^Invalid/, 'invalid') };
}

/** `paused`: it is only asked, it sets no timer. Whether a time ever comes is the same in every time zone, and quickest in none. */
const newCron = (written: string): Cron => new Cron(written, { paused: true, mode: '5-or-6-parts', utcOffset: 0 });

/** The IANA name of a time zone; undefined passes. */
export function checkTimeZone(
  written: string | undefined,
  effort: CheckEffort,
  path: FieldPath,
  problems: ProblemSink,
): void {
  if (written === undefined || isTimeZone(written, effort)) return;
  const isSuggested = ++effort.suggestions <= maxSuggestions;
  const near = isSuggested ? closestWord(written, ['UTC', ...Intl.supportedValuesOf('timeZone')]) : undefined;
  problems.error(path, invalid(written, 'is not the IANA name of a time zone'), {
    hint: near === undefined ? 'examples: UTC, Europe/Berlin' : `did you mean "${near}"?`,
  });
}

/** Asked once for each zone: the answer costs a tenth of a millisecond. */
function isTimeZone(written: string, { timeZones }: CheckEffort): boolean {
  const known = timeZones.get(written);
  if (known !== undefined) return known;
  const isZone = messageOf(() => new Intl.DateTimeFormat('en', { timeZone: written })) === undefined;
  timeZones.set(written, isZone);
  return isZone;
}

function checkEvery(every: string | undefined, path: FieldPath, problems: ProblemSink): void {
  checkDelay(every, path, problems);
  const ms = every === undefined ? undefined : parseDuration(every);
  if (ms === 0) problems.error(path, invalid(every, 'must be greater than 0'));
  else if (ms !== undefined && ms > maxEveryMs) problems.error(path, invalid(every, 'must be at most a year (8784h)'));
}

function checkConcurrency(written: string | undefined, path: FieldPath, problems: ProblemSink): void {
  if (written === undefined || policies.includes(written)) return;
  if (written === 'Allow') {
    problems.error(path, invalid(written, 'a program never runs twice at once'), { hint: 'use Forbid or Replace' });
    return;
  }
  const near = closestWord(written, policies);
  const hint = near === undefined ? undefined : `did you mean "${near}"?`;
  problems.error(path, unsupported(written, policies), { hint });
}

/**
 * A session from its begin to its end, printed: `podctl dev`, and `podctl apply --watch`.
 *
 *   begin ──▶ runs ──Ctrl-C, q, SIGTERM, hang-up──▶ tears down ──▶ 0
 *                                                       └─ Ctrl-C again ──▶ says what is left ──▶ 130
 */
import { objectName } from '../cli/apply-result.ts';
import type { Client } from '../cli/client.ts';
import { type EndSignal, takeInterrupts } from '../cli/interrupts.ts';
import type { Io } from '../cli/io.ts';
import type { ApplyResult } from '../protocol/api.ts';
import { formatError } from '../util/pod-error.ts';
import { whenAborted } from '../util/when-aborted.ts';
import { followLogs, type LogFollower } from './follow-logs.ts';
import { ctrlC, takeKeys } from './keys.ts';
import { loadSession, type SessionChoices, type SessionManifests } from './load-session.ts';
import type { DevNotice, ObjectName } from './notice.ts';
import { formatObjectName } from './object-names.ts';
import { type DevSession, startSession } from './session.ts';
import { createSessionPrinter, type SessionPrinter } from './session-printer.ts';

export interface DevOptions {
  readonly client: Client;
  readonly io: Io;
  readonly choices: SessionChoices;
  readonly polling: boolean;
  /** print what the programs print */
  readonly logs: boolean;
  /** delete what the manifests name no longer, and everything at the end */
  readonly owns: boolean;
  /** at the end: what runs runs on */
  readonly keep: boolean;
  /** whatever dependsOn says, what depends on a restarted program restarts too when manifests are applied */
  readonly cascade: boolean;
  /** Called once, with what the first apply did and how to print to standard error; the session goes on whatever comes of it. */
  readonly onApplied?: (results: readonly ApplyResult[], err: (text: string) => void) => Promise<void>;
  /** Shows the session from its first apply to its end, in place of the printing; resolves when the user quits it. */
  readonly view?: (session: ViewedSession) => Promise<unknown>;
}

/** What a view of the session is given. */
export interface ViewedSession {
  /** From now on it is told what happens. */
  readonly listen: (onNotice: (notice: DevNotice) => void) => void;
  /** what the session applied and is still there */
  readonly objects: () => readonly ObjectName[];
  /** aborts when the session ends for another reason than the view */
  readonly signal: AbortSignal;
}

/** The exit code: 0 after an orderly end, 1 failed, 2 the manifests cannot be used, 130 left in a hurry, 141 nobody reads. Throws what the first apply throws. */
export async function runDev(options: DevOptions): Promise<number> {
  const ending = createEnding();
  const giveBack = takeInterrupts(ending.end);
  let manifests: SessionManifests | undefined;
  const load = async (): Promise<SessionManifests> => {
    const loaded = await loadSession(options.choices);
    manifests = loaded.specs.length > 0 ? loaded : (manifests ?? loaded);
    return loaded;
  };
  const printer = createSessionPrinter({
    io: options.io,
    specs: () => manifests?.specs ?? [],
    showsLogs: options.logs,
    onGone: () => ending.end('gone'),
  });
  const run: Run = { options, printer, ending, load };
  try {
    return await runSession(run);
  } finally {
    printer.close();
    giveBack();
  }
}

interface Run {
  readonly options: DevOptions;
  readonly printer: SessionPrinter;
  readonly ending: Ending;
  readonly load: () => Promise<SessionManifests>;
}

async function runSession({ options, printer, ending, load }: Run): Promise<number> {
  const { client, polling, owns, cascade } = options;
  const logs = followLogs(client, {
    sinceMs: Date.now(),
    onLines: printer.onLines,
    onProblem: (message) => printer.onNotice({ kind: 'problem', message }),
  });
  let results: readonly ApplyResult[] = [];
  let told = printer.onNotice;
  const onNotice = (notice: DevNotice): void => {
    told(notice);
    if (notice.kind === 'applied' && notice.changed.length === 0) results = notice.results;
    if (notice.kind === 'status' && options.logs) logs.update(notice.pods, notice.isAnew);
  };
  try {
    const starting = startSession({ client, load, onNotice, polling, cascade, deletesRemoved: owns });
    // podd may take its time to start: nobody has to wait for that.
    const session = await Promise.race([starting, whenAborted(ending.hurry).then(() => 'hurry' as const)]);
    if (session === undefined) return 2;
    if (session === 'hurry') return leaveEarly(printer, options);
    if (owns && !options.keep) tellOfExisting(results, printer);
    const applied = options.onApplied?.(results, printer.complain);
    applied?.catch((error: unknown) => printer.onNotice({ kind: 'problem', message: formatError(error) }));
    const listen: ViewedSession['listen'] = (onNotice) => {
      told = onNotice;
    };
    const reason = await untilEnd(session, { options, printer, ending, listen });
    told = printer.onNotice;
    const code = options.keep
      ? await leave(session, options, { printer, ending })
      : await tearDown(session, logs, { printer, ending });
    return Math.max(code, codesOf[reason] ?? 0);
  } finally {
    logs.close();
  }
}

/** Whoever runs them already, another session perhaps, is to know what the end of this one does. */
function tellOfExisting(results: readonly ApplyResult[], printer: SessionPrinter): void {
  const existing = results.filter(({ outcome }) => outcome !== 'created').map(objectName);
  if (existing.length > 0)
    printer.say(`there before this session, deleted at its end: ${existing.join(', ')} (not with --keep)`);
}

/** Reasons that are failures; 141 is 128+SIGPIPE. */
const codesOf: Partial<Record<EndReason, number>> = { gone: 141, failed: 1 };
const hurriedCode = 130;

type EndReason = EndSignal | 'key' | 'gone' | 'failed';

interface Showing extends Pick<Run, 'options' | 'printer' | 'ending'>, Pick<ViewedSession, 'listen'> {}

async function untilEnd(session: DevSession, { options, printer, ending, listen }: Showing): Promise<EndReason> {
  const { view, owns } = options;
  if (view === undefined) {
    const stop = attachTerminal(session, printer, { ending, takesKeys: owns });
    return await ending.first.finally(stop);
  }
  const over = new AbortController();
  ending.first.then(() => over.abort());
  try {
    await view({ listen, objects: () => session.objects(), signal: over.signal });
    if (!over.signal.aborted) ending.end('key');
  } catch (error) {
    printer.onNotice({ kind: 'problem', message: formatError(error) });
    ending.end('failed');
  }
  return await ending.first;
}

interface Ending {
  readonly end: (reason: EndReason) => void;
  /** why the session ends */
  readonly first: Promise<EndReason>;
  /** aborts when somebody who waits for the end wants to leave at once */
  readonly hurry: AbortSignal;
}

function createEnding(): Ending {
  const hurry = new AbortController();
  let isEnding = false;
  let resolveFirst: (reason: EndReason) => void = () => undefined;
  const first = new Promise<EndReason>((resolve) => {
    resolveFirst = resolve;
  });
  const end = (reason: EndReason): void => {
    // A terminal that closes sends SIGHUP and refuses what is written: that is one reason, and nobody in a hurry.
    if (isEnding && (reason === 'SIGINT' || reason === 'key')) hurry.abort();
    isEnding = true;
    resolveFirst(reason);
  };
  return { end, first, hurry: hurry.signal };
}

/** Keys and the terminal's size, until the result is called. */
function attachTerminal(
  session: DevSession,
  printer: SessionPrinter,
  { ending, takesKeys }: { readonly ending: Ending; readonly takesKeys: boolean },
): () => void {
  const actions: Readonly<Record<string, () => void>> = {
    q: () => ending.end('key'),
    [ctrlC]: () => ending.end('key'),
    r: () => session.restartAll(),
    l: () => printer.say(printer.toggleLogs() ? 'logs are shown' : 'logs are hidden'),
    '?': () => printer.say(keyWords),
  };
  process.stdout.on('resize', printer.resized);
  const releaseKeys = takesKeys ? takeKeys(process.stdin, (key) => actions[key]?.()) : undefined;
  if (releaseKeys !== undefined) printer.say(keyWords);
  return () => {
    process.stdout.off('resize', printer.resized);
    releaseKeys?.();
  };
}

const keyWords = 'keys: r restarts all, l logs on or off, q or Ctrl-C quits, ? this line';

async function leave(
  session: DevSession,
  { choices, owns }: DevOptions,
  { printer, ending }: TearingDown,
): Promise<number> {
  const objects = session.objects();
  await session.close(ending.hurry);
  if (owns && objects.length > 0)
    printer.say(`left running: ${objects.map(formatObjectName).join(', ')}; podctl delete ${filesOf(choices)}`);
  return ending.hurry.aborted ? hurriedCode : 0;
}

/** podd has not answered yet: nobody knows what it makes of the first apply. */
function leaveEarly(printer: SessionPrinter, { choices }: DevOptions): number {
  printer.complain(`left before podd answered\nhint: what runs all the same: podctl delete ${filesOf(choices)}\n`);
  return hurriedCode;
}

const filesOf = ({ files }: SessionChoices): string => files.map((file) => `-f ${file}`).join(' ');

interface TearingDown {
  readonly printer: SessionPrinter;
  readonly ending: Ending;
}

async function tearDown(session: DevSession, logs: LogFollower, { printer, ending }: TearingDown): Promise<number> {
  const left = await session.tearDown(ending.hurry);
  if (left.length === 0) {
    await logs.finished(ending.hurry);
    return 0;
  }
  const commands = left.map((object) => `podctl delete ${formatObjectName(object).replace('/', ' ')}`);
  printer.say(`left behind: ${left.map(formatObjectName).join(', ')}`);
  for (const command of commands) printer.say(`hint: ${command}`);
  return ending.hurry.aborted ? hurriedCode : 1;
}

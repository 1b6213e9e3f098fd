/** What each action of a rule does. */

import type { DevRule } from '../model/dev-rule.ts';
import type { SyncResponse } from '../protocol/api.ts';
import { signalName } from '../util/signal-name.ts';
import type { DevAction } from './action-queue.ts';
import {
  type ActionOutcome,
  type ControlContext,
  control,
  formatName,
  restartContainer,
  restartPrograms,
} from './restart-programs.ts';
import { runInContainer, runOnHost } from './run-build.ts';
import { syncFiles } from './sync-files.ts';

export interface ActionContext extends ControlContext {
  /** directory that a program starts in */
  readonly workingDirOf: (rule: DevRule) => string | undefined;
  readonly onOutput: (source: string, text: string) => void;
  /** absolute paths of all files that a rule watches */
  readonly filesOf: (rule: DevRule) => readonly string[];
  /** the session ends */
  readonly ending: AbortSignal;
}

/** Throws ApiError, PodError when podd refuses or cannot be asked. */
export async function performAction(
  context: ActionContext,
  action: DevAction,
  superseded: AbortSignal,
): Promise<ActionOutcome> {
  const { rule } = action;
  switch (rule.action) {
    case 'restart':
      return await restart(context, rule, superseded);
    case 'reload':
      return await tell(context, rule, { verb: 'reload' }, 'reloaded');
    case 'signal':
      return await tell(
        context,
        rule,
        { verb: 'signal', signal: rule.signal ?? 0 },
        `sent ${signalName(rule.signal ?? 0)} to`,
      );
    case 'exec':
      return await afterBuild(await execute(context, rule), () => restart(context, rule, superseded));
    case 'rebuild':
      return await afterBuild(await buildOnce(context, action), () => restartContainer(context, rule, superseded));
    case 'sync':
      return outcomeOf(await sync(context, action));
    case 'sync+restart':
      return await afterSync(await sync(context, action), () => restart(context, rule, superseded));
    case 'sync+exec':
      return await afterSync(await sync(context, action), () => executeAndRestart(context, rule, superseded));
  }
}

async function sync({ client, filesOf }: ActionContext, action: DevAction): Promise<SyncResponse> {
  return await syncFiles(client, action, () => filesOf(action.rule));
}

async function restart(context: ActionContext, rule: DevRule, superseded: AbortSignal): Promise<ActionOutcome> {
  const own = rule.program === undefined ? undefined : [rule.program];
  return await restartPrograms(context, { at: rule, programs: rule.restart ?? own, cascade: rule.cascade }, superseded);
}

/** A program, or all of the container: who cannot is left out there. */
async function tell(
  { client }: ActionContext,
  rule: DevRule,
  verb: { readonly verb: 'reload' | 'signal'; readonly signal?: number },
  word: string,
): Promise<ActionOutcome> {
  const targets = rule.program === undefined ? {} : { targets: [{ program: rule.program }] };
  const { affected } = await control(client, rule, { ...verb, container: rule.container, ...targets });
  return { ok: true, did: `${word} ${affected.map((name) => `${rule.pod}/${name}`).join(', ')}` };
}

async function execute(context: ActionContext, rule: DevRule): Promise<string | undefined> {
  const { client, onOutput, workingDirOf, ending } = context;
  const source = `${formatName(rule, rule.program)} exec`;
  const command = { argv: rule.command ?? [], workingDir: workingDirOf(rule), signal: ending };
  return await runInContainer(client, rule, command, (line) => onOutput(source, line));
}

function buildOnce(context: ActionContext, { rule, together }: DevAction): Promise<string | undefined> {
  if (together === undefined) return build(context, rule);
  together.build ??= build(context, rule);
  return together.build;
}

async function build({ onOutput, ending }: ActionContext, rule: DevRule): Promise<string | undefined> {
  const source = `${formatName(rule, rule.program)} build`;
  return await runOnHost(rule.command ?? [], rule.directory, (line) => onOutput(source, line), ending);
}

/** What was built before runs on when the build fails. */
async function afterBuild(failure: string | undefined, then: () => Promise<ActionOutcome>): Promise<ActionOutcome> {
  if (failure !== undefined) return { ok: false, why: `the command ${failure}: nothing was restarted` };
  return await then();
}

/** A rule without `restart` only runs its command: `nginx -s reload`. */
async function executeAndRestart(
  context: ActionContext,
  rule: DevRule,
  superseded: AbortSignal,
): Promise<ActionOutcome> {
  const failure = await execute(context, rule);
  if (failure !== undefined || rule.restart !== undefined)
    return await afterBuild(failure, () => restart(context, rule, superseded));
  return { ok: true, did: `ran ${rule.command?.[0] ?? ''} in ${formatName(rule)}` };
}

/** Nothing that was copied, nothing to restart for. */
async function afterSync(sync: SyncResponse, then: () => Promise<ActionOutcome>): Promise<ActionOutcome> {
  const synced = outcomeOf(sync);
  if (!synced.ok || sync.copied + sync.removed === 0) return synced;
  const rest = await then();
  return rest.ok ? { ok: true, did: `${synced.did}, ${rest.did}` } : rest;
}

function outcomeOf({ copied, removed, skipped }: SyncResponse): ActionOutcome {
  const [first, ...more] = skipped;
  if (first !== undefined) {
    const others = more.length === 0 ? '' : `, and ${more.length} more`;
    return { ok: false, why: `${copied} copied, but not ${first.path}: ${first.why}${others}` };
  }
  const parts = [...(copied === 0 ? [] : [`copied ${copied}`]), ...(removed === 0 ? [] : [`removed ${removed}`])];
  return { ok: true, did: parts.length === 0 ? 'nothing to copy' : parts.join(', ') };
}

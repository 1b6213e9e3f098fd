/**
 * A development session: its manifests applied and kept so, its rules acted on, what happens told as notices (notice.ts).
 *
 *   files ──▶ watcher ──manifests──▶ reapply ──▶ apply, delete what is gone, take on other rules
 *                     ──a rule's───▶ SessionActions ──▶ podd
 *   podd ───▶ SessionObjects ──▶ status
 *
 * One reading and applying at a time, one action per container at a time. Whatever is wrong with a file later on is told,
 * and the last good version runs on.
 */
import type { Client } from '../cli/client.ts';
import { requestApply } from '../cli/request-apply.ts';
import { isWorkloadKind } from '../model/object-kinds.ts';
import type { ApplyResult } from '../protocol/api.ts';
import type { PodObject } from '../protocol/objects.ts';
import { createWorker } from '../reconcile/worker.ts';
import { formatError, hintOf } from '../util/pod-error.ts';
import { sameJson } from '../util/same-json.ts';
import { whenAborted } from '../util/when-aborted.ts';
import { askPatiently } from './ask-patiently.ts';
import { hasErrors, type SessionManifests } from './load-session.ts';
import { isManifestRule, isMaterial, manifestRules } from './manifest-rules.ts';
import type { DevNotice, ObjectName } from './notice.ts';
import { keyOf, nameOfManifest } from './object-names.ts';
import { createSessionActions, type SessionActions } from './session-actions.ts';
import { SessionObjects } from './session-objects.ts';
import { takesAway } from './takes-away.ts';
import { type DevWatcher, type RuleBatch, watchRules } from './watch-rules.ts';

export interface SessionOptions {
  readonly client: Client;
  /** Reads the manifests as they are now; rejects never. */
  readonly load: () => Promise<SessionManifests>;
  readonly onNotice: (notice: DevNotice) => void;
  /** look at files from time to time instead of being told of changes */
  readonly polling: boolean;
  /** of every apply: restart also what depends on a restarted program */
  readonly cascade: boolean;
  /** delete what is no longer in the manifests */
  readonly deletesRemoved: boolean;
}

/** Undefined when the manifests cannot be used, which was told. Throws what the first apply throws. */
export async function startSession(options: SessionOptions): Promise<DevSession | undefined> {
  const first = await options.load();
  if (hasErrors(first)) {
    options.onNotice({ kind: 'diagnostics', diagnostics: first.diagnostics, isUsable: false });
    return undefined;
  }
  const session = new DevSession(options);
  try {
    await session.begin(first);
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

export class DevSession {
  readonly #options: SessionOptions;
  readonly #objects: SessionObjects;
  readonly #actions: SessionActions;
  readonly #reapply = createWorker(
    () => this.#reapplyNow().catch((error: unknown) => this.#tellProblem('the manifests cannot be read', error)),
    () => performance.now(),
  );
  #watcher: DevWatcher | undefined;
  /** as they were applied last */
  #manifests: SessionManifests | undefined;
  #changedFiles: string[] = [];
  /** take something away: applied when they are still so a moment later */
  #doubtful: SessionManifests | undefined;
  /** diagnostics as they were told last */
  #told = '';
  #isBroken = false;
  /** not all of what was applied is still there */
  #isIncomplete = false;
  #begin: () => void = () => undefined;
  readonly #begun = new Promise<void>((resolve) => {
    this.#begin = resolve;
  });

  constructor(options: SessionOptions) {
    this.#options = options;
    const { client, onNotice: tell } = options;
    this.#objects = new SessionObjects({
      ...{ client, tell, onPods: (pods) => this.#actions.onPods(pods) },
      onLost: () => {
        this.#isIncomplete = true;
      },
    });
    this.#actions = createSessionActions({
      ...{ client, tell, begun: this.#begun },
      manifests: () => this.#manifests,
      pods: () => this.#objects.pods(),
      nextChange: () => this.#objects.nextChange(),
      acting: (rule) => this.#watcher?.acting(rule) ?? (() => undefined),
      filesOf: (rule) => this.#watcher?.filesOf(rule) ?? [],
    });
  }

  /** Watches first and reads once more what it then applies: no change falls in between. */
  async begin(first: SessionManifests): Promise<void> {
    this.#watcher = await watchRules(rulesOf(first), {
      onBatch: (batch) => this.#onBatch(batch),
      onProblem: (problem) => this.#options.onNotice({ kind: 'problem', ...problem }),
      polling: this.#options.polling,
    });
    const again = await this.#options.load();
    this.#tellDiagnostics(again);
    const manifests = hasErrors(again) ? first : again;
    await this.#watcher.update(rulesOf(manifests));
    await this.#apply(manifests, []);
    this.#begin();
  }

  pods(): readonly PodObject[] {
    return this.#objects.pods();
  }

  /** What the session applied and is still there. */
  objects(): readonly ObjectName[] {
    return this.#objects.list();
  }

  /** Restarts the programs of all containers. */
  restartAll(): void {
    this.#actions.restartAll();
  }

  /** Nothing is watched or acted on any more; what runs runs on. `signal`: without waiting for what is under way. */
  async close(signal?: AbortSignal): Promise<void> {
    await Promise.race([this.#stopActing(), ...(signal === undefined ? [] : [whenAborted(signal)])]);
    this.#objects.close();
  }

  /** Deletes all that the session applied; resolves to what is left, something only when podd refused or `signal` aborted. */
  async tearDown(signal: AbortSignal): Promise<readonly ObjectName[]> {
    await Promise.race([this.#takeDown(signal), whenAborted(signal)]);
    this.#objects.close();
    return this.objects();
  }

  async #takeDown(signal: AbortSignal): Promise<void> {
    await this.#stopActing();
    const isOfPods = ({ kind }: ObjectName): boolean => kind === 'Pod' || isWorkloadKind(kind);
    await this.#objects.delete(this.objects().filter(isOfPods));
    await this.#objects.gone(signal);
    // What pods have in their environment goes after them.
    if (!signal.aborted && !this.objects().some(isOfPods)) await this.#objects.delete(this.objects());
  }

  async #stopActing(): Promise<void> {
    this.#begin();
    await Promise.all([this.#reapply.stop(), this.#actions.close()]);
    await this.#watcher?.close();
  }

  #onBatch({ rule, changes }: RuleBatch): void {
    if (!isManifestRule(rule)) return this.#actions.add({ rule, changes, whole: false });
    this.#changedFiles.push(...changes.map(({ path }) => path));
    this.#reapply.poke();
  }

  /** Returns when to look again, where the files may be half written. */
  async #reapplyNow(): Promise<number | undefined> {
    await this.#begun;
    const changed = [...new Set(this.#changedFiles.splice(0))];
    const manifests = await this.#options.load();
    if (this.#isDoubtful(manifests)) {
      this.#changedFiles.unshift(...changed);
      return performance.now() + settledMs;
    }
    const wasBroken = this.#isBroken;
    this.#tellDiagnostics(manifests);
    // Also files that only the broken version names: what mends it may stand there.
    await this.#watcher?.update(rulesOf(hasErrors(manifests) ? this.#withInputsOf(manifests) : manifests));
    if (hasErrors(manifests)) return undefined;
    if (wasBroken) this.#options.onNotice({ kind: 'recovered' });
    this.#actions.keep(manifests.rules);
    if (this.#isDue(manifests, changed)) await this.#tryApply(manifests, changed);
    else this.#manifests = manifests;
    return undefined;
  }

  #isDoubtful(manifests: SessionManifests): boolean {
    const before = this.#manifests;
    const isNew = !sameJson(this.#doubtful?.manifests, manifests.manifests);
    const takes = before !== undefined && !hasErrors(manifests) && takesAway(before, manifests);
    this.#doubtful = takes ? manifests : undefined;
    return takes && isNew;
  }

  #isDue(manifests: SessionManifests, changed: readonly string[]): boolean {
    const isNew = !sameJson(this.#manifests?.manifests, manifests.manifests);
    return isNew || this.#isIncomplete || changed.some((path) => isMaterial(manifests, path));
  }

  #withInputsOf(broken: SessionManifests): SessionManifests {
    const { rules = [], materials = [] } = this.#manifests ?? {};
    return { ...broken, rules, materials };
  }

  /** Told when they are others than last time. */
  #tellDiagnostics(manifests: SessionManifests): void {
    const { diagnostics } = manifests;
    const text = JSON.stringify(diagnostics);
    this.#isBroken = hasErrors(manifests);
    if (text !== this.#told && diagnostics.length > 0)
      this.#options.onNotice({ kind: 'diagnostics', diagnostics, isUsable: !this.#isBroken });
    this.#told = text;
  }

  async #tryApply(manifests: SessionManifests, changed: readonly string[]): Promise<void> {
    try {
      await this.#apply(manifests, changed);
    } catch (error) {
      this.#tellProblem('the manifests cannot be applied', error);
    }
  }

  #tellProblem(what: string, error: unknown): undefined {
    const hint = hintOf(error);
    const message = `${what}: ${formatError(error)}`;
    this.#options.onNotice({ kind: 'problem', message, ...(hint === undefined ? {} : { hint }) });
  }

  async #apply(manifests: SessionManifests, changed: readonly string[]): Promise<void> {
    const { client, onNotice, deletesRemoved, cascade } = this.#options;
    const beganMs = performance.now();
    const request = { manifests: manifests.manifests, dryRun: false, ...(cascade ? { cascade } : {}) };
    const results = await askPatiently(() => requestApply(client, request));
    this.#isIncomplete = false;
    const elapsedMs = performance.now() - beganMs;
    const wanted = manifests.manifests.map(nameOfManifest);
    const removed = this.objects().filter((object) => !wanted.some((one) => keyOf(one) === keyOf(object)));
    this.#manifests = manifests;
    onNotice({ kind: 'applied', results: withoutKnown(results, manifests.warned), changed, elapsedMs });
    this.#objects.take(wanted);
    // The pods may have been told before the answer: rules that are new have not seen them.
    this.#actions.onPods(this.pods());
    if (deletesRemoved) await this.#objects.delete(removed);
    else this.#objects.leave(removed);
  }
}

/** Longer than any editor takes from the first to the last byte of a file. */
const settledMs = 1_000;

const rulesOf = (manifests: SessionManifests) => [...manifestRules(manifests), ...manifests.rules];

/** Without the warnings that the diagnostics gave already. */
function withoutKnown(results: readonly ApplyResult[], warned: readonly string[]): readonly ApplyResult[] {
  const isNews = (warning: string): boolean => !warned.some((said) => warning.startsWith(said));
  return results.map((result) => ({ ...result, warnings: result.warnings.filter(isNews) }));
}

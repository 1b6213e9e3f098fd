/**
 * The actions that wait. Those of one container come one after the other, containers go side by side. Changes that come while a rule
 * waits or acts are one more round of it, whatever their number.
 */
import type { DevRule, FileChange } from '../model/dev-rule.ts';
import { mergeChanges } from './merge-changes.ts';
import { placedId } from './template-rules.ts';

/** What is to be done: because of these changes, or, `whole`, because the container has nothing yet of what is synced into it. */
export interface DevAction {
  readonly rule: DevRule;
  readonly changes: readonly FileChange[];
  readonly whole: boolean;
  /** of a rebuild for several pods: the first of them builds for all */
  readonly together?: { build?: Promise<string | undefined> };
}

export interface ActionQueue {
  readonly add: (action: DevAction) => void;
  /** Forgets what waits of rules that are no more, and takes on those that are, as they are now. */
  readonly keep: (rules: readonly DevRule[]) => void;
  /** Forgets all that waits; resolves when nothing is under way any more. */
  readonly close: () => Promise<void>;
}

/**
 * `perform` never rejects. `superseded` aborts when more waits for the same container: what is done is done, only waiting for its
 * effect is to end.
 */
export function createActionQueue(perform: (action: DevAction, superseded: AbortSignal) => Promise<void>): ActionQueue {
  const lanes = new Map<string, Lane>();
  let isClosed = false;
  const run = async (lane: Lane): Promise<void> => {
    for (let action = takeFirst(lane); action !== undefined; action = takeFirst(lane)) {
      lane.superseded = new AbortController();
      if (lane.waiting.size > 0) lane.superseded.abort();
      await perform(action, lane.superseded.signal);
    }
    lane.running = undefined;
  };
  return {
    add: (action) => {
      if (isClosed) return;
      const lane = laneOf(lanes, action.rule);
      const merged = mergeActions(lane.waiting.get(action.rule.id), action);
      if (merged === undefined) lane.waiting.delete(action.rule.id);
      else lane.waiting.set(action.rule.id, merged);
      if (lane.waiting.size === 0) return;
      lane.superseded.abort();
      lane.running ??= run(lane);
    },
    keep: (rules) => {
      const now = new Map(rules.map((rule) => [placedId(rule), rule]));
      for (const { waiting } of lanes.values())
        for (const action of waiting.values()) renew(waiting, now.get(placedId(action.rule)), action);
    },
    close: async () => {
      isClosed = true;
      for (const { waiting, superseded } of lanes.values()) {
        waiting.clear();
        superseded.abort();
      }
      await Promise.all([...lanes.values()].map(({ running }) => running));
    },
  };
}

interface Lane {
  /** by rule, in the order in which they came */
  readonly waiting: Map<string, DevAction>;
  running: Promise<void> | undefined;
  superseded: AbortController;
}

function laneOf(lanes: Map<string, Lane>, { namespace, pod, container }: DevRule): Lane {
  const key = `${namespace}/${pod}/${container}`;
  const lane = lanes.get(key) ?? { waiting: new Map(), running: undefined, superseded: new AbortController() };
  lanes.set(key, lane);
  return lane;
}

function takeFirst({ waiting }: Lane): DevAction | undefined {
  const [first] = waiting.values();
  if (first !== undefined) waiting.delete(first.rule.id);
  return first;
}

/** Undefined when nothing is left to be done. */
function mergeActions(earlier: DevAction | undefined, later: DevAction): DevAction | undefined {
  if (earlier === undefined) return later;
  const changes = mergeChanges(earlier.changes, later.changes);
  const whole = earlier.whole || later.whole;
  return changes.length > 0 || whole ? { ...later, changes, whole } : undefined;
}

function renew(waiting: Map<string, DevAction>, rule: DevRule | undefined, action: DevAction): void {
  if (rule === undefined) waiting.delete(action.rule.id);
  else waiting.set(rule.id, { ...action, rule });
}

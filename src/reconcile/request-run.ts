/** What a user's start, stop and restart of a container mean for its runs and programs. Pure. */
import type { RunRecord } from '../model/pod-record.ts';
import type { ContainerSpec } from '../model/pod-spec.ts';
import type { ProgramRef } from '../model/program-name.ts';
import type { ProgramState } from '../protocol/init.ts';
import { type InstanceView, isLive } from './pod-view.ts';
import { forgiveBackoff, isFinished, type RestartTerms } from './restart-policy.ts';

/** A container as the request finds it. */
export interface RequestedRun {
  readonly run: RunRecord;
  readonly instance?: InstanceView;
  /** it waits for its back-off, or for a start that was refused to be tried again */
  readonly isWaiting: boolean;
  readonly policy: RestartTerms;
}

type RunVerb = 'start' | 'stop' | 'restart';

/** The run's record from now on; undefined: all is so already. What is to start and does not run starts at once. */
export function requestRun(verb: RunVerb, requested: RequestedRun): RunRecord | undefined {
  const { run, instance } = requested;
  if (verb === 'stop') return run.stopped === true ? undefined : { ...withoutRequests(run), stopped: true };
  if (instance === undefined || !isLive(instance)) return startNow(verb, requested);
  return verb === 'restart' && instance.stop === undefined
    ? { ...withoutRequests(run), restartId: instance.id }
    : allowStart(run);
}

/** What a start of a container that runs starts: what its own start would have started and a user has stopped since. */
export function stoppedPrograms(
  { programs }: Pick<ContainerSpec, 'programs'>,
  states: readonly ProgramState[],
): readonly ProgramRef[] {
  const wanted = new Set(programs.flatMap(({ name, autostart }) => (autostart ? [name] : [])));
  return states.flatMap(({ state, program, instance }) =>
    state === 'STOPPED' && wanted.has(program) ? [{ program, instance }] : [],
  );
}

function startNow(verb: RunVerb, { run, isWaiting, policy }: RequestedRun): RunRecord | undefined {
  const isIdle = run.stopped === true || isWaiting || isFinished(policy, run);
  return verb === 'restart' || isIdle ? forgiveBackoff(withoutRequests(run)) : undefined;
}

/** It runs, or ends and starts anew by itself once nothing forbids it. */
const allowStart = (run: RunRecord): RunRecord | undefined => (run.stopped === true ? withoutRequests(run) : undefined);

function withoutRequests(run: RunRecord): RunRecord {
  const { stopped: _stopped, restartId: _restartId, ...rest } = run;
  return rest;
}

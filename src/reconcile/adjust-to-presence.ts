/** What an effect on a running container is on one as it is: stopped, ended, waiting, or with programs that rest. Pure. */
import type { ContainerSpec } from '../model/pod-spec.ts';
import type { ChangeCost } from '../protocol/api.ts';
import type { ContainerEffect } from './container-effect.ts';
import type { ProgramDifference } from './diff-programs.ts';
import {
  type ContainerPresence,
  hasFailed,
  isAtRest,
  type Presence,
  waitsForRequest,
  waitsForSchedule,
} from './presence.ts';
import { shouldRestart } from './restart-policy.ts';

export interface ActualEffect {
  readonly cost: ChangeCost;
  /** what is to be said instead of why a running one would cost that */
  readonly instead?: string;
}

/** `after`: the container as it is wanted from now on. */
export function adjustToPresence(
  effect: ContainerEffect,
  after: ContainerSpec | undefined,
  presence: Presence,
): ActualEffect {
  if (effect.cost === 'nothing') return { cost: effect.cost };
  const [missing] = after?.missing ?? [];
  if (missing !== undefined && !isOfCgroups(effect)) return incomplete(effect, missing);
  const here = presence[effect.container];
  if (here === undefined) return { cost: effect.cost };
  switch (here.state) {
    case 'running':
      return adjustPrograms(effect, here);
    case 'stopped':
      return later(`container ${effect.container} is stopped`);
    case 'done':
      return later(`init container ${effect.container} has done its part in this pod`);
    case 'ended':
      return adjustEnded(effect, after, here);
    case 'waiting':
      return startsAnew(effect)
        ? {
            cost: 'restart-container',
            instead: `container ${effect.container} waits for its restart: it starts at once`,
          }
        : later(`container ${effect.container} does not run`);
  }
}

/** True when a container that does not run, and is not stopped, is started for it. */
export const startsAnew = ({ cost, programs }: ContainerEffect): boolean =>
  cost === 'restart-container' || cost === 'restart-program' || programs.some(({ change }) => change === 'added');

const later = (state: string): ActualEffect => ({
  cost: 'nothing',
  instead: `${state}: it counts from the next start on`,
});

/** Limits are written whatever is missing. */
const isOfCgroups = ({ cost, programs }: ContainerEffect): boolean => cost === 'in-place' && programs.length === 0;

/** What it needs is not there: what runs runs on as it is. */
const incomplete = ({ container }: ContainerEffect, missing: string): ActualEffect =>
  later(`container ${container} cannot start as it is wanted (${missing})`);

function adjustEnded(
  effect: ContainerEffect,
  after: ContainerSpec | undefined,
  { exit }: ContainerPresence,
): ActualEffect {
  const name = `container ${effect.container}`;
  if (startsAnew(effect)) return { cost: 'restart-container', instead: `${name} has ended, and starts anew with it` };
  const isRevived = after !== undefined && exit !== undefined && shouldRestart(after, exit);
  if (isRevived) return { cost: 'restart-container', instead: `${name} has ended, and by this policy starts again` };
  return later(`${name} has ended`);
}

/** Its container runs; the programs themselves may not. */
function adjustPrograms(effect: ContainerEffect, here: ContainerPresence): ActualEffect {
  if (effect.cost === 'in-place') return adjustInPlace(effect, here);
  if (effect.cost !== 'restart-program') return { cost: effect.cost };
  const states = effect.programs.flatMap((difference) =>
    difference.change === 'restart' ? (stateOf(difference, here) ?? []) : [],
  );
  const known = effect.programs.filter(({ change }) => change === 'restart').length === states.length;
  if (!known) return { cost: effect.cost };
  if (states.every(isAtRest)) return later(describe(effect, states, 'is'));
  if (states.every((state) => isAtRest(state) || hasFailed(state))) {
    const failed = states.filter(hasFailed);
    return { cost: effect.cost, instead: `${describe(effect, failed, 'is')}, and starts anew with it` };
  }
  return { cost: effect.cost };
}

/** A program that waited for a request or for its schedule starts when it waits for neither any more. */
function adjustInPlace(effect: ContainerEffect, here: ContainerPresence): ActualEffect {
  const started = effect.programs.filter((difference) => isReleased(difference, stateOf(difference, here)));
  if (started.length === 0) return { cost: effect.cost };
  const names = started.map(({ label }) => `${effect.container}/${label}`).join(', ');
  return { cost: 'restart-program', instead: `${names} did not run, and starts by itself from now on` };
}

/** True when a change in place starts it. */
export function isReleased(
  { change, released }: ProgramDifference,
  state: ContainerPresence['programs'][number] | undefined,
): boolean {
  if (change !== 'in-place' || state === undefined) return false;
  return (released === 'autostart' && waitsForRequest(state)) || (released === 'schedule' && waitsForSchedule(state));
}

export const stateOf = ({ key }: Pick<ProgramDifference, 'key'>, { programs }: ContainerPresence) =>
  programs.find(({ name }) => name === key);

function describe({ container }: ContainerEffect, states: ContainerPresence['programs'], verb: string): string {
  const [first] = states;
  const more = states.length > 1 ? ` (and ${states.length - 1} more)` : '';
  return first === undefined ? '' : `${container}/${first.label} ${verb} ${first.state}${more}`;
}

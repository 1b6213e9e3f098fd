/** The effects on one program, each by the hand that does it. */
import { assertNever } from '../util/assert-never.ts';
import type { SuperviseEffect } from './machine.ts';
import type { ProgramHands } from './program-hands.ts';

/** `forget` is the Supervisor's: it lets go of the hands themselves. */
export type ProgramEffect = Exclude<
  Extract<SuperviseEffect, { readonly program: string }>,
  { readonly effect: 'forget' }
>;

export function performOnProgram(hands: ProgramHands, effect: ProgramEffect): void {
  switch (effect.effect) {
    case 'spawn':
      return hands.spawn();
    case 'signal':
      return hands.signal(effect);
    case 'clear':
      return hands.clear();
    case 'drain':
      return hands.drain();
    case 'command':
      return hands.command(effect.purpose);
    case 'arm':
      return hands.arm(effect.timer, effect.ms);
    case 'disarm':
      return hands.disarm(effect.timer);
    case 'startProbe':
      return hands.startProbe(effect.probe);
    case 'stopProbe':
      return hands.stopProbe(effect.probe);
    case 'plan':
      return hands.planNext();
    case 'unplan':
      return hands.unplan();
    case 'freeze':
      return hands.freeze();
    case 'thaw':
      return hands.thaw();
    default:
      return assertNever(effect, 'supervise effect');
  }
}

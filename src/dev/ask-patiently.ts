import { setTimeout as sleep } from 'node:timers/promises';
import { isTemporary } from '../cli/follow-list.ts';

const maxTries = 20;
const pauseMs = 100;

/** Asks again while podd is between two lives, for two seconds and what its start takes; then, or for any other reason, throws. */
export async function askPatiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (!isTemporary(error) || tries === maxTries) throw error;
      await sleep(pauseMs);
    }
  }
}

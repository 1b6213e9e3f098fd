import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { endOnInterrupt, takeInterrupts } from '../../../src/cli/interrupts.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('Ctrl-C', () => {
  let others: NodeJS.SignalsListener[];
  beforeEach(() => {
    others = process.listeners('SIGINT') as NodeJS.SignalsListener[];
    for (const listener of others) process.off('SIGINT', listener);
    endOnInterrupt();
  });
  afterEach(() => {
    process.removeAllListeners('SIGINT');
    for (const listener of others) process.on('SIGINT', listener);
  });

  test('that comes just before it is taken over is told to who takes it', async () => {
    const told: string[] = [];
    process.kill(process.pid, 'SIGINT');
    const giveBack = takeInterrupts((signal) => told.push(signal));
    try {
      await waitFor('the signal is told', () => told.length > 0);
    } finally {
      giveBack();
    }
    expect(told).toEqual(['SIGINT']);
    expect(process.listenerCount('SIGINT')).toBe(1);
    expect(process.listenerCount('SIGHUP')).toBe(0);
  });
});

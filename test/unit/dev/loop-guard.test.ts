import { describe, expect, test } from 'vitest';
import { type BatchFacts, type GuardState, judgeBatch, noRounds } from '../../../src/dev/loop-guard.ts';

const written = (offsetMs: number, ...paths: string[]): BatchFacts => ({ paths, offsetMs });
const fromElsewhere = (...paths: string[]): BatchFacts => ({ paths });

function decisions(...batches: BatchFacts[]): string[] {
  let state: GuardState = noRounds;
  return batches.map((batch) => {
    const verdict = judgeBatch(state, batch);
    state = verdict.state;
    return verdict.looping.length > 0 && verdict.decision === 'stop'
      ? `stop ${verdict.looping.join(' ')}`
      : verdict.decision;
  });
}

describe('judgeBatch', () => {
  test.each([
    {
      name: 'acts on what people do',
      batches: [fromElsewhere('/a'), fromElsewhere('/a'), fromElsewhere('/a')],
      gives: ['act', 'act', 'act'],
    },
    {
      name: 'stops at the third round that an action caused',
      batches: [fromElsewhere('/a'), written(80, '/out'), written(90, '/out'), written(85, '/out')],
      gives: ['act', 'act', 'act', 'stop /out'],
    },
    {
      name: 'names only what every round wrote',
      batches: [written(80, '/out', '/log', '/x'), written(90, '/log', '/out'), written(85, '/out', '/log', '/y')],
      gives: ['act', 'act', 'stop /out /log'],
    },
    {
      name: 'does not take quick saves for a loop: the first comes before any action',
      batches: [fromElsewhere('/a'), written(120, '/a'), written(140, '/a'), fromElsewhere('/a')],
      gives: ['act', 'act', 'act', 'act'],
    },
    {
      name: 'does not take saves during long builds for a loop: their times differ',
      batches: [written(500, '/a'), written(8_000, '/a'), written(3_000, '/a'), written(6_000, '/a')],
      gives: ['act', 'act', 'act', 'act'],
    },
    {
      name: 'begins anew when something else changes too',
      batches: [
        written(80, '/out'),
        written(80, '/out'),
        fromElsewhere('/a', '/out'),
        written(80, '/out'),
        written(80, '/out'),
      ],
      gives: ['act', 'act', 'act', 'act', 'act'],
    },
    {
      name: 'begins anew with other files',
      batches: [written(80, '/a'), written(80, '/b'), written(80, '/c'), written(80, '/c'), written(80, '/c')],
      gives: ['act', 'act', 'act', 'act', 'stop /c'],
    },
    {
      name: 'holds back what a stopped action still writes, and acts again on what comes from elsewhere',
      batches: [
        written(80, '/a'),
        written(80, '/a'),
        written(80, '/a'),
        written(99, '/a'),
        fromElsewhere('/b'),
        written(80, '/a'),
      ],
      gives: ['act', 'act', 'stop /a', 'hold', 'act', 'act'],
    },
    {
      name: 'stops a loop of changing length at the tenth round',
      batches: Array.from({ length: 10 }, (_, i) => written(i % 2 === 0 ? 100 : 5_000, '/a')),
      gives: [...Array.from({ length: 9 }, () => 'act'), 'stop /a'],
    },
  ])('$name', ({ batches, gives }) => {
    expect(decisions(...batches)).toEqual(gives);
  });
});

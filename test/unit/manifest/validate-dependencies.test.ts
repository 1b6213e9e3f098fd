import { describe, expect, test } from 'vitest';
import { aProcess, complaintsOfProcess, errorsOf, withProcesses } from './a-manifest.ts';

const conditions = '"started", "ready", "completed", "succeeded"';

describe('dependencies are refused with', () => {
  test.each<[string, unknown, string]>([
    [
      'an unknown name',
      { dbb: 'ready' },
      'dependsOn.dbb: Invalid value: "dbb": the container has no program "dbb" (did you mean "db"?)',
    ],
    [
      'the program itself',
      { web: 'ready' },
      'dependsOn.web: Invalid value: "web": a program cannot wait for itself (remove it)',
    ],
    [
      'an unknown condition',
      { db: 'redy' },
      `dependsOn.db: Unsupported value: "redy": supported values: ${conditions} (did you mean "ready"?)`,
    ],
    ['no condition', { db: null }, `dependsOn.db: Unsupported value: "": supported values: ${conditions}`],
    ['a map without a condition', { db: { cascade: true } }, 'dependsOn.db.condition: Required value'],
    [
      'an unknown condition in a map',
      { db: { condition: 'up' } },
      `dependsOn.db.condition: Unsupported value: "up": supported values: ${conditions}`,
    ],
    [
      'a misspelt cascade',
      { db: { condition: 'ready', casade: true } },
      'dependsOn.db.casade: unknown field "casade" (did you mean "cascade"?)',
    ],
    ['a number', { db: 3 }, 'dependsOn.db: must be a condition or a map {condition, cascade}, not the number 3'],
    ['a list', ['db'], 'dependsOn: must be a map, not a list'],
    [
      'the readiness of a program with a schedule',
      { cron: 'ready' },
      'dependsOn.cron: Invalid value: "ready": "cron" has a schedule: it comes and goes (use started, completed or succeeded)',
    ],
  ])('%s', (_, dependsOn, error) => {
    expect(complaintsOfProcess({ dependsOn })).toEqual([error]);
  });

  test('a circle, told once with every name, at its first program', () => {
    const named = (name: string, ...names: string[]) =>
      aProcess({ name, dependsOn: Object.fromEntries(names.map((other) => [other, 'started'])) });
    const pod = withProcesses([named('tail', 'c'), named('a', 'b'), named('b', 'c'), named('c', 'a', 'b')]);
    expect(errorsOf(pod)).toEqual([
      'spec.containers[0].processes[1].dependsOn.b: Invalid value: "b": programs wait for each other in a circle: a → b → c → a (one of them must start without the other)',
    ]);
  });

  test('a circle of hundreds, in few words', () => {
    const processes = Array.from({ length: 300 }, (_, index) =>
      aProcess({ name: `p${index}`, dependsOn: { [`p${(index + 1) % 300}`]: 'ready' } }),
    );
    const [error, ...more] = errorsOf(withProcesses(processes));
    expect(error).toContain('p0 → p1 → p2 → p3 → p4 → p5 → p6 → p7 → p8 → p9 → p10 → 289 more → p0');
    expect(more).toEqual([]);
  });
});

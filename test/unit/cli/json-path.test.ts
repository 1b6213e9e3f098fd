import { describe, expect, test } from 'vitest';
import { formatJsonPath, parseJsonPath } from '../../../src/cli/json-path.ts';

const root = {
  metadata: { name: 'web', labels: { 'a.b/c': 'x', app: 'shop' } },
  status: {
    phase: 'Running',
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Initialized', status: 'False' },
    ],
  },
  spec: { containers: [{ name: 'a', ports: [80, 81] }, { name: 'b' }] },
};

describe('jsonpath', () => {
  test.each([
    ['{.status.phase}', 'Running'],
    ['.status.phase', 'Running'],
    ['status.phase', 'Running'],
    ['{$.status.phase}', 'Running'],
    ['{.spec.containers[*].name}', 'a b'],
    ['{.spec.containers[0].name}', 'a'],
    ['{.spec.containers[-1:].name}', undefined],
    ['{.spec.containers[-1].name}', 'b'],
    ['{.spec.containers[9].name}', ''],
    ['{.spec.containers[0].ports}', '[80,81]'],
    ["{.metadata.labels['a.b/c']}", 'x'],
    ['{.metadata.labels.a\\.b/c}', 'x'],
    ['{.status.conditions[?(@.type=="Ready")].status}', 'True'],
    ["{.status.conditions[?(@.type!='Ready')].status}", 'False'],
    ['{.metadata.name}={.status.phase}{"\\n"}', 'web=Running\n'],
    ['{.missing.field}', ''],
    ['{.constructor}', ''],
  ])('%s gives %j', (template, text) => {
    if (text === undefined) expect(() => parseJsonPath(template)).toThrow('cannot understand');
    else expect(formatJsonPath(parseJsonPath(template), root)).toBe(text);
  });
});

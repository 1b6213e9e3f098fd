import { describe, expect, test } from 'vitest';
import { createProblemList, formatFieldPath } from '../../../src/manifest/field-problem.ts';
import { checkFieldRef, checkResourceFieldRef, envFields } from '../../../src/manifest/rules-downward.ts';

function problemsOf(check: (problems: ReturnType<typeof createProblemList>) => void): readonly string[] {
  const problems = createProblemList();
  check(problems);
  return problems.errors.map(({ path, message }) => `${formatFieldPath(path)}: ${message}`);
}

describe('a fieldRef', () => {
  const messages = (ref: object) => problemsOf((list) => checkFieldRef(ref, ['fieldRef'], envFields, list));
  test.each([
    'metadata.name',
    'status.podIPs',
    "metadata.labels['app.kubernetes.io/name']",
    "metadata.annotations['Build']",
  ])('%s is good', (fieldPath) => {
    expect(messages({ fieldPath })).toEqual([]);
    expect(messages({ fieldPath, apiVersion: 'v1' })).toEqual([]);
  });
  test.each([
    [{}, 'fieldRef.fieldPath: Required value'],
    [
      { fieldPath: 'metadata.labels' },
      expect.stringMatching(/^fieldRef\.fieldPath: Unsupported value: "metadata\.labels": supported values: /),
    ],
    [
      { fieldPath: 'metadata.nam' },
      'fieldRef.fieldPath: Invalid value: "metadata.nam": error converting fieldPath: field label not supported: metadata.nam',
    ],
    [
      { fieldPath: "metadata.name['x']" },
      'fieldRef.fieldPath: Invalid value: "metadata.name": does not support subscript',
    ],
    [{ fieldPath: "metadata.labels['a b']" }, expect.stringContaining('fieldRef.fieldPath: Invalid value: "a b"')],
    [{ fieldPath: 'metadata.name', apiVersion: 'v2' }, expect.stringContaining('unsupported pod version: v2')],
  ])('%j is refused', (ref, message) => {
    expect(messages(ref)).toEqual([message]);
  });
});

describe('a resourceFieldRef', () => {
  const messages = (ref: object, isVolume = false) =>
    problemsOf((list) => checkResourceFieldRef(ref, ['ref'], isVolume, list));
  test.each([
    { resource: 'limits.cpu', divisor: '1m' },
    { resource: 'limits.cpu', divisor: 1 },
    { resource: 'requests.memory', divisor: '1Mi' },
    { resource: 'limits.ephemeral-storage' },
    { resource: 'limits.hugepages-2Mi', divisor: '1Mi' },
  ])('%j is good', (ref) => {
    expect(messages(ref)).toEqual([]);
  });
  test.each([
    [{}, false, 'ref.resource: Required value'],
    [{ resource: 'limits.cpu' }, true, 'ref.containerName: Required value'],
    [{ resource: 'limits.gpu' }, false, expect.stringContaining('ref.resource: Unsupported value: "limits.gpu"')],
    [
      { resource: 'limits.cpu', divisor: '1k' },
      false,
      `ref.divisor: Invalid value: "1k": only divisor's values 1m and 1 are supported with the cpu resource`,
    ],
    [
      { resource: 'limits.memory', divisor: '1m' },
      false,
      expect.stringContaining('are supported with the memory resource'),
    ],
  ])('%j is refused', (ref, isVolume, message) => {
    expect(messages(ref, isVolume)).toEqual([message]);
  });
});

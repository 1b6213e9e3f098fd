import { expect, test } from 'vitest';
import { ApiError } from '../../../src/cli/api-error.ts';
import { reportError } from '../../../src/cli/report-error.ts';
import { memoryIo } from './memory-io.ts';

const refusal = (message: string): ApiError =>
  new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message,
    reason: 'Invalid',
    code: 422,
    details: { causes: [{ field: 'spec.a', message: 'must be 1' }] },
  });

const cases = [
  ['once where the message has them', 'Pod "x" is invalid: spec.a: must be 1', ''],
  ['below a message without them', 'Pod "x" is invalid', '  spec.a: must be 1\n'],
] as const;
test.each(cases)('causes of a refusal are printed %s', (_, message, below) => {
  const io = memoryIo();
  expect(reportError(refusal(message), io)).toBe(2);
  expect(io.written.err).toBe(`Error from server (Invalid): ${message}\n${below}`);
});

import { describe } from 'vitest';
import { whyNoRealKernel } from './real-kernel.ts';

/** `describe` for tests that act on the real kernel; skipped, with the reason printed by `setup`, where that is impossible. */
export const describeReal = describe.skipIf(whyNoRealKernel() !== undefined);

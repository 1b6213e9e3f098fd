import type { Io } from '../../../src/cli/io.ts';
import { now } from './pod-builder.ts';

export interface MemoryIo extends Io {
  readonly written: { out: string; err: string };
}

/** Output kept in memory, no colours, no terminal, the clock at noon; `env` is all the environment there is. */
export function memoryIo(env: Readonly<Record<string, string>> = {}, more: Partial<Io> = {}): MemoryIo {
  const written = { out: '', err: '' };
  return {
    env,
    written,
    out: (text) => {
      written.out += text;
    },
    err: (text) => {
      written.err += text;
    },
    now: () => now,
    colour: false,
    errColour: false,
    ...more,
  };
}

import { describe, expect, test } from 'vitest';
import { runOnHost } from '../../../src/dev/run-build.ts';

const never = new AbortController().signal;

async function run(script: string, signal = never): Promise<{ lines: string[]; failure: string | undefined }> {
  const lines: string[] = [];
  const failure = await runOnHost(['sh', '-c', script], '/tmp', (line) => lines.push(line), signal);
  return { lines, failure };
}

/** Aborts when the script has printed its first line. */
async function cutOff(script: string): Promise<{ failure: string | undefined; elapsedMs: number }> {
  const ending = new AbortController();
  let beganMs = 0;
  const onLine = (): void => {
    beganMs ||= performance.now();
    ending.abort();
  };
  const failure = await runOnHost(['sh', '-c', script], '/tmp', onLine, ending.signal);
  return { failure, elapsedMs: performance.now() - beganMs };
}

describe('a build on this machine', () => {
  test('prints line by line, also the last one without its end, and says how it failed', async () => {
    expect(await run('echo a; printf b')).toEqual({ lines: ['a', 'b'], failure: undefined });
    expect((await run('exit 3')).failure).toBe('exited with code 3');
  });

  test('a program or directory that is not there is said', async () => {
    expect(await runOnHost(['no-such-program'], '/tmp', () => undefined, never)).toMatch(
      /no-such-program or directory/,
    );
  });

  test('its end takes all of it along, at once', async () => {
    const { failure, elapsedMs } = await cutOff('sleep 1000 & echo on; sleep 1000');
    expect(failure).toBe('was ended with the session');
    expect(elapsedMs).toBeLessThan(1900);
  });

  test('one that ignores SIGTERM is killed', async () => {
    const { failure } = await cutOff("trap '' TERM; echo on; while :; do sleep 0.1; done");
    expect(failure).toBe('was ended with the session');
  });

  test('what left its group with its output open is not waited for', async () => {
    const { failure } = await cutOff('setsid sleep 6 & echo on; wait');
    expect(failure).toBe('was ended with the session');
  });
});

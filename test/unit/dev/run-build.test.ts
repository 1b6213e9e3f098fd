import { existsSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { runOnHost } from '../../../src/dev/run-build.ts';
import { waitFor } from '../../support/wait-for.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const never = new AbortController().signal;

async function run(script: string, signal = never): Promise<{ lines: string[]; failure: string | undefined }> {
  const lines: string[] = [];
  const failure = await runOnHost(['sh', '-c', script], '/tmp', (line) => lines.push(line), signal);
  return { lines, failure };
}

/** Aborts when the script has printed its first line. */
async function cutOff(script: string): Promise<{ failure: string | undefined; lines: readonly string[] }> {
  const ending = new AbortController();
  const lines: string[] = [];
  const onLine = (line: string): void => {
    lines.push(line);
    ending.abort();
  };
  const failure = await runOnHost(['sh', '-c', script], '/tmp', onLine, ending.signal);
  return { failure, lines };
}

/** An orphan that has ended may wait for the machine's PID 1 as a zombie. */
function hasEnded(pid: number): boolean {
  const file = `/proc/${pid}/stat`;
  return !existsSync(file) || / Z /.test(readFileSync(file, 'utf8'));
}

describe('a build on this machine', () => {
  test('prints line by line, also the last one without its end, and says how it failed', async () => {
    expect(await run('echo a; printf b')).toEqual({ lines: ['a', 'b'], failure: undefined });
    expect((await run('exit 3')).failure).toBe('exited with code 3');
  });

  test('a program or directory that is not there is said', async () => {
    vi.stubEnv('PATH', '/usr/bin:/bin');
    expect(await runOnHost(['no-such-program'], '/tmp', () => undefined, never)).toMatch(
      /no-such-program or directory/,
    );
  });

  test('its end asks all of it to end', async () => {
    const { failure, lines } = await cutOff("trap 'echo asked; exit' TERM; sleep 1000 & echo $!; wait");
    expect(failure).toBe('was ended with the session');
    expect(lines).toEqual([expect.stringMatching(/^\d+$/), 'asked']);
    await waitFor('what it started has ended', () => hasEnded(Number(lines[0])));
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

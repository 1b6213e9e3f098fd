import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RunExec } from '../../../src/init/probe-exec.ts';
import { type Prober, startProber } from '../../../src/init/prober.ts';
import type { ProbeSpec } from '../../../src/model/pod-spec.ts';
import { freePort } from '../../support/free-port.ts';

const spec = (overrides: Partial<ProbeSpec> = {}): ProbeSpec => ({
  handler: { kind: 'exec', argv: ['/bin/check'] },
  initialDelayMs: 0,
  periodMs: 10_000,
  startPeriodMs: 1_000,
  timeoutMs: 1_000,
  successThreshold: 1,
  failureThreshold: 3,
  ...overrides,
});

const startedAt = 1_000_000;
/** Since the test began. */
const now = () => performance.now() - started;
let started: number;
let prober: Prober | undefined;

beforeEach(() => {
  vi.useFakeTimers({
    now: startedAt,
    toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'Date', 'performance'],
  });
  started = performance.now();
});
afterEach(() => {
  prober?.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

interface Attempt {
  /** ms after which it ends; never, without */
  readonly takesMs?: number;
  readonly code: number;
  readonly output?: string;
}

/** Commands that end as the script says, the last of it over and over; notes when each was started and cancelled. */
function scripted(script: readonly Attempt[]) {
  const starts: number[] = [];
  const cancels: number[] = [];
  let running = 0;
  const runExec: RunExec = (_argv, _timeoutMs, done) => {
    const { takesMs, code, output = '' } = script[Math.min(starts.length, script.length - 1)] as Attempt;
    starts.push(now());
    running++;
    expect(running).toBe(1);
    let isOpen = true;
    const end = (): void => {
      if (isOpen) running--;
      isOpen = false;
    };
    const timer = takesMs === undefined ? undefined : setTimeout(() => [end(), done(code, output)], takesMs);
    return () => {
      clearTimeout(timer);
      if (isOpen) cancels.push(now());
      end();
    };
  };
  return { starts, cancels, runExec };
}

type Verdict = [at: number, ok: boolean, message: string];

function run(kind: 'readiness' | 'liveness', probe: ProbeSpec, runExec: RunExec): Verdict[] {
  const verdicts: Verdict[] = [];
  prober = startProber(probe, kind, runExec, (ok, message) => verdicts.push([now(), ok, message]));
  return verdicts;
}

describe('prober', () => {
  test('begins after the initial delay and goes on from start to start', () => {
    const { starts, runExec } = scripted([{ code: 0, takesMs: 300 }]);
    run('liveness', spec({ initialDelayMs: 5_000 }), runExec);
    vi.advanceTimersByTime(30_000);
    expect(starts).toEqual([5_000, 15_000, 25_000]);
  });

  test('asks a readiness every start period until it first succeeds', () => {
    const { starts, runExec } = scripted([
      { code: 1, takesMs: 10 },
      { code: 1, takesMs: 10 },
      { code: 0, takesMs: 10 },
      { code: 1, takesMs: 10 },
    ]);
    const verdicts = run('readiness', spec(), runExec);
    vi.advanceTimersByTime(33_000);
    expect(starts).toEqual([0, 1_000, 2_000, 12_000, 22_000, 32_000]);
    expect(verdicts).toEqual([
      [2_010, true, 'exit code 0'],
      [32_010, false, 'exit code 1'],
    ]);
  });

  test('does not use the start period for a liveness', () => {
    const { starts, runExec } = scripted([{ code: 1, takesMs: 10 }]);
    const verdicts = run('liveness', spec(), runExec);
    vi.advanceTimersByTime(50_000);
    expect(starts).toEqual([0, 10_000, 20_000, 30_000, 40_000, 50_000]);
    expect(verdicts).toEqual([[20_010, false, 'exit code 1']]);
  });

  test('takes no answer in time for a failure and ends the attempt', () => {
    const { starts, cancels, runExec } = scripted([{ code: 0 }]);
    const verdicts = run('liveness', spec({ failureThreshold: 2 }), runExec);
    vi.advanceTimersByTime(12_000);
    expect(starts).toEqual([0, 10_000]);
    expect(cancels).toEqual([1_000, 11_000]);
    expect(verdicts).toEqual([[11_000, false, 'no answer within 1s']]);
  });

  test('never has two attempts at once, however long they take', () => {
    const { starts, runExec } = scripted([{ code: 0, takesMs: 2_500 }]);
    run('liveness', spec({ periodMs: 1_000, timeoutMs: 5_000 }), runExec);
    vi.advanceTimersByTime(10_000);
    // no timer of Node is shorter than a millisecond
    expect(starts).toEqual([0, 2_501, 5_002, 7_503]);
  });

  test('does not mind the clock being set by a year', () => {
    const { starts, runExec } = scripted([{ code: 0, takesMs: 10 }]);
    const verdicts = run('readiness', spec(), runExec);
    vi.advanceTimersByTime(5_000);
    vi.setSystemTime(startedAt + 365 * 86_400_000);
    vi.advanceTimersByTime(10_000);
    vi.setSystemTime(startedAt - 365 * 86_400_000);
    vi.advanceTimersByTime(10_000);
    expect(starts).toEqual([0, 10_000, 20_000]);
    expect(verdicts).toEqual([[10, true, 'exit code 0']]);
  });

  test('waits longer than setTimeout can', () => {
    const day = 86_400_000;
    const { starts, runExec } = scripted([{ code: 0, takesMs: 10 }]);
    run('liveness', spec({ initialDelayMs: 100 * day }), runExec);
    vi.advanceTimersByTime(100 * day - 1);
    expect(starts).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(starts).toEqual([100 * day]);
  });

  test.each([
    ['before the first attempt', 0],
    ['during an attempt', 5_500],
    ['between attempts', 7_000],
  ])('says nothing after it was stopped %s', (_name, atMs) => {
    const { starts, runExec } = scripted([{ code: 1, takesMs: 1_000 }]);
    const verdicts = run('liveness', spec({ initialDelayMs: 5_000, failureThreshold: 2, timeoutMs: 2_000 }), runExec);
    vi.advanceTimersByTime(atMs);
    prober?.stop();
    const before = starts.length;
    vi.advanceTimersByTime(100_000);
    expect(starts).toHaveLength(before);
    expect(verdicts).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('can be stopped by whoever hears the verdict', () => {
    const { starts, runExec } = scripted([{ code: 0, takesMs: 10 }]);
    prober = startProber(spec(), 'readiness', runExec, () => prober?.stop());
    vi.advanceTimersByTime(100_000);
    expect(starts).toEqual([0]);
  });

  test.each([
    ['the first 200 characters of its output', 'x'.repeat(500), `exit code 7: ${'x'.repeat(200)}`],
    ['its output in one line', ' no\n\tdatabase\r\n\u001b[31m ', 'exit code 7: no database [31m'],
    ['the code alone when it says nothing', '\n', 'exit code 7'],
  ])('tells of a failed command %s', (_name, output, message) => {
    const verdicts = run(
      'liveness',
      spec({ failureThreshold: 1 }),
      scripted([{ code: 7, output, takesMs: 1 }]).runExec,
    );
    vi.advanceTimersByTime(10);
    expect(verdicts).toEqual([[1, false, message]]);
  });

  test('takes a command that cannot be started for a failure', () => {
    const runExec: RunExec = (_argv, _timeoutMs, done) => {
      done(127, '/bin/check: not found');
      return () => {};
    };
    const verdicts = run('liveness', spec({ failureThreshold: 2 }), runExec);
    vi.advanceTimersByTime(10_001);
    expect(verdicts.map(([, ok, message]) => [ok, message])).toEqual([[false, 'exit code 127: /bin/check: not found']]);
  });

  test('takes what throws for a failure', () => {
    const handler = { kind: 'tcpSocket', host: '127.0.0.1', port: 70_000 } as const;
    const verdicts = run('liveness', spec({ handler, failureThreshold: 1 }), scripted([]).runExec);
    vi.advanceTimersByTime(10);
    expect(verdicts).toEqual([[expect.any(Number), false, expect.stringContaining('70000')]]);
  });
});

describe('prober on the network', () => {
  beforeEach(() => vi.useRealTimers());

  test('finds a server that comes later, and notices when it goes', async () => {
    const server = createServer((socket) => void socket.on('error', () => {}));
    const listen = (port: number) =>
      new Promise<void>((resolve) => {
        server.listen(port, '127.0.0.1', resolve);
      });
    const close = () => new Promise((resolve) => server.close(resolve));
    const port = await freePort();
    const events: string[] = [];
    const heard = { count: 0, wake: () => {} };
    const next = () =>
      new Promise<void>((resolve) => {
        heard.wake = resolve;
      });
    prober = startProber(
      spec({
        handler: { kind: 'tcpSocket', host: '127.0.0.1', port },
        periodMs: 5,
        startPeriodMs: 5,
        failureThreshold: 2,
      }),
      'readiness',
      scripted([]).runExec,
      (ok, message) => {
        events.push(`${ok} ${message}`);
        heard.wake();
      },
    );
    const found = next();
    await listen(port);
    await found;
    const lost = next();
    await close();
    await lost;
    prober.stop();
    expect(events).toEqual([`true connected to 127.0.0.1:${port}`, `false connection refused on 127.0.0.1:${port}`]);
    vi.useFakeTimers();
  });
});

import { describe, expect, test } from 'vitest';
import {
  explainState,
  formatBytes,
  formatCpuShare,
  formatExit,
  formatLastExit,
} from '../../../src/cli/program-words.ts';
import { psRows } from '../../../src/cli/ps-rows.ts';
import { formatPs, type PsLook } from '../../../src/cli/ps-table.ts';
import { aGroup, aProgram } from '../../support/programs.ts';
import { ago, now } from './pod-builder.ts';

const groups = [
  aGroup([
    aProgram('db', { lastExit: { exitCode: 137, signal: 9, oomKilled: true, at: ago(65_000) }, restarts: 1 }),
    aProgram('web', { state: 'WAITING', message: 'waits for db to be ready' }),
    aProgram('worker', {
      hasInstances: true,
      ...{ state: 'BACKOFF', restarts: 3, lastExit: { exitCode: 1, at: ago(2000) } },
      nextStartAt: ago(-4000),
    }),
    aProgram('worker:1', { ready: false }),
  ]),
  aGroup([aProgram('main', { essential: true, hostPid: 99 })], {
    ...{ container: 'side', restarts: 2 },
    lastExit: { exitCode: 3, reason: 'Error', finishedAt: ago(9000) },
  }),
  aGroup([], {
    ...{ pod: 'z', container: 'app', state: 'waiting', reason: 'CrashLoopBackOff', ready: false, restarts: 5 },
    message: 'back-off 10s',
    lastExit: { exitCode: 7, reason: 'Error', finishedAt: ago(3000) },
  }),
];

const plain: PsLook = {
  ...{ width: undefined, branches: false, colour: false, wide: false, showNamespace: false, headers: true },
};
const ps = (look: Partial<PsLook>): string => formatPs(psRows(groups, now), { ...plain, ...look });

describe('the tree of ps', () => {
  test('into a pipe is a table of indented names', () => {
    expect(ps({})).toBe(
      `
NAME          STATE             READY   PID  UPTIME  RESTARTS   CPU  MEMORY  LAST EXIT                         MESSAGE
web                             2/2
  app         running           1/4              5m         0
    db        RUNNING           yes    1234     60s         1  1.0%    12Mi  SIGKILL, out of memory (65s ago)
    web       WAITING           no        -       -         0     -       -  -                                 waits for db to be ready
    worker:0  BACKOFF           no        -       -         3     -       -  exit 1 (2s ago)                   next start in 4s
    worker:1  RUNNING           no     1234     60s         0  1.0%    12Mi  -
  side        RUNNING           yes      99     60s         2  1.0%    12Mi  exit 3 (9s ago)
z                               0/1
  app         CrashLoopBackOff  no                -         5                exit 7 (3s ago)                   back-off 10s
`.slice(1),
    );
  });

  test('says what is paused; what rests, rests on', () => {
    const paused = { paused: true, ready: false, message: 'paused by request' };
    const rows = psRows([aGroup([aProgram('db', paused), aProgram('job', { state: 'STOPPED', paused: true })])], now);
    expect(rows.map(({ name, state, tone }) => [name, state, tone])).toEqual([
      ['web', '', 'plain'],
      ['app', 'paused', 'quiet'],
      ['db', 'PAUSED', 'quiet'],
      ['job', 'STOPPED', 'quiet'],
    ]);
  });

  test('on a terminal has branches', () => {
    const names = ps({ width: 200, branches: true })
      .split('\n')
      .slice(1, -1)
      .map((line) => line.slice(0, 15).trimEnd());
    expect(names).toEqual([
      'web',
      '├─ app',
      '│  ├─ db',
      '│  ├─ web',
      '│  ├─ worker:0',
      '│  └─ worker:1',
      '└─ side',
      'z',
      '└─ app',
    ]);
  });

  test('of 120 columns prints messages below their rows', () => {
    const text = ps({ width: 120, branches: true });
    expect(widest(text)).toBeLessThanOrEqual(120);
    expect(text).toContain('LAST EXIT\n');
    expect(text).toContain('\n│  ├─ web');
    expect(text).toContain('\n│  │    waits for db to be ready\n');
    expect(text).toContain('exit 1 (2s ago)\n│  │    next start in 4s\n');
  });

  test('of 80 columns prints last exits below their rows too, and cuts nothing', () => {
    const text = ps({ width: 80, branches: true });
    expect(widest(text)).toBeLessThanOrEqual(80);
    expect(text).not.toContain('LAST EXIT');
    expect(text).toContain('\n│  │    last exit: SIGKILL, out of memory (65s ago)\n');
    expect(text).toContain('\n│  │    last exit: exit 1 (2s ago); next start in 4s\n');
  });

  test('breaks long messages at spaces', () => {
    const message = `could not start: ${'very '.repeat(40)}${'x'.repeat(100)}`;
    const rows = psRows([aGroup([aProgram('web', { state: 'FATAL', message })])], now);
    const text = formatPs(rows, { ...plain, width: 80 });
    expect(widest(text)).toBeLessThanOrEqual(80);
    expect(text.replace(/\s+/g, '')).toContain(message.replace(/\s+/g, ''));
  });

  test('colours only states, and shows escapes of messages as text', () => {
    const fatal = aProgram('web', { state: 'FATAL', message: 'said \u001b[2J' });
    const text = formatPs(psRows([aGroup([fatal])], now), { ...plain, colour: true });
    expect(text).toContain('\u001b[31mFATAL  \u001b[0m');
    expect(text).toContain('\u001b[32mrunning\u001b[0m');
    expect(text).toContain('said ^[[2J');
    expect(ps({})).not.toContain('\u001b');
  });

  test('with -o wide and of all namespaces has more columns, whatever the width', () => {
    const [header = '', pod = ''] = ps({ wide: true, showNamespace: true, width: 80 }).split('\n');
    expect(header).toMatch(/^NAMESPACE +NAME .* PROCESSES +INNER PID +LAST EXIT +MESSAGE$/);
    expect(pod).toMatch(/^default +web /);
  });

  test('without headers begins with the first pod', () => {
    expect(ps({ headers: false })).toMatch(/^web /);
  });
});

describe('figures', () => {
  test.each([
    [undefined, '-'],
    [0, '0'],
    [1023, '1023'],
    [1024, '1.0Ki'],
    [10_239, '10Ki'],
    [12 << 20, '12Mi'],
    [1024 * 1024 - 1, '1.0Mi'],
    [1536 * 1024 * 1024, '1.5Gi'],
  ])('%s bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  test.each([
    [undefined, 5, '-'],
    [5, undefined, '-'],
    [0, 0, '0.0%'],
    [500, 1000, '50.0%'],
    [3999, 1000, '400%'],
  ])('%s ms of CPU in %s ms are %s', (cpu, uptime, text) => {
    expect(formatCpuShare(cpu, uptime)).toBe(text);
  });

  test.each([
    [{ exitCode: 3, at: '' }, 'exit 3'],
    [{ exitCode: 143, signal: 15, at: '' }, 'SIGTERM'],
    [{ exitCode: 137, signal: 9, oomKilled: true, at: '' }, 'SIGKILL, out of memory'],
  ])('%j is %s', (exit, text) => {
    expect(formatExit(exit)).toBe(text);
  });

  test.each([
    [{}, '-'],
    [{ lastExit: { exitCode: 1, at: ago(5000) } }, 'exit 1 (5s ago)'],
    [
      { lastExit: { exitCode: 143, signal: 15, at: ago(5000), why: 'liveness probe failed' } },
      'SIGTERM (5s ago: liveness probe failed)',
    ],
    [
      { message: 'stopped by request', lastExit: { exitCode: 0, at: ago(1), why: 'stopped by request' } },
      'exit 0 (0s ago)',
    ],
  ])('the last exit of %j is %s', (program, text) => {
    expect(formatLastExit(aProgram('web', program), now)).toBe(text);
  });

  test.each([
    [{ message: 'waits for db' }, 'waits for db'],
    [{ state: 'EXITED', scheduled: true, nextStartAt: ago(-90_000) }, 'next start in 90s'],
    [{ state: 'BACKOFF', nextStartAt: ago(5) }, 'starts now'],
    [
      { state: 'BACKOFF', message: 'exited with code 1; restarts in 2s', nextStartAt: ago(-900) },
      'exited with code 1; next start in 1s',
    ],
    [
      { state: 'WAITING', scheduled: true, message: 'next at 2026-01-02T12:00:07Z', nextStartAt: ago(-7000) },
      'next start in 7s',
    ],
    [{}, ''],
  ] as const)('%j is explained as "%s"', (program, text) => {
    expect(explainState(aProgram('web', program), now)).toBe(text);
  });
});

function widest(text: string): number {
  return Math.max(...text.split('\n').map((line) => [...line].length));
}

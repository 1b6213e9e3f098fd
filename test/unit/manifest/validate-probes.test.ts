import { describe, expect, test } from 'vitest';
import { complaintsOfProcess } from './a-manifest.ts';

type Fields = Readonly<Record<string, unknown>>;

const range = (min: number, max: number) => `must be between ${min} and ${max}, inclusive`;

describe('probes are refused with', () => {
  const port = { port: 80 };
  test.each<[string, Fields, string, Fields?]>([
    [
      'no kind',
      {},
      'readiness: Required value: must specify one of: exec, httpGet, tcpSocket, logLine, notify, notifyFd',
    ],
    [
      'two kinds',
      { exec: { command: ['a'] }, tcpSocket: port },
      'readiness.tcpSocket: Forbidden: may not be given together with exec (remove one of them)',
    ],
    ['no port', { httpGet: { path: '/' } }, 'readiness.httpGet.port: Required value'],
    ['port 0', { httpGet: { port: 0 } }, `readiness.httpGet.port: Invalid value: 0: ${range(1, 65535)}`],
    [
      'port 65536',
      { tcpSocket: { port: 65536 } },
      `readiness.tcpSocket.port: Invalid value: 65536: ${range(1, 65535)}`,
    ],
    [
      'a port that has no such name',
      { tcpSocket: { port: 'htp' } },
      'readiness.tcpSocket.port: Invalid value: "htp": must be a number or the name of one of the container’s ports (did you mean "http"?)',
      { ports: [{ name: 'http', containerPort: 80 }] },
    ],
    [
      'a host by name',
      { httpGet: { ...port, host: 'example.com' } },
      'readiness.httpGet.host: Invalid value: "example.com": must be an IP address or localhost: PID 1 looks up no names (without host the probe goes to localhost)',
    ],
    [
      'a line feed in the path',
      { httpGet: { ...port, path: '/\r\nHost: x' } },
      'readiness.httpGet.path: Invalid value: "/\\r\\nHost: x": must begin with / and hold no blanks and no control characters (blanks and other letters are written with %, as in a URL)',
    ],
    [
      'a line feed in a header',
      { httpGet: { ...port, httpHeaders: [{ name: 'A', value: 'x\ny' }] } },
      'readiness.httpGet.httpHeaders[0].value: Invalid value: "x\\ny": must not contain control characters',
    ],
    [
      'a blank in the name of a header',
      { httpGet: { ...port, httpHeaders: [{ name: 'A b', value: 'x' }] } },
      'readiness.httpGet.httpHeaders[0].name: Invalid value: "A b": is not the name of an HTTP header',
    ],
    [
      'a bad expression',
      { logLine: '(' },
      'readiness.logLine: Invalid value: "(": must be a JavaScript regular expression: Unterminated group (a plain text with ( ) [ ] * + ? or \\ in it needs a \\ before each of them)',
    ],
    [
      'an expression that only backtracking can match',
      { logLine: 'up(?! to date)' },
      'readiness.logLine: Invalid value: "up(?! to date)": cannot be matched in linear time: it uses a look-ahead (say it without; x+ instead of x{20} often does)',
    ],
    ['an empty expression', { logLine: '' }, 'readiness.logLine: Required value: a regular expression'],
    [
      'a long expression',
      { logLine: 'x'.repeat(1001) },
      'readiness.logLine: Too long: may not be more than 1000 characters',
    ],
    ['fd 2', { notifyFd: 2 }, `readiness.notifyFd: Invalid value: 2: ${range(3, 9)}`],
    ['fd 10', { notifyFd: 10 }, `readiness.notifyFd: Invalid value: 10: ${range(3, 9)}`],
    [
      'notify: false',
      { notify: false },
      'readiness.notify: Invalid value: false: must be true (remove readiness to have none)',
    ],
    [
      'notify in a shared mount namespace',
      { notify: true },
      'readiness.notify: Forbidden: needs namespaces.mnt: private, and it is host (NOTIFY_SOCKET is a file in a /dev of the container’s own; notifyFd needs none)',
      { namespaces: { mnt: 'host' } },
    ],
    [
      'notify in a privileged container',
      { notify: true },
      'readiness.notify: Forbidden: a privileged container has the machine’s /dev (NOTIFY_SOCKET is a file in a /dev of the container’s own; notifyFd needs none)',
      { securityContext: { privileged: true } },
    ],
    [
      'a period where nothing is probed',
      { logLine: 'x', periodSeconds: 3 },
      'readiness.periodSeconds: Forbidden: only exec, httpGet and tcpSocket have it',
    ],
    [
      'a period of 0',
      { tcpSocket: port, periodSeconds: 0 },
      'readiness.periodSeconds: Invalid value: 0: must be at least 10 ms',
    ],
    [
      'a bad duration',
      { tcpSocket: port, timeoutSeconds: '5x' },
      'readiness.timeoutSeconds: Invalid value: "5x": must be a number of seconds or a duration (examples: 10, 0.5, 100ms, 5m)',
    ],
    [
      'a list as duration',
      { tcpSocket: port, timeoutSeconds: [1] },
      'readiness.timeoutSeconds: must be a number of seconds or a duration, not a list (examples: 10, 0.5, 100ms, 5m)',
    ],
    [
      'a delay that no timer keeps',
      { tcpSocket: port, initialDelaySeconds: '600h' },
      'readiness.initialDelaySeconds: Invalid value: "600h": must be at most 24 days (576h)',
    ],
    [
      'a threshold of 0',
      { tcpSocket: port, failureThreshold: 0 },
      `readiness.failureThreshold: Invalid value: 0: ${range(1, 2147483647)}`,
    ],
    ['an empty command', { exec: { command: [] } }, 'readiness.exec.command: Required value: the program to run'],
  ])('%s', (_, readiness, error, container = {}) => {
    expect(complaintsOfProcess({ readiness }, container)).toEqual([error]);
  });

  test.each<[string, Fields, ...string[]]>([
    [
      'a liveness by log line',
      { logLine: 'x' },
      'liveness.logLine: unknown field "logLine"',
      'liveness: Required value: must specify one of: exec, httpGet, tcpSocket',
    ],
    [
      'two successes to be alive',
      { tcpSocket: port, successThreshold: 2 },
      'liveness.successThreshold: Invalid value: 2: must be 1',
    ],
    [
      'a start period',
      { tcpSocket: port, startPeriodSeconds: 1 },
      'liveness.startPeriodSeconds: Forbidden: only readiness has a start period',
    ],
  ])('%s', (_, liveness, ...errors) => {
    expect(complaintsOfProcess({ liveness })).toEqual(errors);
  });

  test('readiness of a program with a schedule', () => {
    expect(complaintsOfProcess({ schedule: '@daily', readiness: { notifyFd: 3 } })).toEqual([
      'readiness: Forbidden: a program with a schedule has no readiness: it comes and goes',
    ]);
  });
});

/** Readiness by each of its ways, liveness, schedules and users, in a real container under a real PID 1. */
import { readdirSync } from 'node:fs';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ProgramState } from '../../src/protocol/init.ts';
import { describeReal } from '../support/describe-real.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { aContainer, aPod, aProgram } from '../support/manifest.ts';
import { containerOf, initPid, podPids } from '../support/pods.ts';
import { innerPid } from '../support/processes.ts';
import { selfSigned } from '../support/self-signed.ts';
import { waitFor } from '../support/wait-for.ts';

type Fields = Readonly<Record<string, unknown>>;

describeReal('probes', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterEach(() => instance.deleteAll());
  afterAll(() => instance.stop());

  const payload = (name: string, args: readonly string[], fields: Fields = {}) =>
    aProgram(name, { command: ['/payload', ...args], ...fields });
  const start = (processes: readonly unknown[], fields: Fields = {}): Promise<void> =>
    instance.apply(
      aPod({ name: 'p', containers: [aContainer({ rootfs: { path: instance.payloadRoot() }, processes, ...fields })] }),
    );
  /** Waits for what podd tells of a program. */
  const seen = async (name: string, what: string, is: (program: ProgramState) => boolean): Promise<ProgramState> => {
    const find = (programs: readonly ProgramState[] = []) => programs.find((program) => program.label === name);
    const pod = await instance.waitForPod('p', `${name} ${what}`, (one) => {
      const program = find(one.status.containerStatuses[0]?.programs);
      return program !== undefined && is(program);
    });
    return find(containerOf(pod).programs) as ProgramState;
  };
  const runs = (name: string) => seen(name, 'runs', ({ state, ready }) => state === 'RUNNING' && !ready);
  const isReady = (name: string) => seen(name, 'is ready', ({ ready }) => ready);
  const isNotReady = (name: string) => seen(name, 'is not ready', ({ ready }) => !ready);
  /** To the program's main process, from outside. */
  const signal = async (program: ProgramState, name: NodeJS.Signals): Promise<void> => {
    const pod = await instance.getPod('p');
    const pid = podPids(pod as NonNullable<typeof pod>, 'main', 'app').find((one) => innerPid(one) === program.pid);
    process.kill(pid as number, name);
  };
  const isWaiting = (program: ProgramState) => instance.logs('p').then((text) => text.includes('waiting') && program);

  const fast = { periodSeconds: '50ms', startPeriodSeconds: '50ms', failureThreshold: 2 };

  describe('of readiness', () => {
    test.each<[string, readonly string[], Fields]>([
      ['logLine', ['line', 'ready to serve'], { logLine: '^ready to \\w+$' }],
      ['notifyFd', ['fd', '3'], { notifyFd: 3 }],
      ['notify', ['notify'], { notify: true }],
      ['exec', ['file', '/ready'], { exec: { command: ['/payload', 'exists', '/ready'] }, ...fast }],
      ['tcpSocket', ['listen', '8080'], { tcpSocket: { port: 8080 }, ...fast }],
      ['httpGet', ['http', '8080'], { httpGet: { port: 8080, path: '/healthz' }, ...fast }],
    ])('by %s: who depends on it starts when it is ready, not before', async (_way, args, readiness) => {
      await start([
        payload('web', ['ready', ...args], { readiness }),
        payload('app', ['sleep'], { dependsOn: { web: 'ready' } }),
      ]);
      const web = await runs('web');
      await waitFor('web listens for signals', () => isWaiting(web));
      expect((await seen('app', 'is told of', () => true)).state).toBe('WAITING');
      await signal(web, 'SIGUSR1');
      await isReady('web');
      const app = await seen('app', 'runs', ({ state }) => state === 'RUNNING');
      expect(app.restarts).toBe(0);
      expect((await isReady('web')).pid).toBe(web.pid);
    });

    test.each<[string, readonly string[], Fields]>([
      ['exec', ['file', '/ready'], { exec: { command: ['/payload', 'exists', '/ready'] }, ...fast }],
      ['tcpSocket', ['listen', '8080'], { tcpSocket: { port: 8080 }, ...fast }],
      ['httpGet', ['http', '8080'], { httpGet: { port: 8080, path: '/healthz' }, ...fast }],
    ])('by %s comes and goes', async (_way, args, readiness) => {
      await start([payload('web', ['ready', ...args], { readiness })]);
      const web = await runs('web');
      await waitFor('web listens for signals', () => isWaiting(web));
      for (const [name, is] of [
        ['SIGUSR1', isReady],
        ['SIGUSR2', isNotReady],
        ['SIGUSR1', isReady],
      ] as const) {
        await signal(web, name);
        expect(await is('web')).toMatchObject({ state: 'RUNNING', pid: web.pid, restarts: 0 });
      }
    });

    test('is asked anew of every run', async () => {
      await start([
        payload('web', ['ready', 'notify'], {
          readiness: { notify: true },
          restart: { policy: 'always', startSeconds: 0 },
        }),
      ]);
      const first = await runs('web');
      await waitFor('web listens for signals', () => isWaiting(first));
      await signal(first, 'SIGUSR1');
      await isReady('web');
      await signal(first, 'SIGKILL');
      const second = await seen('web', 'runs again', ({ state, restarts }) => state === 'RUNNING' && restarts === 1);
      expect(second.ready).toBe(false);
    });

    test('by NOTIFY_SOCKET works for a user other than root', async () => {
      await start([payload('web', ['notify', '0'], { readiness: { notify: true }, user: '1234:5678' })]);
      expect(await isReady('web')).toMatchObject({ state: 'RUNNING' });
    });

    test('is never had by an expression PID 1 could be held up with', async () => {
      const reply = await instance.api('POST', '/apis/podctl.dev/v1/apply', {
        manifests: [
          aPod({ containers: [aContainer({ processes: [aProgram('a', { readiness: { logLine: '(?=a)' } })] })] }),
        ],
        dryRun: false,
      });
      expect(reply.status).toBe(422);
      expect(JSON.stringify(reply.body)).toContain('cannot be matched in linear time: it uses a look-ahead');
    });
  });

  describe('of liveness', () => {
    const always = { policy: 'always', startSeconds: 0 };

    test('restart a program that answers 503, and tell why', async () => {
      const liveness = { httpGet: { port: 8080 }, periodSeconds: '50ms' };
      await start([payload('web', ['ready', 'http', '8080', 'at-once'], { liveness, restart: always })]);
      const web = await seen('web', 'runs', ({ state }) => state === 'RUNNING');
      await waitFor('web listens for signals', () => isWaiting(web));
      await signal(web, 'SIGUSR2');
      const again = await seen('web', 'was restarted', ({ restarts, state }) => restarts >= 1 && state === 'RUNNING');
      expect(again.lastExit?.why).toBe('liveness probe failed: HTTP 503');
      expect(again).toMatchObject({ state: 'RUNNING', restarts: 1 });
    });

    test.each([
      ['children', ['orphans', '3']],
      ['a tree of sessions', ['setsid-tree', '4']],
      ['daemons', ['orphans', '3', '0', 'setsid']],
    ])('take a command that hangs for a failure and leave nothing of it: %s', async (_what, mode) => {
      const liveness = {
        exec: { command: ['/payload', ...mode] },
        ...{ periodSeconds: '100ms', timeoutSeconds: '100ms', failureThreshold: 2 },
      };
      await start([payload('web', ['sleep'], { liveness, restart: always })]);
      const web = await seen('web', 'was restarted', ({ restarts }) => restarts >= 2);
      expect(web.lastExit?.why).toMatch(/no answer within 100ms/);
      await instance.podctlOk(['stop', 'p/main/web']);
      const pod = await instance.getPod('p');
      await waitFor('nothing is left', () => podPids(pod as NonNullable<typeof pod>, 'main', 'app').length === 0);
    });
  });

  describe('on the network of the host', () => {
    const onHost = { namespaces: { net: 'host' } };

    test('speak TLS from PID 1, which loads it after it has left the host', async () => {
      const server = createTlsServer(selfSigned, (socket) => {
        socket.on('error', () => {});
        socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      const readiness = { httpGet: { port, scheme: 'HTTPS' }, ...fast };
      await start([payload('web', ['sleep'], { readiness })], onHost);
      await isReady('web');
      server.close();
    });

    test('leave PID 1 with the descriptors it had', async () => {
      let asked = 0;
      const server = createTcpServer((socket) => {
        asked++;
        socket.on('error', () => {});
        socket.resume();
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      const probe = { periodSeconds: '10ms', timeoutSeconds: '50ms', failureThreshold: 1000 };
      const liveness = { httpGet: { port }, ...probe };
      const readiness = { tcpSocket: { port }, ...probe, startPeriodSeconds: '10ms' };
      await start([payload('web', ['sleep'], { liveness, readiness })], onHost);
      const pod = await instance.waitForPod(
        'p',
        'runs',
        (one) => (one.status.containerStatuses[0]?.programs?.length ?? 0) > 0,
      );
      const fds = () => countFds(initPid(pod));
      await waitFor('a few probes were made', () => asked > 20);
      const before = fds();
      await waitFor('many probes were made', () => asked > 300);
      expect(fds()).toBeLessThanOrEqual(before + 4);
      server.close();
    });
  });

  describe('of schedules', () => {
    test('an interval starts it again and again, and it rests in between', async () => {
      await start([payload('tick', ['stamp', '0'], { schedule: { every: '100ms' } }), payload('other', ['sleep'])]);
      const stamps = await waitFor('many runs', async () => {
        const found = [...(await instance.logs('p')).matchAll(/stamp (\d+)/g)].map(([, ns]) => Number(ns) / 1e6);
        return found.length >= 20 ? found : undefined;
      });
      // one that comes late, the first one too, is no reason for the next to be late
      expect((stamps.at(-1) as number) - (stamps[0] as number)).toBeGreaterThan((stamps.length - 1) * 50);
      const state = await seen('tick', 'rests', ({ state: is }) => is === 'EXITED');
      expect(state).toMatchObject({ scheduled: true });
      expect(Date.parse(state.nextStartAt ?? '')).toBeGreaterThan(Date.parse(state.startedAt ?? ''));
    });

    test('cron starts it at whole seconds', async () => {
      await start([payload('tick', ['stamp', '0'], { schedule: '* * * * * *' }), payload('other', ['sleep'])]);
      const stamps = await waitFor('three runs', async () => {
        const found = [...(await instance.logs('p')).matchAll(/stamp (\d+)/g)].map(([, ns]) => Number(ns) / 1e9);
        return found.length >= 3 ? found : undefined;
      });
      const seconds = stamps.map(Math.floor);
      // one may come so late that it shares its second with the next
      expect(new Set(seconds).size).toBeGreaterThanOrEqual(seconds.length - 1);
    });
  });

  describe('of users', () => {
    test('takes names from the container’s own files', async () => {
      const pod = aPod({
        name: 'p',
        containers: [
          aContainer({
            processes: [
              aProgram('a', {
                command: ['/usr/bin/sh', '-c', 'id -un; id -u; echo $HOME; exec sleep 1000'],
                user: 'nobody',
              }),
            ],
          }),
        ],
      });
      await instance.apply(pod);
      const text = await waitFor('its words', async () => {
        const lines = await instance.logs('p');
        return lines.split('\n').length > 3 ? lines : undefined;
      });
      expect(text).toContain('nobody\n');
      expect(text).toContain('65534');
    });

    test('names the user that is not there', async () => {
      await start([
        payload('a', ['sleep'], { user: 'ghost', restart: { startRetries: 0 } }),
        payload('other', ['sleep']),
      ]);
      const { message } = await seen('a', 'gives up', ({ state }) => state === 'FATAL');
      expect(message).toContain('user "ghost"');
      expect(message).toContain('/etc/passwd');
    });
  });
});

const countFds = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

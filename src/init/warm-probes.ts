/**
 * What probes, notifications and schedules of an init will run, run once in the zygote: part of its warm-up. Measured: an
 * init with a network probe has 1.2 MB less of its own; more rounds, or before the others, cost every init 0.1 MB.
 */
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { ProbeHandlerSpec } from '../model/pod-spec.ts';
import { openNotifySocket } from './notify-socket.ts';
import { probeHttp } from './probe-http.ts';
import { probeTcp } from './probe-tcp.ts';
import { resolveUser } from './resolve-user.ts';
import { ScheduleTimer } from './schedule-timer.ts';

const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n';

/** Resolves when everything is closed again. Where there is no loopback, probes are refused, which warms as well. */
export async function warmProbes(directory: string): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(answer));
  });
  const port = await listen(server);
  await Promise.all(handlers(port).map(probeOnce));
  warmSchedule();
  openNotifySocket(join(directory, 'warm.notify'), { uid: 0, gid: 0 }, () => {}).close();
  resolveUser({ userName: 'nobody', uid: 0, gid: 0, homeOfUser: true });
  await new Promise((resolve) => server.close(resolve));
}

/** A port of loopback; one that nobody is likely to have where that fails. */
const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.once('error', () => resolve(1));
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });

type NetworkHandler = Extract<ProbeHandlerSpec, { kind: 'tcpSocket' | 'httpGet' }>;

const handlers = (port: number): NetworkHandler[] => [
  { kind: 'tcpSocket', host: 'localhost', port },
  { kind: 'httpGet', scheme: 'http', host: 'localhost', port, path: '/', headers: [] },
];

const probeOnce = (handler: NetworkHandler): Promise<unknown> =>
  new Promise((resolve) => {
    if (handler.kind === 'tcpSocket') probeTcp(handler, resolve);
    else probeHttp(handler, resolve);
  });

function warmSchedule(): void {
  for (const schedule of [{ cron: '*/5 * * * *' }, { everyMs: 60_000 }]) {
    const timer = new ScheduleTimer({ ...schedule, concurrency: 'forbid' }, () => {});
    timer.plan();
    timer.cancel();
  }
}

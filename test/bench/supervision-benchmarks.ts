/** Several programs under one PID 1, beside supervisord, s6 and runit where they are installed: the same payload, in turn. */
import { readFileSync } from 'node:fs';
import type { ContainerStatus } from '../../src/model/pod-status.ts';
import type { Instance } from '../support/instance.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { containerOf } from '../support/pods.ts';
import { innerPid, pidsInCgroup, readProc } from '../support/processes.ts';
import { waitFor } from '../support/wait-for.ts';
import { aPlan, Play } from '../unit/init/a-machine.ts';
import { applyNow, deleteMs } from './bench-pods.ts';
import { privateMegabytes, report, sampled, timed, wallClockMs } from './measure.ts';
import { installedPeers, type Peer } from './peer-supervisors.ts';

const crashes = 15;

const programs = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    name: `p${index}`,
    command: ['/payload', 'stamp'],
    restart: { policy: 'always', startSeconds: 0, backoff: { resetAfter: '0s' } },
  }));

const podOfPrograms = (instance: Instance, name: string, count: number) =>
  aPod({
    name,
    containers: [
      aContainer({
        rootfs: { path: instance.payloadRoot() },
        processes: programs(count),
      }),
    ],
  });

const programsOf = (status: ContainerStatus) => status.programs ?? [];

/** kill -9 of one program → its next exec; PID 1 and its siblings go on. */
export async function programCrash(instance: Instance): Promise<void> {
  await applyNow(instance, podOfPrograms(instance, 'crash', 3));
  await allPrograms(instance, 'crash', 3);
  const path = '/api/v1/namespaces/default/pods/crash/log?container=main&program=p1&tailLines=1';
  const stamp = async (): Promise<number> => stampIn(String((await instance.api('GET', path)).body));
  const ours = await sampled(crashes, async () => {
    const before = await waitFor('a stamp', async () => (await stamp()) || undefined);
    const pid = await waitFor('p1 runs', () => pidsInCgroup(`/${instance.mark().cgroupName}/`).find(isIn('p1')));
    const killed = wallClockMs();
    process.kill(pid, 'SIGKILL');
    return waitFor('a new stamp', async () => {
      const now = await stamp();
      return now > before ? now - killed : undefined;
    });
  });
  await deleteMs(instance, 'crash');
  report('program-crash-to-exec', 'ms', ours);
  for (const peer of installedPeers()) {
    const running = await peer.start(instance.base, 1);
    try {
      const samples = await sampled(peer.restartsAfterASecond ? 3 : crashes, () => peerCrash(running));
      report(`program-crash-to-exec-${peer.name}`, 'ms', samples);
    } finally {
      await running.stop();
    }
  }
}

type RunningPeer = Awaited<ReturnType<Peer['start']>>;

async function peerCrash(running: RunningPeer): Promise<number> {
  const read = () =>
    stampIn(
      readFileSync(running.outputs[0] ?? '', 'utf8')
        .trimEnd()
        .split('\n')
        .at(-1) ?? '',
    );
  const before = read();
  const pid = running.pids()[0];
  if (pid === undefined) throw new Error('the program does not run');
  const killed = wallClockMs();
  process.kill(pid, 'SIGKILL');
  return waitFor('a new stamp', () => (read() > before ? read() - killed : undefined), 10_000);
}

/** Private memory of PID 1 with 1, 20 and 500 programs; supervisord's beside it. */
export async function supervisorMemory(instance: Instance): Promise<void> {
  for (const count of [1, 20, 500]) {
    const name = `memory-${count}`;
    await applyNow(instance, podOfPrograms(instance, name, count));
    const init = await initOf(instance, name, count);
    report(`pid1-private-memory-${count}-programs`, 'MB', [privateMegabytes(init)]);
    await deleteMs(instance, name);
    const supervisord = installedPeers().find((peer) => peer.name === 'supervisord');
    if (supervisord === undefined) continue;
    const running = await supervisord.start(instance.base, count);
    report(`supervisord-private-memory-${count}-programs`, 'MB', [privateMegabytes(running.pid)]);
    await running.stop();
  }
}

/** apply sent (supervisord: process start) → the last of a hundred programs of one container runs. */
export async function hundredPrograms(instance: Instance): Promise<void> {
  const ours = await sampled(5, async (index) => {
    const name = `hundred-${index}`;
    const from = await applyNow(instance, podOfPrograms(instance, name, 100));
    await allPrograms(instance, name, 100);
    const { body } = await instance.api(
      'GET',
      `/api/v1/namespaces/default/pods/${name}/log?container=main&prefix=never`,
    );
    await deleteMs(instance, name);
    return Math.max(...String(body).trimEnd().split('\n').map(stampIn)) - from;
  });
  report('100-programs-running', 'ms', ours);
  for (const peer of installedPeers()) {
    const samples = await sampled(3, async () => {
      const from = wallClockMs();
      const running = await peer.start(instance.base, 100);
      const last = Math.max(...running.outputs.map((file) => stampIn(readFileSync(file, 'utf8'))));
      await running.stop();
      return last - from;
    });
    report(`100-programs-running-${peer.name}`, 'ms', samples);
  }
}

const stampIn = (text: string): number => Number(/stamp (\d+)/.exec(text)?.[1] ?? 0) / 1e6;

async function allPrograms(instance: Instance, pod: string, count: number): Promise<void> {
  await instance.waitForPod(
    pod,
    `runs ${count} programs`,
    (seen) => programsOf(containerOf(seen)).filter(({ state }) => state === 'RUNNING').length === count,
    60_000,
  );
}

/** The leaf of a program in its container's `app`. */
const isIn = (program: string) => (pid: number) =>
  (readProc(pid, 'cgroup') ?? '').split('\n').some((line) => line.endsWith(`/app/${program}`));

async function initOf(instance: Instance, pod: string, count: number): Promise<number> {
  await allPrograms(instance, pod, count);
  const init = pidsInCgroup(`/${instance.mark().cgroupName}/`).find((pid) => innerPid(pid) === 1);
  if (init === undefined) throw new Error('no PID 1');
  return init;
}

/** The machine alone: begin of 500 programs, all waiting for the first, until each was spawned; pure computation. */
export async function machineOf500(): Promise<void> {
  const plans = Array.from({ length: 500 }, (_, index) =>
    aPlan(`p${index}`, index === 0 ? {} : { dependsOn: { p0: 'started' } }),
  );
  const samples = await sampled(10, () =>
    timed(() => {
      const play = new Play(plans);
      play.begin();
      for (const [index, { name }] of plans.entries()) play.send({ type: 'spawned', program: name, pid: index + 2 });
    }),
  );
  report('machine-begin-500-programs', 'ms', samples);
}

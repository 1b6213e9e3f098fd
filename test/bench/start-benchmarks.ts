/** How long pods take to come, to go, and to come back. */
import type { Instance } from '../support/instance.ts';
import { aContainer, aPod } from '../support/manifest.ts';
import { containerOf, isRunning, programPid } from '../support/pods.ts';
import { allRun, applyNow, deleteMs, podNames, podOf, stampingHost, stampingPayload, stampOf } from './bench-pods.ts';
import { report, sampled, timed, wallClockMs } from './measure.ts';

/** apply request sent → program runs. */
export async function containerStart(instance: Instance): Promise<void> {
  const kinds = [
    ['container-start-host', () => stampingHost()],
    ['container-start-rootfs', () => stampingPayload(instance)],
    ['container-start-own-users', () => stampingPayload(instance), { hostUsers: false }],
  ] as const;
  for (const [metric, container, spec = {}] of kinds) {
    const one = async (index: number): Promise<number> => {
      const from = await applyNow(instance, aPod({ name: `start-${index}`, ...spec, containers: [container()] }));
      const ms = (await stampOf(instance, `start-${index}`)) - from;
      await deleteMs(instance, `start-${index}`);
      return ms;
    };
    await sampled(3, one);
    report(metric, 'ms', await sampled(30, one));
  }
}

/** One pod of ten containers: apply request sent → the last of their programs runs. */
export async function podOfTen(instance: Instance): Promise<void> {
  const names = Array.from({ length: 10 }, (_, i) => `c${i}`);
  const samples = await sampled(10, async (index) => {
    const pod = `ten-${index}`;
    const from = await applyNow(instance, podOf(pod, ...names.map((name) => stampingPayload(instance, name))));
    const stamps = await Promise.all(names.map((name) => stampOf(instance, pod, name)));
    await deleteMs(instance, pod);
    return Math.max(...stamps) - from;
  });
  report('pod-of-10-containers', 'ms', samples);
}

/** One apply of a hundred pods: request sent → the last program runs, and → the API says so. */
export async function hundredPods(instance: Instance): Promise<void> {
  const names = podNames(100);
  const programs: number[] = [];
  const statuses = await sampled(3, async () => {
    const from = await applyNow(instance, ...names.map((name) => podOf(name, stampingPayload(instance))));
    await allRun(instance, names.length);
    const known = wallClockMs() - from;
    const stamps: number[] = [];
    for (const name of names) stamps.push(await stampOf(instance, name));
    programs.push(Math.max(...stamps) - from);
    await instance.deleteAll();
    return known;
  });
  report('100-pods-programs-running', 'ms', programs);
  report('100-pods-status-running', 'ms', statuses);
}

/** DELETE sent → the pod is gone; its program obeys TERM. */
export async function stopAndDelete(instance: Instance): Promise<void> {
  const samples = await sampled(25, async (index) => {
    const name = `stop-${index}`;
    await applyNow(instance, podOf(name, stampingPayload(instance)));
    await stampOf(instance, name);
    await instance.waitForPod(name, 'runs', isRunning);
    return deleteMs(instance, name);
  });
  report('stop-and-delete', 'ms', samples);
}

/** kill -9 of the only program → the new container's program runs (first, immediate restart). */
export async function crashRestart(instance: Instance): Promise<void> {
  const samples = await sampled(20, async (index) => {
    const name = `crash-${index}`;
    await applyNow(instance, podOf(name, stampingPayload(instance)));
    const first = await stampOf(instance, name);
    const pid = programPid(await instance.waitForPod(name, 'runs', isRunning));
    const killed = wallClockMs();
    process.kill(pid, 'SIGKILL');
    await instance.waitForPod(name, 'was restarted', (pod) => containerOf(pod).restartCount === 1 && isRunning(pod));
    const second = await stampOf(instance, name, 'main', (stamp) => stamp > first);
    await deleteMs(instance, name);
    return second - killed;
  });
  report('container-crash-to-running', 'ms', samples);
}

/** kill -9 of podd with a hundred containers → the new podd, process start included, shows all of them running. */
export async function adopt(instance: Instance): Promise<void> {
  await applyNow(instance, ...podNames(100).map((name) => podOf(name, aContainer())));
  await allRun(instance, 100);
  const samples = await sampled(5, async () => {
    await instance.killPodd();
    return timed(async () => {
      await instance.startPodd();
      await allRun(instance, 100);
    });
  });
  await instance.deleteAll();
  report('adopt-100-containers', 'ms', samples);
}
